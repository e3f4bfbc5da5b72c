"""Pages of papers: pictures and texts made by a helper process, for those who may read the file."""

from __future__ import annotations

import io
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pikepdf
import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select

from app.base import db, files
from app.base.files import Owner
from app.base.models import Entity, FileUse, LogEntry, User
from app.cases.papers.helper_process import HelperProcess, Patience
from app.cases.papers.viewing import page_cache, page_pictures
from app.cases.papers.viewing.page_pictures import LARGE, MOST_PAGES, USUAL, PaperPages
from tests.app import cast
from tests.app.cases.papers import drawn_pdfs
from tests.app.together import PATIENCE, together, until
from tests.conftest import Clock


@pytest.fixture
def helper(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[HelperProcess]:
    """Yield a helper with small limits; a parameter replaces some of them."""
    limits = {"memory": 200 * 1024 * 1024, "cpu": 0.2, "seconds": 10}
    made = page_pictures.new_helper(limits | getattr(request, "param", {}))
    monkeypatch.setattr(page_pictures, "_helper", made)
    yield made
    made.close()


def stored(app: Flask, content: bytes) -> FileUse:
    """Store a file of an entity; to be called in a context of the application."""
    with db.writing(app) as session:
        place = session.scalars(select(Entity)).first() or cast.entity(session)
        use_id = files.keep(
            session,
            io.BytesIO(content),
            paper="oficio_designacion",
            media_type="application/pdf",
            owner=Owner(place.id),
        ).id
    with db.reading() as session:
        return session.get_one(FileUse, use_id)


def shown(app: Flask, content: bytes, first: int = 1) -> PaperPages:
    """Return pages of a file."""
    with app.test_request_context():
        return page_pictures.pages_of_use(stored(app, content), first)


def drawn(app: Flask, content: bytes, number: int = 1, side: int = USUAL) -> Image.Image:
    """Return the picture of a page."""
    with app.test_request_context():
        made = page_pictures.picture(stored(app, content).file, number, side)
    return Image.open(io.BytesIO(made))


def test_each_page_has_its_text_or_says_that_it_has_none(app: Flask):
    lines = drawn_pdfs.TEXT.replace(b"ET", b"0 -30 Td (dos\xa0a\xf1os) Tj ET")
    paper = shown(app, drawn_pdfs.pdf([lines, b"", b"0 0 99 99 re f"]))
    assert [page.caption for page in paper.pages] == [
        "Página 1 de 3",
        "Página 2 de 3, en blanco",
        "Página 3 de 3, sin texto",
    ]
    assert [page.text for page in paper.pages] == ["Oficio de ejemplo\ndos años", "", ""]
    assert (paper.fault, paper.after) == ("", "")
    assert (paper.pages[0].width, paper.pages[0].height) == (USUAL, round(USUAL * 842 / 595))


def test_a_scanned_page_says_so_and_is_drawn_as_a_photo(app: Flask):
    content = drawn_pdfs.scanned()
    assert shown(app, content).pages[0].caption == "Página 1 de 1, escaneada, sin texto"
    picture = drawn(app, content)
    assert (picture.format, picture.size) == ("JPEG", (USUAL, 1274))


@pytest.mark.nightly
def test_of_a_file_with_20000_pages_a_few_are_read_and_the_first_are_shown(app: Flask):
    content = drawn_pdfs.many_pages(20_000)
    paper = shown(app, content, first=487)
    assert (paper.count, [page.number for page in paper.pages]) == (20_000, [*range(481, 491)])
    assert paper.after.endswith("/paginas?pagina=50")
    last = shown(app, content, first=MOST_PAGES)
    assert (last.after, last.beyond) == ("", page_pictures.FAULTS["beyond"])
    with pytest.raises(page_pictures.NoPicture, match="beyond"):
        drawn(app, content, MOST_PAGES + 1)


@pytest.mark.parametrize(
    ("size", "pixels"),
    [((28_346, 28_346), (USUAL, USUAL)), ((20, 283_460), (1, 4 * USUAL)), ((1, 1), (900, 900))],
)
def test_the_size_of_a_page_does_not_decide_the_pixels_of_its_picture(
    app: Flask, size: tuple[int, int], pixels: tuple[int, int]
):
    assert drawn(app, drawn_pdfs.pdf([drawn_pdfs.TEXT], size=size)).size == pixels


def test_a_larger_picture_shows_more(app: Flask):
    assert drawn(app, drawn_pdfs.pdf([drawn_pdfs.TEXT]), side=LARGE).size == (LARGE, 2548)


def test_fields_of_a_form_are_drawn(app: Flask):
    picture = drawn(app, drawn_pdfs.with_a_form()).convert("L")
    assert picture.getpixel((50, picture.height - 50)) == 0


def encrypted() -> bytes:
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(drawn_pdfs.pdf([drawn_pdfs.TEXT]))) as pdf:
        pdf.save(target, encryption=pikepdf.Encryption(owner="a", user="b"))
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (encrypted(), "encrypted"),
        (b"%PDF-1.7\n" + bytes(range(256)) * 8, "damaged"),
        (b"PK\x03\x04 a workbook", "no_pdf"),
        (b"", "no_pdf"),
    ],
)
def test_a_file_that_cannot_be_shown_says_why(app: Flask, content: bytes, fault: str):
    paper = shown(app, content)
    assert (paper.count, paper.pages, paper.fault) == (0, (), page_pictures.FAULTS[fault])
    with pytest.raises(page_pictures.NoPicture, match=fault):
        drawn(app, content)


@pytest.mark.nightly
@pytest.mark.usefixtures("helper")
def test_a_page_that_takes_too_long_is_given_up_and_not_tried_again(app: Flask):
    content = drawn_pdfs.slow_to_draw()
    with pytest.raises(page_pictures.NoPicture, match="too_slow"):
        drawn(app, content)
    paper = shown(app, content)
    assert paper.pages[0].fault == page_pictures.FAULTS["too_slow"]
    assert drawn(app, drawn_pdfs.pdf([drawn_pdfs.TEXT])).size[0] == USUAL


@pytest.mark.nightly
def test_a_picture_that_unpacks_to_a_gigabyte_is_left_out(app: Flask, helper: HelperProcess):
    content = drawn_pdfs.bomb(1024)
    assert len(content) < 2_000_000
    assert drawn(app, content).getextrema() == ((255, 255), (255, 255), (255, 255))
    assert helper.answered == 1


@pytest.mark.nightly
@pytest.mark.usefixtures("helper")
@pytest.mark.parametrize("helper", [{"cpu": 5, "seconds": 60}], indirect=True)
def test_a_page_that_needs_too_much_memory_ends_the_helper_alone(app: Flask):
    with pytest.raises(page_pictures.NoPicture, match="too_large"):
        drawn(app, drawn_pdfs.bomb_of_content(300))
    assert drawn(app, drawn_pdfs.pdf([drawn_pdfs.TEXT])).size[0] == USUAL


@pytest.mark.nightly
def test_a_helper_that_was_killed_is_replaced(app: Flask, helper: HelperProcess):
    assert shown(app, drawn_pdfs.pdf([b""])).count == 1
    before = helper.process
    assert before is not None
    before.kill()
    assert shown(app, drawn_pdfs.pdf([b"", b""])).count == 2
    assert helper.process is not before


def test_what_was_made_once_is_read_from_disk_alone(app: Flask, monkeypatch: pytest.MonkeyPatch):
    content = drawn_pdfs.pdf([drawn_pdfs.TEXT])
    first = shown(app, content), drawn(app, content).tobytes()
    monkeypatch.setattr(page_pictures, "_ask", lambda *_: pytest.fail("it asked again"))
    again = shown(app, content), drawn(app, content).tobytes()
    assert again[1] == first[1]
    assert again[0].pages[0].text == first[0].pages[0].text


@pytest.mark.postgresql
def test_two_requests_for_one_page_draw_it_once(app: Flask, monkeypatch: pytest.MonkeyPatch):
    orders: list[dict[str, object]] = []
    ask = page_pictures._ask

    def counted(order: dict[str, object]) -> tuple[str, bytes]:
        orders.append(order)
        return ask(order)

    monkeypatch.setattr(page_pictures, "_ask", counted)
    with app.app_context():
        file = stored(app, drawn_pdfs.pdf([drawn_pdfs.TEXT])).file

    def draw() -> bytes:
        with app.test_request_context():
            return page_pictures.picture(file, 1, USUAL)

    one, other = together(draw, draw)
    assert one == other
    assert len(orders) == 1


@pytest.mark.postgresql
def test_slow_pictures_hold_two_threads_and_a_further_request_is_answered_busy(
    app: Flask, monkeypatch: pytest.MonkeyPatch
):
    goes_on, turns = threading.Event(), page_pictures._helper.turns

    def slow(order: dict[str, object]) -> tuple[str, bytes]:
        assert goes_on.wait(PATIENCE)
        return "picture", str(order["page"]).encode()

    monkeypatch.setattr(page_pictures, "_ask", slow)
    monkeypatch.setattr(page_pictures, "PATIENCE", Patience(first=PATIENCE, further=0))
    with app.app_context():
        file = stored(app, drawn_pdfs.pdf([b""])).file

    def draw(number: int) -> bytes:
        with app.test_request_context():
            return page_pictures.picture(file, number, USUAL)

    with ThreadPoolExecutor(2) as pool:
        try:
            jobs = [pool.submit(draw, number) for number in (1, 2)]
            until(lambda: turns.waiting == 1)
            for number in range(3, 11):
                with pytest.raises(page_pictures.NoPicture, match="busy"):
                    draw(number)
        finally:
            goes_on.set()
        assert [job.result(PATIENCE) for job in jobs] == [b"1", b"2"]
    assert draw(3) == b"3", "that it was busy is not stored"


def test_a_request_that_writes_reads_no_file(app: Flask, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(page_pictures, "_ask", lambda *_: pytest.fail("it read a file"))
    with app.test_request_context(method="POST"):
        paper = page_pictures.pages_of_use(stored(app, drawn_pdfs.pdf([b""])))
    assert (paper.pages, paper.fault) == ((), page_pictures.FAULTS["later"])


def test_the_night_removes_what_is_old_and_then_the_oldest_of_too_much(
    app: Flask, monkeypatch: pytest.MonkeyPatch
):
    now = time.time()
    names = {"old": page_cache.STORED_FOR, "middle": timedelta(days=2), "new": timedelta(0)}
    with app.app_context():
        for sha256, age in names.items():
            page_cache.write(sha256, "1.json", b"x" * 100)
            made_at = now - age.total_seconds() - 60
            os.utime(page_cache.place_of(sha256, "1.json"), (made_at, made_at))
        assert page_cache.clean(db.never) == 1
        assert [name for name in names if page_cache.read(name, "1.json")] == ["middle", "new"]
        monkeypatch.setattr(page_cache, "MOST_BYTES", 150)
        assert page_cache.clean(db.never) == 1
        assert [name for name in names if page_cache.read(name, "1.json")] == ["new"]
        folder = app.config["DATA"] / page_cache.FOLDER
        assert sorted(one.name for one in folder.iterdir()) == [page_cache.TAG, "ne"]


def test_a_fault_counts_for_an_hour(app: Flask):
    with app.app_context():
        name = f"1-900{page_cache.FAULT}"
        page_cache.write("abc", name, b"too_slow")
        assert page_cache.read("abc", name) == b"too_slow"
        before = time.time() - page_cache.FAULT_COUNTS.total_seconds() - 60
        os.utime(page_cache.place_of("abc", name), (before, before))
        assert page_cache.read("abc", name) is None


def test_half_an_hour_with_a_paper_is_one_reading(app: Flask, clock: Clock):
    with app.test_request_context():
        use = stored(app, drawn_pdfs.pdf([b""]))
        with db.writing(app) as session:
            reader = cast.person(session, "40000021", "sip").id
            stranger = cast.person(session, "40000022", "superuser").id
    for passed, count in ((0, 1), (29, 1), (2, 2)):
        clock.forward(minutes=passed)
        with app.test_request_context():
            user = db.session().get_one(User, reader)
            assert page_pictures.pages_of(db.session(), user, use.id) is not None
        assert len(cast.all_of(app, select(LogEntry).where(LogEntry.kind == "file.read"))) == count
    with app.test_request_context():
        user = db.session().get_one(User, stranger)
        assert page_pictures.pages_of(db.session(), user, use.id) is None

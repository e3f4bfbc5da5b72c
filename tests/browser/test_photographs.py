"""Photographs of a paper in a browser: made smaller, sent one by one; and without scripts."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import pypdfium2
import pytest
from PIL import Image
from sqlalchemy import select

from app.base import files
from app.base.models import FileUse, StagedPage
from tests.app.walk import Walk, sample_pdf
from tests.browser.examined import Examiner
from tests.photographs import heic, jpeg, saved

pytestmark = pytest.mark.nightly

FIELD = "signed_oficio_designacion"


@pytest.fixture
def filing(app: Any, clock: Any, monkeypatch: pytest.MonkeyPatch) -> Walk:
    """Return a case whose papers are to be signed and uploaded."""
    monkeypatch.setattr("app.cases.papers.render", lambda *_: sample_pdf())
    made = Walk(app)
    made.begin()
    made.answer("designate_administrator")
    made.answer("list_personnel")
    return made


@pytest.fixture
def open_page(filing: Walk, browser: Any, live_server: str) -> Iterator[Callable[..., Any]]:
    """Open the page that takes the papers, as the one who prepares them."""
    contexts = []

    def opened(**options: Any) -> Any:
        context = browser.new_context(base_url=live_server, **options)
        contexts.append(context)
        cookie = filing.browser("preparer").get_cookie("zaguan")
        assert cookie is not None
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server}])
        page = context.new_page()
        page.goto(f"/tareas/{filing.task('file_designation').id}/firmar")
        return page

    yield opened
    for context in contexts:
        context.close()


def photograph(width: int, height: int) -> bytes:
    """Return a photograph of several megabytes, as a telephone makes it."""
    noise = random.Random(width).randbytes(width * height // 256)
    image = Image.frombytes("L", (width // 16, height // 16), noise).convert("RGB")
    return saved(image.resize((width, height), Image.Resampling.BICUBIC), quality=98)


def choose(page: Any, *sent: tuple[str, bytes]) -> None:
    page.locator(f"input[type=file][name={FIELD}]").set_input_files(
        [{"name": name, "mimeType": "image/jpeg", "buffer": content} for name, content in sent]
    )


def filed(walk: Walk) -> list[tuple[int | None, bytes]]:
    """Return pages and bytes of the documents that were filed."""
    with walk.reading() as session:
        uses = session.scalars(select(FileUse).where(FileUse.kind == files.UPLOAD))
        return [(use.file.pages, files.path_of(use.sha256).read_bytes()) for use in uses]


def test_pages_are_made_smaller_sent_again_and_put_in_order(filing: Walk, open_page: Any):
    page, sizes, failed = open_page(), [], []

    def first_is_lost(route: Any) -> None:
        sizes.append(len(route.request.post_data_buffer))
        if len(sizes) == 2:
            failed.append(route.request.url)
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route(f"**/fotografias/{FIELD}", first_is_lost)
    large = photograph(1800, 2400)
    assert len(large) > 500_000
    choose(page, ("IMG_10.jpg", jpeg((700, 900))), ("IMG_9.jpg", large), ("IMG_11.heic", heic()))
    page.get_by_text("Páginas enviadas: 3 de 3").wait_for()
    assert len(failed) == 1
    assert len(sizes) == 4
    assert max(sizes) < 310_000
    rows = filing.all(select(StagedPage).order_by(StagedPage.place))
    assert [row.width for row in rows] == [1240, 700, 600]

    page.reload()  # as after a telephone that went to sleep
    page.get_by_text("Páginas enviadas: 3 de 3").wait_for()
    page.get_by_role("button", name="Abajo: página 1").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.ariaLabel") == "Abajo: página 2"
    page.get_by_role("button", name="Quitar: página 3").press("Enter")
    page.get_by_role("button", name="Girar: página 1").click()
    page.get_by_text("Enviada; girada 90°").wait_for()
    with page.expect_navigation():
        page.get_by_role("button", name="Subir documento firmado").first.click()
    page.locator(f"#{FIELD} .document__file").wait_for()
    ((pages, content),) = filed(filing)
    assert pages == 2
    assert content.index(b"/Width 700") < content.index(b"/Width 1240")
    with pypdfium2.PdfDocument(content) as pdf:
        assert [one.get_width() > one.get_height() for one in pdf] == [True, False]
    assert filing.all(select(StagedPage)) == []


def test_the_form_waits_for_pages_and_stops_at_one_that_cannot_be_used(
    filing: Walk, open_page: Any, examiner: Examiner
):
    page = open_page()
    choose(page, ("1.jpg", jpeg((700, 900))), ("2.jpg", jpeg((200, 300))))
    page.get_by_role("button", name="Subir documento firmado").first.click()
    page.get_by_text("Quita la página 2, que no se pudo usar").wait_for()
    assert "demasiado pequeña" in page.locator(".photograph__fault").inner_text()
    assert filed(filing) == []
    assert examiner.faults_here(page, (1280, 360)) == []
    page.get_by_role("button", name="Quitar: página 2").click()
    with page.expect_navigation():
        page.get_by_role("button", name="Subir documento firmado").first.click()
    assert [pages for pages, _ in filed(filing)] == [1]


def test_photographs_are_sent_with_the_form_where_no_script_runs(filing: Walk, open_page: Any):
    page = open_page(java_script_enabled=False)
    choose(page, ("IMG_2.jpg", jpeg((700, 900))), ("IMG_1.jpg", jpeg((800, 900))))
    page.get_by_role("button", name="Subir documento firmado").first.click()
    page.locator(f"#{FIELD} .document__file").wait_for()
    ((pages, content),) = filed(filing)
    assert pages == 2
    assert content.index(b"/Width 800") < content.index(b"/Width 700")
    assert content.startswith(b"%PDF-")

"""Photographed pages that are sent one by one become a document once its page is sent."""

from __future__ import annotations

import io
from typing import Any

import pytest
from sqlalchemy import select

from app.base import files
from app.base.files import staged
from app.base.models import FileUse, StagedPage
from tests.app.onboarding.tasks.test_photographed_papers import FIELD
from tests.app.onboarding.tasks.test_photographed_papers import filing as filing
from tests.app.walk import Walk, sample_pdf
from tests.conftest import Clock
from tests.photographs import jpeg, saved, sheet

pytestmark = pytest.mark.nightly

OTHER = "signed_sip_rvl_001"


def key(number: int) -> str:
    """Return what a browser calls a page."""
    return f"{number:032x}"


def base(walk: Walk) -> str:
    return f"/tareas/{walk.task('file_designation').id}"


def stage(walk: Walk, number: int, content: bytes = b"", field: str = FIELD, **more: Any):
    """Send a page; return the response."""
    sent = {"key": key(number), "page": (io.BytesIO(content or jpeg()), "a.jpg")} | more
    return walk.browser("preparer").post(f"{base(walk)}/fotografias/{field}", data=sent)


def send(walk: Walk, *numbers: int, action: str = "save", **more: Any):
    """Send the page of the step with the named pages."""
    named = f"{FIELD}:{','.join(map(key, numbers))}"
    data = {"action": action, "staged": named} | more
    return walk.browser("preparer").post(f"{base(walk)}/firmar", data=data)


def stored(walk: Walk) -> list[StagedPage]:
    """Return the pages that wait."""
    return walk.all(select(StagedPage).order_by(StagedPage.place))


def uses(walk: Walk) -> list[FileUse]:
    return walk.all(select(FileUse).where(FileUse.kind == files.UPLOAD))


def test_staged_pages_become_the_document_in_the_order_named_and_are_removed(filing: Walk):
    for number, size in ((1, (900, 1200)), (2, (600, 1200))):
        assert stage(filing, number, jpeg(size)).status_code == 200
    again = stage(filing, 2)  # its first answer was lost
    assert again.get_json() == {FIELD: [key(1), key(2)]}
    assert len(stored(filing)) == 2
    assert send(filing, 2, 1).status_code == 303
    (use,) = uses(filing)
    assert (use.paper, use.file.pages) == ("oficio_designacion", 2)
    with filing.app.app_context():
        content = files.path_of(use.sha256).read_bytes()
    assert content.index(b"/Width 600") < content.index(b"/Width 900")
    assert stored(filing) == []
    assert filing.browser("preparer").get(f"{base(filing)}/fotografias").get_json() == {}
    assert send(filing, 2, 1).status_code == 303  # the second of a double click
    assert len(uses(filing)) == 1


def test_a_page_can_be_moved_and_removed(filing: Walk):
    for number in (1, 2, 3):
        stage(filing, number, jpeg((600 + number, 900)))
    stage(filing, 9, field=OTHER)
    order = filing.browser("preparer").post(
        f"{base(filing)}/fotografias/{FIELD}/orden", data={"key": [key(3), key(1)], "gone": key(2)}
    )
    assert order.get_json() == {FIELD: [key(3), key(1)], OTHER: [key(9)]}
    assert len(stored(filing)) == 3


def test_a_page_that_cannot_be_used_is_refused_with_a_sentence(filing: Walk):
    answer = stage(filing, 1, jpeg()[:-500])
    assert (answer.status_code, answer.get_json()["fault"][:14]) == (422, "La fotografía ")
    assert stage(filing, 1, sample_pdf()).status_code == 422
    assert stage(filing, 1, key="../x").status_code == 400
    assert stored(filing) == []


def test_a_missing_page_keeps_the_document_from_being_made(filing: Walk):
    stage(filing, 1)
    answer = send(filing, 1, 2)
    assert answer.status_code == 422
    assert "Falta una de las páginas" in answer.text
    assert uses(filing) == []
    assert len(stored(filing)) == 1


def test_a_page_can_be_turned_and_only_by_quarters(filing: Walk):
    stage(filing, 1)
    task_id = filing.task("file_designation").id
    found = filing.read(staged.pictures, task_id, FIELD, [f"{key(1)}.3"])
    assert [page.turn for page in found or ()] == [3]
    assert filing.read(staged.pictures, task_id, FIELD, [f"{key(1)}.4"]) is None


def test_a_chosen_file_wins_over_staged_pages(filing: Walk):
    stage(filing, 1)
    sent: dict[str, Any] = {FIELD: (io.BytesIO(sample_pdf()), "a.pdf")}
    assert send(filing, 1, **sent).status_code == 303
    (use,) = uses(filing)
    with filing.app.app_context():
        assert files.path_of(use.sha256).read_bytes() == sample_pdf()


def test_a_document_and_a_task_take_a_limited_number_of_pages(
    filing: Walk, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("forms.fields.photographs.MOST", 2)
    monkeypatch.setattr(staged, "MOST_OF_TASK", 3)
    assert [stage(filing, number).status_code for number in (1, 2, 3)] == [200, 200, 422]
    answers = [stage(filing, number, field=OTHER) for number in (4, 5)]
    assert [answer.status_code for answer in answers] == [200, 422]
    assert "Guarda un documento" in answers[1].get_json()["fault"]


def test_pages_are_taken_only_for_documents_of_an_open_task_and_its_people(filing: Walk):
    assert stage(filing, 1, field="number").status_code == 404
    assert stage(filing, 1, field="otro").status_code == 404
    task = filing.task("file_designation").id
    stranger = filing.browser("sip")
    for address in ("", f"/{FIELD}", f"/{FIELD}/orden"):
        place = f"/tareas/{task}/fotografias{address}"
        ask = stranger.post if address else stranger.get
        assert ask(place).status_code == 404
    filing.answer("file_designation")
    closed = f"/tareas/{task}/fotografias"
    assert filing.browser("preparer").get(closed).status_code == 409


def test_pages_that_wait_for_too_long_are_removed_at_night(filing: Walk, clock: Clock):
    stage(filing, 1, saved(sheet((700, 900))))
    clock.forward(days=1, hours=12)
    stage(filing, 2)
    engine = filing.engine
    clock.forward(hours=13)
    with filing.app.app_context():
        assert staged.clean(engine, lambda: False) == 1
    (page,) = stored(filing)
    assert page.key == key(2)

"""A reviewer's own recent observations are offered again; nobody's are offered to another."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from app.base import calendar
from app.base.models import Filing, Task
from app.cases import processes
from app.onboarding.own_observations import Choice, Review
from app.onboarding.tasks.loading import TaskPage
from app.onboarding.tasks.taking import save_draft
from forms.drafts import as_formdata
from tests.app.walk import Walk
from tests.conftest import Clock

pytestmark = pytest.mark.nightly

STEP = "review_personnel"
ROSTER, LETTER = "sip_rvl_002", "carta_presentacion"
TEXT = "Falta el sello en la última página."


def under_review(walk: Walk, code: str, number: str) -> int:
    """Bring an entity to the review of its second roster. Return the instance."""
    walk.people["administrator"] = walk.person(number, "administrator", code)
    instance = walk.begin_at("resubmission", code)
    for step in ("update_personnel", "file_personnel", "record_personnel_reception"):
        walk.answer(step, instance=instance)
    return instance


@pytest.fixture
def reviews(walk: Walk) -> tuple[int, int]:
    """Return a case that the SGTD observed, and the task of the review of another one."""
    first = under_review(walk, "E90002", "40000042")
    walk.answer(STEP, "observed", instance=first)
    second = under_review(walk, "E90003", "40000043")
    walk.people["another"] = walk.person("40000031", "sgtd")
    return first, walk.task(STEP, second).id


def wrote(walk: Walk, instance: int, *made: tuple[str, str], by: str = "sgtd") -> None:
    """Store observations of a case: each the kind of a paper and a text, the oldest first."""
    with walk.writing() as session:
        filing = session.scalars(select(Filing).where(Filing.instance_id == instance)).one()
        filing.observations = [
            {
                "number": number,
                "target_kind": "paper",
                "target": paper,
                "text": text,
                "answer": "",
                "persists": False,
                "at": f"{calendar.now():%Y-%m-%d}T12:00:{number:02}+00:00",
                "by_id": walk.people[by],
            }
            for number, (paper, text) in enumerate(made, 1)
        ]


def observing(session: Any, walk: Walk, task: int, *entries: Any, by: str = "sgtd") -> TaskPage:
    """Return the page of a review whose draft has these observations."""
    page = TaskPage.of(session, task, walk.user(session, by))
    name, value = page.form.observing
    save_draft(page, as_formdata(page.step.form, {name: value, "observations": list(entries)}))
    return page


def review_of(page: TaskPage) -> Review:
    return Review(page.session, page.user, page.step, page.form)


def offered(walk: Walk, task: int, *entries: Any, by: str = "sgtd") -> list[list[str]]:
    """Return the texts that each observation of a draft offers."""
    with walk.writing() as session:
        found = review_of(observing(session, walk, task, *entries, by=by)).offers()
    return [[one.text for one in choices] for choices in found.values()]


def test_texts_about_the_same_paper_are_offered_the_newest_first(
    walk: Walk, reviews: tuple[int, int]
):
    first, task = reviews
    wrote(
        walk, first, (ROSTER, TEXT), (LETTER, "Falta la firma."), (ROSTER, "Otra."), (ROSTER, TEXT)
    )
    assert offered(
        walk,
        task,
        {"anchor": f"page.{ROSTER}.1", "text": ""},
        {"paper": LETTER, "text": ""},
        {"paper": "all", "text": ""},
    ) == [[TEXT, "Otra."], ["Falta la firma."], [TEXT, "Otra.", "Falta la firma."]]


def test_ten_texts_are_offered_none_with_a_document_or_a_mail_address(
    walk: Walk, reviews: tuple[int, int]
):
    first, task = reviews
    texts = [f"Falta la hoja {number}." for number in range(12)]
    other = ["El DNI 12345678 no es el suyo.", "Escribe a rosa@example.pe."]
    wrote(walk, first, *((ROSTER, text) for text in (*texts, *other)))
    assert offered(walk, task, {"paper": ROSTER, "text": ""}) == [texts[:1:-1]]


def test_nobody_is_offered_the_texts_of_another_person(walk: Walk, reviews: tuple[int, int]):
    """Neither of a colleague's review, nor of a colleague's text in a case that both reviewed."""
    first, task = reviews
    wrote(walk, first, (ROSTER, TEXT))
    entry = {"paper": ROSTER, "text": "Revisa."}
    assert offered(walk, task, entry, by="another") == [[]]
    walk.execute(
        update(Task)
        .where(Task.instance_id == first, Task.step == STEP)
        .values(closed_by_id=walk.people["another"])
    )
    assert offered(walk, task, entry, by="another") == [[]]
    wrote(walk, first, (ROSTER, TEXT), by="another")
    assert offered(walk, task, entry, by="another") == [[TEXT]]
    with walk.writing() as session:
        page = observing(session, walk, task, entry)
        pressed = review_of(page).press(page.pairs, "insert:observations-0", Choice(TEXT).id)
    assert pressed is not None
    assert pressed.pairs is None


def test_a_text_is_inserted_below_what_is_typed(walk: Walk, reviews: tuple[int, int]):
    first, task = reviews
    wrote(walk, first, (ROSTER, TEXT))
    client, url = walk.browser("sgtd"), f"/tareas/{task}/respuesta"
    typed = {
        "result": "observed",
        "observations-0": "",
        "observations-0-paper": ROSTER,
        "observations-0-text": "En la página 2.",
        "action": "insert:observations-0",
    }
    page = client.post(url, data=typed, follow_redirects=True).text
    assert "Elige primero una de tus observaciones." in page
    assert f'data-text="{TEXT}"' in page
    chosen = {"own-observations-0": Choice(TEXT).id}
    page = client.post(url, data=typed | chosen, follow_redirects=True).text
    assert f"En la página 2.\n{TEXT}</textarea>" in page


def test_another_button_inserts_nothing(walk: Walk, reviews: tuple[int, int]):
    with walk.writing() as session:
        page = observing(session, walk, reviews[1], {"paper": ROSTER, "text": ""})
        for action in ("insert:observations-7", "insert:result", "insert:", "next"):
            assert review_of(page).press(page.pairs, action, "x") is None


def test_what_a_review_of_no_paper_observed_is_offered_at_the_same_place(walk: Walk, clock: Clock):
    walk.begin_at("training")
    walk.answer("plan_training")
    clock.forward(days=60)
    walk.tick()
    walk.answer("report_training")
    task, group = walk.task("review_training").id, "group.technical"
    with walk.writing() as session:
        page = observing(session, walk, task, {"anchor": group, "text": TEXT}, by="sip")
        processes.complete(session, task, page.step, page.form, page.user.id)
    walk.answer("report_training")
    again = walk.task("review_training").id
    entries = ({"anchor": group, "text": ""}, {"anchor": "paper.attendance_lists", "text": ""})
    assert offered(walk, again, *entries, by="sip") == [[TEXT], []]
    walk.people["another"] = walk.person("40000031", "sip")
    assert offered(walk, again, *entries, by="another") == [[], []]

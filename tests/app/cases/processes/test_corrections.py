"""An entity corrects what it typed before it presents it."""

from __future__ import annotations

from datetime import date, time

import pytest
from sqlalchemy import select

from app.base import calendar
from app.base.models import FileUse, Filing, Task
from app.cases import custody, processes
from app.cases.processes.returns import corrections
from app.onboarding.tasks.loading import TaskPage
from tests.app.walk import Walk
from tests.conftest import Clock

NINE = time(9)
DESIGNATION = ("designate_administrator", "list_personnel")


@pytest.fixture
def made(walk: Walk) -> Walk:
    """Return a designation whose papers are made, on Monday 2 March 2026."""
    walk.begin()
    for step in DESIGNATION:
        walk.answer(step)
    return walk


def correct(walk: Walk, element: str = "designate_administrator", task_id: int = 0) -> Task:
    """Return to a step before the papers are presented."""
    with walk.writing() as session:
        task_id = task_id or walk.task("file_designation").id
        return corrections.before_filing(session, task_id, element, walk.people["preparer"])


def void(walk: Walk) -> set[str]:
    """Return the ids of the files without effect."""
    return set(walk.all(select(FileUse.id).where(FileUse.void_at.is_not(None))))


def page(walk: Walk, **data: str):
    """Post the page that corrects, as the preparer; get it without values."""
    address = f"/entidades/E90001/tareas/{walk.task('file_designation').id}/corregir"
    browser = walk.browser("preparer")
    return browser.post(address, data=data) if data else browser.get(address)


@pytest.mark.nightly
def test_the_entity_returns_to_a_page_and_presents_the_papers_made_again(made: Walk):
    made.draft("file_designation")
    assert "Formato SIP-RVL-001" in page(made).text
    answer = page(made, place="designate_administrator/alterno")
    opened = made.task("designate_administrator")
    assert answer.headers["Location"] == f"/tareas/{opened.id}/alterno"
    assert made.open_steps() == ["designate_administrator"]
    assert made.task("file_designation").state == "cancelled"
    form = made.browser("preparer").get(f"/tareas/{opened.id}/autoridad").text
    assert "Volviste para corregir antes de presentar" in form
    assert made.row().holder == "entity"
    documents = made.browser("sip").get("/entidades/E90001/archivos").text
    assert documents.count("Sin efecto") == len(void(made)) == 4, "three papers, one upload"
    for step in (*DESIGNATION, "file_designation"):
        made.answer(step)
    assert made.open_steps() == ["record_reception"]
    assert made.log().count("paper.issued") == 6
    assert not set(made.one(select(Filing)).signed.values()) & void(made)
    made.assert_consistent()
    assert made.commit(custody.rebuild, made.row()) is False


@pytest.mark.nightly
def test_the_day_to_present_stays_however_often_it_is_corrected(made: Walk, clock: Clock):
    due_on = made.last_day("file_designation")
    clock.set(calendar.at_hour(date(2026, 3, 4), NINE))
    correct(made)
    assert made.last_day("designate_administrator") == due_on
    made.answer("designate_administrator")
    clock.set(calendar.at_hour(date(2026, 3, 5), NINE))
    made.answer("list_personnel")
    assert made.last_day("file_designation") == due_on
    correct(made, "list_personnel")
    made.answer("list_personnel")
    assert made.last_day("file_designation") == due_on
    shown = made.browser("preparer").get(
        f"/tareas/{made.task('file_designation').id}", follow_redirects=True
    )
    assert "la llegada del paso en que se presenta" in shown.text


@pytest.mark.nightly
def test_while_a_later_page_is_typed_an_earlier_one_is_corrected(begun: Walk, clock: Clock):
    begun.answer("designate_administrator")
    clock.set(calendar.at_hour(date(2026, 3, 4), NINE))
    due_on = begun.last_day("list_personnel")
    task_id = begun.draft("list_personnel")
    address = f"/entidades/E90001/tareas/{task_id}/corregir"
    preparer = begun.browser("preparer")
    assert address in preparer.get("/entidades/E90001").text
    shown = preparer.get(address)
    assert f'href="{address}"' in preparer.get(f"/tareas/{task_id}", follow_redirects=True).text
    assert "El plazo de este paso sigue donde está" in shown.text
    assert "quedan sin efecto" not in shown.text
    assert preparer.post(address, data={"place": "list_personnel/personal"}).status_code == 422
    answer = preparer.post(address, data={"place": "designate_administrator/alterno"})
    opened = begun.task("designate_administrator")
    assert answer.headers["Location"] == f"/tareas/{opened.id}/alterno"
    assert (begun.open_steps(), void(begun)) == (["designate_administrator"], set())
    assert begun.last_day("designate_administrator") == due_on
    said = preparer.get(f"/tareas/{opened.id}", follow_redirects=True).text
    assert "la llegada del paso desde el que se volvió a corregir" in said
    clock.set(calendar.at_hour(date(2026, 3, 5), NINE))
    begun.answer("designate_administrator")
    assert begun.last_day("list_personnel") == due_on
    with begun.reading() as session:
        user = begun.user(session, "preparer")
        task_page = TaskPage.of(session, begun.task("list_personnel").id, user)
        assert task_page.form.validate(), "what was typed and not sent is still there"
    begun.answer("list_personnel")
    filing = begun.task("file_designation")
    assert (filing.counted_from, filing.counted_on) == ("arrival", date(2026, 3, 5))
    begun.assert_consistent()


def test_nothing_is_corrected_from_the_first_page(begun: Walk):
    task_id = begun.task("designate_administrator").id
    address = f"/entidades/E90001/tareas/{task_id}/corregir"
    assert begun.browser("preparer").get(address).status_code == 404
    assert "/corregir" not in begun.browser("preparer").get("/entidades/E90001").text


@pytest.mark.nightly
def test_a_signed_paper_without_effect_is_not_presented(made: Walk):
    made.draft("file_designation")
    correct(made, "list_personnel")
    made.answer("list_personnel")
    task_id = made.task("file_designation").id
    with made.reading() as session:
        task_page = TaskPage.of(session, task_id, made.user(session, "preparer"))
        assert not set(task_page.files) & void(made)
        assert task_page.documents() == []
        signed = [value for key, value in task_page.pairs if key.startswith("signed_")]
        assert signed == []


@pytest.mark.nightly
def test_a_filing_that_a_coordinator_returns_has_a_term_of_its_own(made: Walk, clock: Clock):
    due_on = made.last_day("file_designation")
    correct(made)
    made.answer("designate_administrator")
    clock.set(calendar.at_hour(date(2026, 3, 16), NINE))
    made.act(processes.send_back, "designate_administrator", "Para una prueba.")
    for step in DESIGNATION:
        made.answer(step)
    assert made.last_day("file_designation") > due_on


@pytest.mark.nightly
@pytest.mark.postgresql
def test_the_second_of_two_windows_is_refused(made: Walk):
    task_id = made.task("file_designation").id
    correct(made, task_id=task_id)
    with pytest.raises(processes.Refused, match="ya no está en curso"):
        correct(made, task_id=task_id)
    address = f"/entidades/E90001/tareas/{task_id}/corregir"
    late = made.browser("preparer").post(address, data={"place": "list_personnel/personal"})
    assert late.status_code == 409
    assert "ya no está abierta" in late.text
    stale = made.browser("preparer").post(f"/tareas/{task_id}/presentar", data={"number": "1"})
    assert stale.status_code == 409
    assert made.open_steps() == ["designate_administrator"]


@pytest.mark.nightly
def test_nothing_is_corrected_elsewhere(made: Walk):
    made.person("40000042", "preparer", "E90002")
    task_id = made.task("file_designation").id
    preparer = made.browser("preparer")
    assert preparer.get(f"/entidades/E90002/tareas/{task_id}/corregir").status_code == 404
    assert (
        made.browser("sip").get(f"/entidades/E90001/tareas/{task_id}/corregir").status_code == 404
    )
    assert page(made, place="correct_designation/respuestas").status_code == 422
    made.answer("file_designation")
    review = made.task("record_reception").id
    assert preparer.get(f"/entidades/E90001/tareas/{review}/corregir").status_code == 404
    with made.writing() as session, pytest.raises(processes.Refused):
        corrections.before_filing(
            session, review, "designate_administrator", made.people["preparer"]
        )

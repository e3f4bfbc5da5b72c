"""An entity corrects what it typed before it presents it."""

from __future__ import annotations

from datetime import date, time

import pytest
from sqlalchemy import select

from app.base import calendar
from app.base.models import FileUse, Filing, Task, User
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


def last_day(walk: Walk, step: str) -> date:
    due_at = walk.task(step).due_at
    assert due_at is not None
    return calendar.last_day(due_at)


def void(walk: Walk) -> set[str]:
    """Return the ids of the files without effect."""
    with walk.reading() as session:
        return set(session.scalars(select(FileUse.id).where(FileUse.void_at.is_not(None))))


def page(walk: Walk, **data: str):
    """Post the page that corrects, as the preparer; get it without values."""
    address = f"/entidades/E90001/tareas/{walk.task('file_designation').id}/corregir"
    browser = walk.browser("preparer")
    return browser.post(address, data=data) if data else browser.get(address)


def test_the_entity_returns_to_a_page_and_presents_the_papers_made_again(made: Walk):
    made.draft("file_designation")
    shown = page(made)
    assert "Formato SIP-RVL-001" in shown.text
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
    with made.reading() as session:
        (filing,) = session.scalars(select(Filing))
        assert not set(filing.signed.values()) & void(made)
    made.assert_consistent()
    with made.writing() as session:
        assert custody.rebuild(session, made.row()) is False


def test_the_day_to_present_stays_however_often_it_is_corrected(made: Walk, clock: Clock):
    due_on = last_day(made, "file_designation")
    clock.set(calendar.at_hour(date(2026, 3, 4), NINE))
    correct(made)
    assert last_day(made, "designate_administrator") == due_on
    made.answer("designate_administrator")
    clock.set(calendar.at_hour(date(2026, 3, 5), NINE))
    made.answer("list_personnel")
    assert last_day(made, "file_designation") == due_on
    correct(made, "list_personnel")
    made.answer("list_personnel")
    assert last_day(made, "file_designation") == due_on
    shown = made.browser("preparer").get(
        f"/tareas/{made.task('file_designation').id}", follow_redirects=True
    )
    assert "la llegada del paso en que se presenta" in shown.text


def test_a_signed_paper_without_effect_is_not_presented(made: Walk):
    made.draft("file_designation")
    correct(made, "list_personnel")
    made.answer("list_personnel")
    task_id = made.task("file_designation").id
    with made.reading() as session:
        user = session.get_one(User, made.people["preparer"])
        task_page = TaskPage.of(session, task_id, user)
        assert not set(task_page.files) & void(made)
        assert task_page.documents() == []
        signed = [value for key, value in task_page.pairs if key.startswith("signed_")]
        assert signed == []


def test_a_filing_that_a_coordinator_returns_has_a_term_of_its_own(made: Walk, clock: Clock):
    due_on = last_day(made, "file_designation")
    correct(made)
    made.answer("designate_administrator")
    clock.set(calendar.at_hour(date(2026, 3, 16), NINE))
    with made.writing() as session:
        processes.send_back(
            session, made.id, "designate_administrator", "Para una prueba.", made.people["sip"]
        )
    for step in DESIGNATION:
        made.answer(step)
    assert last_day(made, "file_designation") > due_on


@pytest.mark.both_databases
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

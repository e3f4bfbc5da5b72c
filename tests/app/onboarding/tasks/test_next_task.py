"""The next task of the same kind, after an answer."""

from __future__ import annotations

import pytest

from app.base.models import Task
from app.cases import processes
from app.onboarding.tasks.queue import next_task
from tests.app.walk import Walk

pytestmark = pytest.mark.nightly

STEPS = ("designate_administrator", "list_personnel", "file_designation")
OTHER = "E90002"


@pytest.fixture
def filed(walk: Walk) -> Walk:
    """Return two cases that wait for the mesa de partes, and whose preparer is the same person."""
    first = walk.begin()
    for step in STEPS:
        walk.answer(step)
    second = walk.begin(code=OTHER)
    one = walk.people["preparer"]
    walk.people["preparer"] = walk.person("40000042", "preparer", OTHER)
    for step in STEPS:
        walk.answer(step, instance=second)
    walk.people["preparer"] = one
    assert first != second
    return walk


def following(walk: Walk) -> tuple[str, int] | None:
    with walk.reading() as session:
        user = walk.user(session, "sip")
        task = session.get_one(Task, walk.task("record_reception").id)
        found = next_task.of_kind(session, user, task)
        return (found.task.entity.code, found.left) if found else None


def test_the_next_task_is_of_the_same_kind_and_one_that_the_person_may_take(filed: Walk):
    assert following(filed) == (OTHER, 1)
    filed.change(
        Task, filed.task("record_reception", filed.id + 1).id, assignee_id=filed.people["sgtd"]
    )
    assert following(filed) is None


def test_suspended_cases_are_left_out(filed: Walk):
    filed.act(processes.suspend, "Por una prueba.", on=filed.id + 1)
    assert following(filed) is None


def test_an_answer_leads_to_it(filed: Walk):
    browser = filed.browser("sip")
    task, other = filed.task("record_reception").id, filed.task("record_reception", filed.id + 1).id
    filed.draft("record_reception", "not_filed")
    answer = browser.post(f"/tareas/{task}/revisar", data={"action": "submit"})
    page = browser.get(answer.location, follow_redirects=True).text
    assert f'href="/tareas/{other}">Siguiente: ' in page
    assert "(queda 1)" in page


def test_the_case_leads_on_and_a_message_to_the_next_of_the_same_kind(filed: Walk):
    browser = filed.browser("sip")
    task, other = filed.task("record_reception").id, filed.task("record_reception", filed.id + 1).id
    filed.draft("record_reception", "received")
    answer = browser.post(f"/tareas/{task}/revisar", data={"action": "submit"})
    assert answer.location.startswith(f"/tareas/{filed.task('review_designation').id}/")
    page = browser.get(answer.location)
    assert page.status_code == 200
    assert f'href="/tareas/{other}">Siguiente: ' in page.text
    assert "Siguiente: " not in browser.get(answer.location.partition("?")[0]).text


def test_a_step_that_the_same_person_must_not_decide_is_not_the_next_one(filed: Walk):
    with filed.writing() as session:
        row = filed.task("file_designation")
        session.get_one(Task, row.id).closed_by_id = filed.people["sip"]
    browser, task = filed.browser("sip"), filed.task("record_reception").id
    filed.draft("record_reception", "received")
    answer = browser.post(f"/tareas/{task}/revisar", data={"action": "submit"})
    review = filed.task("review_designation").id
    assert answer.location == f"/tareas/{review}/respuesta?desde={task}"
    onward = browser.get(answer.location)
    assert (onward.status_code, onward.location) == (303, f"/tareas/{task}/listo")
    assert browser.get(onward.location).location == "/"
    assert browser.get(f"/tareas/{review}/respuesta").status_code == 409

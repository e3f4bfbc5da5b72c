"""Entities correct cases that run on the diagrams of an older release."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base.models import FileUse, Notice, Task, User
from app.cases.processes.returns import corrections, requests
from app.people import access
from tests.app.confirming import confirmed
from tests.app.walk import Walk
from tests.tree import ROOT

RELEASES = [ROOT / "tests" / "releases" / f"{one}.json.gz" for one in ("0.5.0", "0.6.0")]
pytestmark = pytest.mark.parametrize(
    "upgraded", RELEASES, indirect=True, ids=lambda path: path.name
)


def open_task(session: Session, step: str) -> Task:
    """Return the open task of a step that the release left open."""
    return session.scalars(select(Task).where(Task.step == step, Task.state == "open")).one()


def of_entity(session: Session, task: Task) -> User:
    """Return a user of the entity who answers its designation."""
    filed = corrections.filed_task(session, task) or task
    return access.recipients(session, filed.role, task.entity)[0]


def test_papers_are_corrected_before_they_are_presented(upgraded: Walk):
    with upgraded.reading() as session:
        task = open_task(session, "file_designation")
        task_id, instance, user_id = task.id, task.instance_id, of_entity(session, task).id
        code, due_at = task.entity.code, task.due_at
    browser = upgraded.browser_of(user_id)
    address = f"/entidades/{code}/tareas/{task_id}/corregir"
    assert address in browser.get(f"/entidades/{code}").text
    answer = browser.post(address, data={"place": "designate_administrator/administrador"})
    assert answer.status_code == 303
    assert upgraded.open_steps(instance) == ["designate_administrator"]
    with upgraded.reading() as session:
        opened = open_tasks(session, instance)
        assert [(one.due_at, one.came_as) for one in opened] == [
            (due_at, "corrected_before_filing")
        ]
        void = FileUse.void_at.is_not(None), FileUse.instance_id == instance
        assert session.scalars(select(FileUse).where(*void)).all()
    assert browser.get(answer.headers["Location"]).status_code == 200
    upgraded.assert_consistent(instance)


def open_tasks(session: Session, instance: int) -> list[Task]:
    """Return the open tasks of an instance."""
    query = select(Task).where(Task.instance_id == instance, Task.state == "open")
    return list(session.scalars(query))


def test_what_is_under_review_is_given_back_as_requested(upgraded: Walk):
    with upgraded.reading() as session:
        task = open_task(session, "review_designation")
        task_id, instance, user_id = task.id, task.instance_id, of_entity(session, task).id
        code, coordinator = task.entity.code, requests.in_charge(session, task)[0].id
    address = f"/entidades/{code}/tareas/{task_id}/pedir-devolucion"
    browser = upgraded.browser_of(user_id)
    assert address in browser.get(f"/entidades/{code}").text
    wanted = {"element": "list_personnel", "reason": "Falta una persona en la lista"}
    assert browser.post(address, data=wanted).status_code == 303
    with upgraded.reading() as session:
        number = session.scalars(select(Notice.id).where(Notice.kind == requests.NOTICE)).one()
    answer = {"answer": "grant", "element": "list_personnel", "comment": ""}
    page = f"/entidades/{code}/devoluciones/{number}"
    assert confirmed(upgraded.browser_of(coordinator), page, answer).status_code == 303
    assert upgraded.open_steps(instance) == ["list_personnel"]
    upgraded.assert_consistent(instance)

"""Entities correct cases that run on the diagrams of an older release."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from app.base.models import FileUse, Notice, Task, User
from app.cases import papers
from app.cases.processes.returns import corrections, requests
from app.people import access
from tests.app.confirming import confirmed
from tests.app.ops.upgrades import Upgrades, going_on
from tests.app.walk import Walk, sample_pdf
from tests.conftest import Clock
from tests.tree import ROOT

RELEASES = [ROOT / "tests" / "releases" / f"{one}.json.gz" for one in ("0.5.0", "0.6.0")]


@pytest.fixture(params=RELEASES, ids=lambda path: path.name)
def upgraded(
    request: pytest.FixtureRequest,
    settings: dict[str, Any],
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    upgrades: Upgrades,
) -> Iterator[Walk]:
    """Yield an installation of a release, upgraded to this code."""
    monkeypatch.setattr(papers, "render", lambda *_: sample_pdf())
    kind = request.getfixturevalue(make_url(settings["DATABASE_URL"]).get_backend_name())
    with upgrades.copy(request.param, kind, settings, clock) as app:
        yield going_on(app)


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

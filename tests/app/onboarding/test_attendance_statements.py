"""The pages of attendance read all entities at once: no statement per entity."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from app.base.models import Task, User
from app.cases import records
from app.cases.case import Case
from app.cases.processes.returns import attendance
from app.cases.records.sessions import attended
from app.onboarding import batches
from app.onboarding.induction_sessions.attendance import sheet
from tests.app.onboarding.attended import Held, hold
from tests.app.onboarding.batches.batched import confirm
from tests.app.walk import Walk
from tests.conftest import Clock


@pytest.fixture
def held(walk: Walk, clock: Clock) -> Held:
    """Return a session of three entities; the attendance of two was recorded."""
    held = hold(walk, clock, 3, "technical")
    client = walk.browser("sgtd")
    confirm(client, held.freeze(client, E90001="attended", E90002="attended", E90003=""), 2)
    return held


def people(session: Session, tasks: list[Task], by: int) -> None:
    sheet.people_of(session, tasks)


def recording(session: Session, tasks: list[Task], by: int) -> None:
    answer = {"administrator": "attended", "alternate": "attended", "others": [], "note": ""}
    rows = [(task.entity, {"task": task.id, **answer}) for task in tasks]
    data = {"session": 0, "held": tasks[0].opened_at.isoformat()}
    batches.check_rows(session, batches.ATTENDANCE, rows, by, data)


def fixing(session: Session, tasks: list[Task], by: int) -> None:
    until = tasks[0].opened_at.isoformat()
    rows = [(task.entity, {"task": task.id, "until": until}) for task in tasks]
    batches.check_rows(session, batches.ATTENDANCE_FIX, rows, by)


def after(session: Session, tasks: list[Task], by: int) -> None:
    attendance.why_not(session, tasks)


@pytest.mark.nightly
def test_three_entities_take_as_many_statements_as_one(walk: Walk, held: Held):
    ids = [held.step(code).id for code in held.instances]
    by = walk.people["sgtd"]
    for read in (people, recording, fixing, after):
        counts = []
        for some in (ids[:1], ids):
            with walk.reading() as session:
                tasks = [session.get_one(Task, one) for one in some]
                assert [task.instance.entity for task in tasks]  # loaded, as the pages do
                session.get_one(User, by)
                with walk.statements() as sent:
                    read(session, tasks, by)
            counts.append(len(sent))
        assert counts[0] == counts[1] > 0, read.__name__


@pytest.mark.nightly
def test_the_records_are_those_that_the_step_reads(walk: Walk, held: Held):
    with walk.reading() as session:
        tasks = [session.get_one(Task, held.step(code).id) for code in held.instances]
        found = attended.read_all(session, tasks)
        for task in tasks:
            case = Case(session, task.entity, task.instance, task=task)
            assert found[task.id] == records.read_all(case, found[task.id])
    assert found[tasks[0].id]["roster"]

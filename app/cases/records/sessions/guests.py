"""The cases with a seat in a published session, and the steps that record their attendance.

A case keeps its seat when the session begins. One that was absent and chose again has a seat in two
sessions, so each recording belongs to the session that was the newest when its step opened.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session, joinedload

from app.base.db.membership import among
from app.base.models import Entity, InductionSession, ProcessInstance, Record, Seat, Task
from app.base.models.base import TextAt
from app.cases.records.sessions.waiting import TIMERS


def step_of(topic: str) -> str:
    """Return the step that records the attendance of a topic."""
    return f"record_{topic}_induction"


def cases_of(session: Session, session_id: int) -> Sequence[ProcessInstance]:
    """Return the cases with a seat in a session, by the name of their entity."""
    return session.scalars(
        select(ProcessInstance)
        .join(Seat, Seat.instance_id == ProcessInstance.id)
        .join(Entity, Entity.id == ProcessInstance.entity_id)
        .where(Seat.session_id == session_id)
        .options(joinedload(ProcessInstance.entity))
        .order_by(Entity.name, Entity.id, ProcessInstance.id)
    ).all()


def sessions_with_seats(session: Session, ids: Collection[int]) -> set[int]:
    """Return those of some sessions in which a case has a seat."""
    return set(session.scalars(select(Seat.session_id).where(Seat.session_id.in_(ids)).distinct()))


def is_recording() -> ColumnElement[bool]:
    """Return the condition on Task and InductionSession: the step records that session.

    Condition on the case: it has a seat in the session. Its step opened when the session had begun,
    and no later session was chosen or scheduled before.
    """
    later = exists().where(
        Record.instance_id == Task.instance_id,
        Record.name == InductionSession.topic + "_session",
        TextAt(Record.data, "at") != "",
        Record.at >= InductionSession.at,
        Record.task_id < Task.id,
    )
    steps = (and_(InductionSession.topic == one, Task.step == step_of(one)) for one in TIMERS)
    return and_(
        or_(*steps),
        Task.state.in_(("open", "completed")),
        Task.opened_at >= InductionSession.at,
        ~later,
    )


def recordings(session: Session, session_id: int) -> dict[int, Task]:
    """Return the step that records the attendance of each case with a seat, where it has come."""
    found = session.scalars(
        select(Task)
        .join(Seat, Seat.instance_id == Task.instance_id)
        .join(InductionSession, InductionSession.id == Seat.session_id)
        .where(InductionSession.id == session_id, is_recording())
        .order_by(Task.id)
    )
    return {task.instance_id: task for task in found}


def attendances(session: Session, tasks: Iterable[Task]) -> dict[int, dict[str, Any]]:
    """Return what completed steps recorded, by task: not what the case recorded afterwards."""
    done = {one.id: one for one in tasks if one.state == "completed"}
    rows = session.execute(
        select(Record.task_id, Record.data)
        .where(
            among(Record.instance_id, [one.instance_id for one in done.values()]),
            among(Record.task_id, list(done)),
            Record.name.in_([f"{topic}_attendance" for topic in TIMERS]),
        )
        .order_by(Record.id)
    )
    return {row.task_id: row.data for row in rows if row.task_id is not None}

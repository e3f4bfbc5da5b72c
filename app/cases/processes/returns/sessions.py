"""The effects of a published session that moves, is cancelled or is left on the cases with a seat.

Its invitations follow by themselves: `processes.projection` updates the calendars of all guests.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, select, union
from sqlalchemy.orm import Session

from app.base import calendar, db
from app.base.db import Stop
from app.base.models import InductionSession, Meeting, ProcessInstance, Seat, Task, WaitingSeat
from app.cases import arrivals, records
from app.cases.case import Case
from app.cases.processes import acts, projection
from app.cases.processes.act import Act
from app.cases.processes.case_admin import Refused, go_back, open_task, running
from app.cases.processes.returns import seating
from app.cases.processes.terms import due_dates
from app.cases.records.sessions import waiting
from app.cases.records.sessions.waiting import TIMERS as TIMERS
from workflows.instance import NotOpen

#: Columns that have another name in the log.
SAID = {"at": "begins_at"}


def hold_session(session: Session, session_id: int) -> InductionSession | None:
    """Lock the cases with a seat in a session or on its list, then the session; None without it.

    A case that came meanwhile is not locked after the session: all are released and locked anew.
    """
    calendar.keep(session)  # before the cases are locked, as every act does
    while True:
        nested = session.begin_nested()
        cases = _cases_of(session, session_id)
        session.execute(
            select(ProcessInstance.id)
            .where(ProcessInstance.id.in_(cases))
            .order_by(ProcessInstance.id)
            .with_for_update()
        ).all()
        row = session.scalars(
            select(InductionSession)
            .where(InductionSession.id == session_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        ).one_or_none()
        if _cases_of(session, session_id) <= cases:
            nested.commit()
            return row
        nested.rollback()


def _cases_of(session: Session, session_id: int) -> set[int]:
    seats = select(Seat.instance_id).where(Seat.session_id == session_id)
    waits = select(WaitingSeat.instance_id).where(WaitingSeat.session_id == session_id)
    return set(session.scalars(union(seats, waits)))


def session_moved(
    session: Session, row: InductionSession, before: Mapping[str, Any], actor_id: int
) -> None:
    """Move the timers that wait for the session to its new moment.

    `before`: the values that its people knew until now, by column. The caller holds the session
    (`hold_session`).
    """
    row.sequence, row.changed_at = row.sequence + 1, calendar.now()
    both = {name: [_plain(old), _plain(getattr(row, name))] for name, old in before.items()}
    changed = {SAID.get(name, name): two for name, two in both.items() if two[0] != two[1]}
    for act in _with_seat(session, row, actor_id):
        act.engine.reschedule(TIMERS[row.topic], row.at)
        act.case.log(
            "session.moved", topic=row.topic, begins_at=row.at.isoformat(), changed=changed
        )
        projection.save(act)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def session_cancelled(session: Session, row: InductionSession, actor_id: int) -> None:
    """Cancel the session; the entities with a seat choose another one, and its list ends.

    The caller holds the session (`hold_session`).
    """
    held = list(_with_seat(session, row, actor_id))
    row.cancelled, row.sequence, row.changed_at = True, row.sequence + 1, calendar.now()
    for seat in session.scalars(select(Seat).where(Seat.session_id == row.id)):
        session.delete(seat)
    for one in waiting.of_session(session, row.id):
        instance = session.get_one(ProcessInstance, one.instance_id)
        seating.leave(Case(session, instance.entity, instance, actor_id), one)
    row.taken = 0
    session.flush()
    for act in held:
        act.case.came_as = arrivals.SESSION_CANCELLED.id
        days = 0
        if act.row.suspended_at:
            days = due_dates.catch_up(act, act.row.suspended_at)  # so that nothing is due meanwhile
            act.row.suspended_at = calendar.now()
        act.case.log("session.cancelled", topic=row.topic, working_days=days)
        try:
            act.engine.send_back(f"choose_{row.topic}_session")
            act.advance()
        except NotOpen:
            act.case.log("session.left", topic=row.topic)
        projection.save(act)


def choose_another(session: Session, instance_id: int, topic: str, actor_id: int) -> Task:
    """Leave the session that the entity attends, until the day before; it chooses again.

    Return the open task. Raise Refused.
    """
    act = running(session, instance_id, actor_id)
    timer = next((t for t in act.engine.waiting() if t.element == TIMERS.get(topic)), None)
    if timer is None:
        raise Refused("No hay ninguna sesión por venir que cambiar.")
    if not can_leave(timer.at):
        raise Refused("Solo hasta el día anterior a la sesión se puede elegir otra.")
    records.sessions.leave_seats(act.case, topic)
    act.case.came_as = arrivals.ANOTHER_SESSION.id
    step = f"choose_{topic}_session"
    go_back(act, step)
    act.case.log("session.changed", topic=topic, begins_at=timer.at.isoformat())
    act.advance()
    acts.save(act)
    return open_task(act, step)


def can_leave(at: datetime) -> bool:
    """Return whether a session may still be left: until the day before, in Lima."""
    return calendar.today() < calendar.lima_day(at)


def _with_seat(session: Session, row: InductionSession, actor_id: int) -> Iterator[Act]:
    ids = session.scalars(
        select(Seat.instance_id).where(Seat.session_id == row.id).order_by(Seat.instance_id)
    ).all()
    for instance_id in ids:
        act = Act.hold(session, instance_id, actor_id)
        if act.row.ended_at is None:
            yield act


def refresh_invitations(engine: Engine, stop: Stop = lambda: False) -> int:
    """Update the calendars of the guests of all future sessions; return how many cases were read.

    Acts do so for their own case. This nightly job catches up with other changes: a new role, a
    corrected address, another coordinator in charge.
    """
    with db.open_session(engine, writes=False) as session:
        ids = session.scalars(
            select(Meeting.instance_id)
            .join(ProcessInstance, ProcessInstance.id == Meeting.instance_id)
            .where(
                Meeting.cancelled_at.is_(None),
                Meeting.at > calendar.now(),
                ProcessInstance.ended_at.is_(None),
            )
            .distinct()
            .order_by(Meeting.instance_id)
        ).all()
    for done, instance_id in enumerate(ids):
        if stop():
            return done
        with db.open_session(engine) as session:
            projection.update_meetings(Act.hold(session, instance_id, None))
            session.commit()
    return len(ids)

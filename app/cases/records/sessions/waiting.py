"""The waiting lists of published sessions: who has no seat stands there in order of arrival.

Locks are taken in one order: cases by their ids, sessions by their ids.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from app.base import calendar
from app.base.models import InductionSession, ProcessInstance, Seat, WaitingSeat

#: Topic → the timer that waits for its session.
TIMERS: Mapping[str, str] = {
    topic: f"{topic}_session_arrives" for topic in ("thematic", "technical")
}


def steps_before(topic: str) -> tuple[str, str]:
    """Return the steps during which a case can still get a seat in a session of a topic."""
    return f"choose_{topic}_session", f"schedule_{topic}_induction"


def queue_length(instance_id: int) -> ColumnElement[int]:
    """Return how many cases came to the list of a session before a case, as a subquery.

    A case that is not on the list comes after all. One that is suspended is passed over.
    """
    one, own = aliased(WaitingSeat), aliased(WaitingSeat)
    came_after = exists().where(
        own.session_id == one.session_id, own.instance_id == instance_id, own.id <= one.id
    )
    return (
        select(func.count(one.id))
        .join(ProcessInstance, ProcessInstance.id == one.instance_id)
        .where(
            one.session_id == InductionSession.id,
            ProcessInstance.status == "running",
            ~came_after,
        )
        .correlate(InductionSession)
        .scalar_subquery()
    )


def is_free(instance_id: int) -> ColumnElement[bool]:
    """Return the condition: a session has a seat for a case, besides those who came before."""
    return and_(
        InductionSession.cancelled.is_(False),
        InductionSession.taken + queue_length(instance_id) < InductionSession.seats,
    )


def hold_sessions(session: Session, instance_id: int, topic: str, *more: int) -> None:
    """Lock the coming sessions of a topic in which a case has a seat, and `more`, by their ids.

    The case must be locked. What is read of them afterwards is as it is under the lock.
    """
    seats = select(Seat.session_id).where(Seat.instance_id == instance_id)
    session.scalars(
        select(InductionSession)
        .where(
            InductionSession.topic == topic,
            or_(
                and_(InductionSession.id.in_(seats), InductionSession.at > calendar.now()),
                InductionSession.id.in_(more),
            ),
        )
        .order_by(InductionSession.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def row_of(session: Session, session_id: int, instance_id: int) -> WaitingSeat | None:
    """Return the row of a case on the list of a session; None without one."""
    return session.scalars(
        select(WaitingSeat).where(
            WaitingSeat.session_id == session_id, WaitingSeat.instance_id == instance_id
        )
    ).one_or_none()


def leave(session: Session, instance_id: int, topic: str, but_for: int | None) -> None:
    """Take a case off the lists of a topic, except that of one session."""
    sessions = select(InductionSession.id).where(
        InductionSession.topic == topic, InductionSession.id != (but_for or 0)
    )
    session.execute(
        delete(WaitingSeat).where(
            WaitingSeat.instance_id == instance_id, WaitingSeat.session_id.in_(sessions)
        )
    )


def of_session(session: Session, session_id: int) -> Sequence[WaitingSeat]:
    """Return the list of a session in order of arrival."""
    return session.scalars(
        select(WaitingSeat).where(WaitingSeat.session_id == session_id).order_by(WaitingSeat.id)
    ).all()


def full_sessions(session: Session, instance_id: int, topic: str) -> Sequence[InductionSession]:
    """Return the coming sessions of a topic that have no free seat for a case."""
    return session.scalars(
        select(InductionSession)
        .where(
            InductionSession.topic == topic,
            InductionSession.at > calendar.now(),
            InductionSession.cancelled.is_(False),
            ~is_free(instance_id),
        )
        .order_by(InductionSession.at, InductionSession.id)
    ).all()


def rows_of(session: Session, entity_ids: Collection[int]) -> Sequence[WaitingSeat]:
    """Return the rows of the running processes of entities on lists of sessions to come."""
    return session.scalars(
        select(WaitingSeat)
        .join(InductionSession)
        .join(ProcessInstance, ProcessInstance.id == WaitingSeat.instance_id)
        .where(
            ProcessInstance.entity_id.in_(entity_ids),
            ProcessInstance.status == "running",
            InductionSession.at > calendar.now(),
        )
        .options(joinedload(WaitingSeat.session))
        .order_by(InductionSession.at, WaitingSeat.id)
    ).all()


def counts(session: Session, ids: Collection[int]) -> dict[int, int]:
    """Return how many cases wait, by session, where any does."""
    found = session.execute(
        select(WaitingSeat.session_id, func.count(WaitingSeat.id).label("waiting"))
        .where(WaitingSeat.session_id.in_(ids))
        .group_by(WaitingSeat.session_id)
    )
    return {row.session_id: row.waiting for row in found}

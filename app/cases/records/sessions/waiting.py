"""The waiting lists of published sessions, and the seats that are held for an offer.

A seat that is held for an offer counts in `InductionSession.taken`, so nobody else takes it. A list
is in the order of the longest clock: the case that has the most working days comes first. Locks are
taken in one order: cases by their ids, sessions by their ids, rows of lists.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased, joinedload

from app.base import calendar
from app.base.db.membership import among
from app.base.models import InductionSession, ProcessInstance, Seat, Task, WaitingSeat
from app.cases import custody

#: How long a seat is held for an offer, in working days.
OFFER_DAYS = 2
IS_OPEN = WaitingSeat.closed_at.is_(None)
#: Topic → the timer that waits for its session.
TIMERS: Mapping[str, str] = {
    topic: f"{topic}_session_arrives" for topic in ("thematic", "technical")
}


def steps_before(topic: str) -> tuple[str, str]:
    """Return the steps during which a case can still get a seat in a session of a topic."""
    return f"choose_{topic}_session", f"schedule_{topic}_induction"


def is_offered(at: datetime) -> ColumnElement[bool]:
    """Return the condition: a seat is offered, and its term runs."""
    return and_(IS_OPEN, WaitingSeat.offer_ends_at > at)


def queue_length(but_for: int | None = None) -> ColumnElement[int]:
    """Return how many cases wait for a seat of a session without an offer, as a subquery.

    A case that cannot take a seat now is not counted. `but_for`: the id of another that is not.
    """
    one = aliased(WaitingSeat)
    query = select(func.count(one.id)).where(
        one.session_id == InductionSession.id,
        one.closed_at.is_(None),
        one.offered_at.is_(None),
        can_get_seat(one.instance_id),
    )
    if but_for is not None:
        query = query.where(one.instance_id != but_for)
    return query.correlate(InductionSession).scalar_subquery()


def is_free(but_for: int | None = None) -> ColumnElement[bool]:
    """Return the condition: a session has a seat for a case that is not on its list."""
    return and_(
        InductionSession.cancelled.is_(False),
        InductionSession.taken + queue_length(but_for) < InductionSession.seats,
    )


def hold_sessions(session: Session, instance_id: int, topic: str, *more: int) -> None:
    """Lock the coming sessions of a topic in which a case has a seat, those for which it waits, and
    `more`, by their ids.

    The case must be locked. What is read of them afterwards is as it is under the lock.
    """
    seats = select(Seat.session_id).where(Seat.instance_id == instance_id)
    waits = select(WaitingSeat.session_id).where(WaitingSeat.instance_id == instance_id, IS_OPEN)
    session.scalars(
        select(InductionSession)
        .where(
            InductionSession.topic == topic,
            or_(
                and_(InductionSession.id.in_(seats), InductionSession.at > calendar.now()),
                InductionSession.id.in_(waits),
                InductionSession.id.in_(more),
            ),
        )
        .order_by(InductionSession.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def hold_seat(session: Session, session_id: int, *, in_turn: bool) -> bool:
    """Hold a seat for an offer: one statement decides between concurrent requests.

    `in_turn`: the offer is for the first case of the list, so those who wait do not come first.
    """
    free = (
        and_(InductionSession.cancelled.is_(False), InductionSession.taken < InductionSession.seats)
        if in_turn
        else is_free()
    )
    held = session.execute(
        update(InductionSession)
        .where(InductionSession.id == session_id, free, InductionSession.at > calendar.now())
        .values(taken=InductionSession.taken + 1)
        .execution_options(synchronize_session=False)
    )
    return bool(held.rowcount == 1)  # type: ignore[attr-defined]


def open_row(session: Session, session_id: int, instance_id: int) -> WaitingSeat | None:
    """Return the open row of a case on the list of a session, locked; None without one."""
    return session.scalars(
        select(WaitingSeat)
        .where(
            WaitingSeat.session_id == session_id, WaitingSeat.instance_id == instance_id, IS_OPEN
        )
        .with_for_update(of=WaitingSeat)
        .execution_options(populate_existing=True)
    ).one_or_none()


def close(session: Session, row: WaitingSeat, result: str) -> None:
    """Close an open row. A seat that was held for its offer is free again, unless it was taken.

    The session must be locked. A row that was closed meanwhile frees no seat again.
    """
    session.flush()
    closed = session.execute(
        update(WaitingSeat)
        .where(WaitingSeat.id == row.id, IS_OPEN)
        .values(closed_at=calendar.now(), result=result)
        .execution_options(synchronize_session=False)
    )
    session.refresh(row)
    if closed.rowcount == 1 and row.offered_at is not None and result != "taken":  # type: ignore[attr-defined]
        session.execute(
            update(InductionSession)
            .where(InductionSession.id == row.session_id, InductionSession.taken > 0)
            .values(taken=InductionSession.taken - 1)
        )


def leave(
    session: Session,
    instance_id: int,
    topic: str,
    but_for: int | None = None,
    *,
    only_offers: bool = False,
) -> None:
    """Take a case off the lists of a topic, except that of one session.

    `only_offers`: it gives back the seats that are held for it, and waits on.
    """
    rows = session.scalars(
        select(WaitingSeat)
        .join(InductionSession)
        .where(
            WaitingSeat.instance_id == instance_id,
            IS_OPEN,
            InductionSession.topic == topic,
            InductionSession.id != (but_for or 0),
            *([WaitingSeat.offered_at.is_not(None)] if only_offers else []),
        )
        .order_by(WaitingSeat.session_id)
        .with_for_update(of=WaitingSeat)
        .execution_options(populate_existing=True)
    ).all()
    for row in rows:
        close(session, row, "left")


def can_get_seat(
    instance_id: ColumnElement[int] | InstrumentedAttribute[int] = WaitingSeat.instance_id,
) -> ColumnElement[bool]:
    """Return the condition on a case and a session: the case could take a seat now.

    Its process runs, and the step before the session is open.
    """
    found = exists().where(
        ProcessInstance.id == instance_id,
        ProcessInstance.status == "running",
        Task.instance_id == ProcessInstance.id,
        Task.state == "open",
        or_(
            *(
                and_(InductionSession.topic == topic, Task.step.in_(steps_before(topic)))
                for topic in TIMERS
            )
        ),
    )
    return found.correlate_except(ProcessInstance, Task)


def to_offer(at: datetime) -> Select[int]:
    """Select the ids of sessions with a free seat and a case on their list that can take it."""
    return (
        select(InductionSession.id)
        .join(WaitingSeat, WaitingSeat.session_id == InductionSession.id)
        .where(
            InductionSession.at > at,
            InductionSession.cancelled.is_(False),
            InductionSession.taken < InductionSession.seats,
            IS_OPEN,
            WaitingSeat.offered_at.is_(None),
            can_get_seat(),
        )
        .distinct()
    )


def is_over(at: datetime) -> ColumnElement[bool]:
    """Return the condition on WaitingSeat and its session: the offer lapsed, or it has begun."""
    return and_(IS_OPEN, or_(WaitingSeat.offer_ends_at <= at, InductionSession.at <= at))


def to_close(at: datetime) -> Select[int]:
    """Select the ids of rows whose offer has lapsed, or whose session has begun."""
    return select(WaitingSeat.id).join(InductionSession).where(is_over(at))


def in_order(session: Session, rows: Iterable[WaitingSeat]) -> list[WaitingSeat]:
    """Return rows in the order of the longest clock; of equal ones, who has waited longer."""
    listed = list(rows)
    ids = [row.instance_id for row in listed]
    cases = session.scalars(select(ProcessInstance).where(among(ProcessInstance.id, ids))).all()
    clocks = custody.clocks_of(session, cases, calendar.now())
    return sorted(listed, key=lambda row: (-clocks[row.instance_id].total, row.since_at, row.id))


def of_session(session: Session, session_id: int) -> list[WaitingSeat]:
    """Return the open rows of a session: offers first, by their end, then the list in its order."""
    rows = session.scalars(
        select(WaitingSeat)
        .where(WaitingSeat.session_id == session_id, IS_OPEN)
        .order_by(WaitingSeat.offer_ends_at, WaitingSeat.id)
    ).all()
    offered = [row for row in rows if row.offered_at is not None]
    return offered + in_order(session, [row for row in rows if row.offered_at is None])


def listed(session_id: int) -> Select[WaitingSeat]:
    """Select the rows of a session without an offer whose case could take a seat now."""
    return (
        select(WaitingSeat)
        .join(InductionSession)
        .where(
            WaitingSeat.session_id == session_id,
            IS_OPEN,
            WaitingSeat.offered_at.is_(None),
            can_get_seat(),
        )
        .execution_options(populate_existing=True)
    )


def place_of(session: Session, row: WaitingSeat) -> tuple[int, int]:
    """Return the place of a case on a list, from 1, and how many it has; 0 if it is passed over."""
    ids = [one.id for one in in_order(session, session.scalars(listed(row.session_id)))]
    return (ids.index(row.id) + 1 if row.id in ids else 0), len(ids)


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


def open_rows(session: Session, entity_ids: Collection[int]) -> Sequence[WaitingSeat]:
    """Return the running offers of entities by their end, then the lists on which they are.

    Those of sessions to come alone, of processes that run.
    """
    runs = or_(WaitingSeat.offered_at.is_(None), WaitingSeat.offer_ends_at > calendar.now())
    rows = session.scalars(
        select(WaitingSeat)
        .join(InductionSession)
        .join(ProcessInstance, ProcessInstance.id == WaitingSeat.instance_id)
        .where(
            ProcessInstance.entity_id.in_(entity_ids),
            ProcessInstance.status == "running",
            InductionSession.at > calendar.now(),
            IS_OPEN,
            runs,
        )
        .options(joinedload(WaitingSeat.session))
        .order_by(WaitingSeat.offer_ends_at, WaitingSeat.id)
    ).all()
    return sorted(rows, key=lambda one: one.offered_at is None)


def counts(session: Session, ids: Collection[int]) -> dict[int, int]:
    """Return how many cases wait without an offer, by session, where any does."""
    found = session.execute(
        select(WaitingSeat.session_id, func.count(WaitingSeat.id).label("waiting"))
        .where(WaitingSeat.session_id.in_(ids), IS_OPEN, WaitingSeat.offered_at.is_(None))
        .group_by(WaitingSeat.session_id)
    )
    return {row.session_id: row.waiting for row in found}


def offers(session: Session, instance_ids: Sequence[int]) -> Sequence[WaitingSeat]:
    """Return the running offers of some cases, the one that ends first first."""
    return session.scalars(
        select(WaitingSeat)
        .where(WaitingSeat.instance_id.in_(instance_ids), is_offered(calendar.now()))
        .options(joinedload(WaitingSeat.session))
        .order_by(WaitingSeat.offer_ends_at, WaitingSeat.id)
    ).all()

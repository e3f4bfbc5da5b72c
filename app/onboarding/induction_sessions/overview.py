"""What is ahead and what needs a hand: of all induction sessions, and the list of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.base import calendar, formatting
from app.base.db.membership import among
from app.base.models import Entity, InductionSession, ProcessInstance, Seat, Task
from app.cases.records.sessions import guests, waiting

#: A session that begins this soon with fewer than a quarter of its seats taken needs a hand.
SOON = timedelta(days=7)
FEW = 4


@dataclass(frozen=True)
class Hand:
    """A session that needs a hand, and why (Spanish)."""

    row: InductionSession
    why: str


@dataclass(frozen=True)
class Waiting:
    """An entity on the list of a session; `id` is that of its process."""

    id: int
    entity: Entity
    since: datetime


def ahead(session: Session) -> Sequence[InductionSession]:
    """Return the coming sessions, the earliest first."""
    query = select(InductionSession).where(InductionSession.at > calendar.now())
    return session.scalars(query.order_by(InductionSession.at, InductionSession.id)).all()


def others_of(session: Session, row: InductionSession) -> list[tuple[int, str]]:
    """Return the coming sessions of the same topic besides one: their ids and names (Spanish)."""
    return [
        (one.id, f"{formatting.moment(one.at)}: {one.taken} de {one.seats} cupos ocupados")
        for one in ahead(session)
        if one.topic == row.topic and one.id != row.id and not one.cancelled
    ]


def need_hand(session: Session, coming: Sequence[InductionSession]) -> list[Hand]:
    """Return the sessions that need a hand: first those without attendance, then by their day."""
    queue = waiting.counts(session, [row.id for row in coming])
    hands = [Hand(row, _unrecorded(count)) for row, count in _without_attendance(session)]
    for row in coming:
        why = _why(row, queue.get(row.id, 0))
        if why and not row.cancelled:
            hands.append(Hand(row, why))
    return hands


def _unrecorded(count: int) -> str:
    entities = formatting.plural(count, "entidad", "entidades")
    return f"Ya pasó y falta la asistencia de {entities}."


def _without_attendance(session: Session) -> list[tuple[InductionSession, int]]:
    """Return the past sessions with entities whose attendance waits to be recorded."""
    counted = (
        select(Seat.session_id, func.count(Task.id).label("waiting"))
        .join(InductionSession, InductionSession.id == Seat.session_id)
        .join(Task, Task.instance_id == Seat.instance_id)
        .where(Task.state == "open", InductionSession.at <= calendar.now(), guests.is_recording())
        .group_by(Seat.session_id)
        .subquery()
    )
    found = session.execute(
        select(InductionSession, counted.c.waiting)
        .join(counted, counted.c.session_id == InductionSession.id)
        .order_by(InductionSession.at, InductionSession.id)
    )
    return [(row, count) for row, count in found]


def _why(row: InductionSession, queue: int) -> str:
    if queue:
        waits = formatting.plural(queue, "entidad espera", "entidades esperan")
        if row.taken < row.seats:
            return f"Hay cupos libres y {waits} un lugar: dáselo en su página."
        return f"Está llena y {waits} un lugar: amplía los cupos o publica otra."
    if row.at - calendar.now() < SOON and row.taken * FEW < row.seats:
        taken = formatting.plural(row.taken, "cupo ocupado", "cupos ocupados")
        return f"Es en pocos días y tiene {taken} de {row.seats}."
    return ""


def waiting_of(session: Session, row: InductionSession) -> list[Waiting]:
    """Return the list of a session in order of arrival."""
    rows = waiting.of_session(session, row.id)
    entities = _entities(session, [one.instance_id for one in rows])
    return [Waiting(one.instance_id, entities[one.instance_id], one.since_at) for one in rows]


def _entities(session: Session, ids: Sequence[int]) -> Mapping[int, Entity]:
    found = session.execute(
        select(ProcessInstance.id, Entity)
        .join(Entity, Entity.id == ProcessInstance.entity_id)
        .where(among(ProcessInstance.id, ids))
    )
    return {row[0]: row[1] for row in found}

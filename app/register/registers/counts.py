"""People who are not registered: how many came, why and on which day; never who."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased

from app.base import calendar, db
from app.base.models import Register, Unregistrable
from app.register.facts.values import Refused

#: Reasons not to register a visitor, as the norm lists them; there are no others.
REASONS: Mapping[str, str] = {
    "orientation": "Orientación e informes",
    "query": "Consultas",
    "payment": "Pagos",
    "procedure": "Trámites en ventanilla",
    "support": "Servicios de apoyo",
    "minor": "Menores de edad",
}
#: The highest count of one reason in a day.
MOST = 100_000


def add(
    session: Session,
    register: Register,
    *,
    on: date,
    reason: str,
    amount: int,
    submission: str,
    actor_id: int | None,
    is_total: bool = False,
) -> None:
    """Add to the count of a day. As a total, it replaces the earlier counts of that day.

    A form sent twice (`submission`) counts once. Raises Refused.
    """
    if on > calendar.today():
        raise Refused("on", "El día no puede ser después de hoy.")
    if on < calendar.lima_day(register.opened_at):
        raise Refused("on", "Ese día el registro todavía no estaba abierto.")
    if reason not in REASONS:
        raise Refused("reason", "Elige un motivo de la lista.")
    if not 0 <= amount <= MOST:
        raise Refused(reason, f"Escribe un número de 0 a {MOST}.")
    values = {
        "register_id": register.id,
        "on": on,
        "reason": reason,
        "amount": amount,
        "is_total": is_total,
        "at": calendar.now(),
        "by_id": actor_id,
        "submission": submission,
    }
    db.insert_missing(session, Unregistrable, values)


def of_day(session: Session, register: Register, on: date) -> dict[str, int]:
    """Return the count of each reason on that day, in the order of REASONS."""
    found = _counted(session, register, on, on)
    return {reason: found.get((on, reason), 0) for reason in REASONS}


def of_month(session: Session, register: Register, month: date) -> dict[date, dict[str, int]]:
    """Return the same for the days of a month (any day of it) that have a count, in order."""
    first = month.replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    found = _counted(session, register, first, last)
    return {
        day: {reason: found.get((day, reason), 0) for reason in REASONS}
        for day in sorted({on for on, _ in found})
    }


def _counted(
    session: Session, register: Register, first: date, last: date
) -> dict[tuple[date, str], int]:
    """Select for each day and reason its last total and the counts after it."""
    query = (
        select(Unregistrable.on, Unregistrable.reason, func.sum(Unregistrable.amount))
        .where(
            Unregistrable.register_id == register.id,
            Unregistrable.on.between(first, last),
            is_counted(),
        )
        .group_by(Unregistrable.on, Unregistrable.reason)
    )
    return {(on, reason): int(amount) for on, reason, amount in session.execute(query)}


def is_counted() -> ColumnElement[bool]:
    """Return the condition that no later total replaced the count."""
    later = aliased(Unregistrable)
    return ~(
        select(later.id)
        .where(
            later.register_id == Unregistrable.register_id,
            later.on == Unregistrable.on,
            later.reason == Unregistrable.reason,
            later.is_total.is_(True),
            later.id > Unregistrable.id,
        )
        .exists()
    )

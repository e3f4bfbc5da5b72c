"""What is done with an incident of personal data: it is reported, and notified."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.base import audit_log, calendar, db
from app.base.models import DataBreach, Entity, Grant, User
from app.people.breaches import TERM
from app.register.facts.values import Refused

FUTURE = "Ese momento todavía no llega."
NO_ACCOUNT = "No hay ninguna cuenta con ese número."
SEVERAL_ACCOUNTS = "Hay más de una cuenta con ese número: déjalo vacío y di en el texto cuál es."


@dataclass(frozen=True)
class Said:
    """An incident as its form tells it. `document`: of the account that was used, or ""."""

    description: str
    document: str
    from_on: date
    until_on: date
    known_at: datetime


def report(
    session: Session, entity: Entity | None, said: Said, *, submission: str, actor_id: int
) -> DataBreach:
    """Store an incident, whose term runs from the moment at which it was known; once per form.

    Raise Refused for days or moments that cannot be, and for an unknown account.
    """
    judge(said)
    db.in_turn(session, f"report of {actor_id}")
    found = session.scalar(select(DataBreach).where(DataBreach.submission == submission))
    if found is not None:
        return found
    person = person_of(session, entity, said.document) if said.document else None
    row = DataBreach(
        entity_id=entity.id if entity else None,
        description=said.description,
        person_id=person.id if person else None,
        from_on=said.from_on,
        until_on=said.until_on,
        known_at=said.known_at,
        due_at=said.known_at + TERM,
        reported_at=calendar.now(),
        reported_by_id=actor_id,
        submission=submission,
    )
    session.add(row)
    session.flush()
    _log(session, "breach.reported", row, actor_id, known_at=row.known_at.isoformat())
    return row


def judge(said: Said) -> None:
    """Raise Refused unless days and moments follow each other, and none is in the future."""
    if said.known_at > calendar.now():
        raise Refused("known_at", FUTURE)
    if said.until_on < said.from_on:
        raise Refused("until_on", "El último día va después del primero.")
    if said.until_on > calendar.today():
        raise Refused("until_on", "Ese día todavía no llega.")
    if calendar.lima_day(said.known_at) < said.from_on:
        raise Refused("known_at", "Se supo antes de que ocurriera: revisa las fechas.")


def person_of(session: Session, entity: Entity | None, number: str) -> User:
    """Return the person of an account: of an entity, one who has or had a role there.

    Raise Refused for a number without such an account, and for one of several: a DNI and a CE.
    """
    query = select(User).where(User.document_number == number)
    if entity is not None:
        roles = select(Grant.user_id).where(
            or_(Grant.entity_id == entity.id, Grant.entity_id.is_(None))
        )
        query = query.where(User.id.in_(roles))
    found = session.scalars(query.order_by(User.id).limit(2)).all()
    if len(found) != 1:
        raise Refused("document", SEVERAL_ACCOUNTS if found else NO_ACCOUNT)
    return found[0]


def notify(session: Session, breach: DataBreach, *, at: datetime, to: str, actor_id: int) -> None:
    """Record when it was notified and who got it. Raise Refused: it was, or the time is wrong."""
    breach = db.locked(session, DataBreach, breach.id)
    if breach.notified_at is not None:
        raise Refused("", "Ya se registró la comunicación.")
    if at > calendar.now():
        raise Refused("at", FUTURE)
    if at < breach.known_at:
        raise Refused("at", "Es antes de que se supiera del incidente.")
    breach.notified_at, breach.notified_to = at, to
    _log(session, "breach.notified", breach, actor_id, to=to)


def log_list(
    session: Session, breach: DataBreach, actor_id: int, *, purpose: str, people: int
) -> None:
    """Log that the list of persons concerned was taken, for a purpose."""
    _log(session, "breach.list_taken", breach, actor_id, purpose=purpose, people=people)


def _log(session: Session, kind: str, breach: DataBreach, actor_id: int, **data: Any) -> None:
    audit_log.write(
        session, kind, actor_id=actor_id, entity_id=breach.entity_id, breach=breach.id, **data
    )

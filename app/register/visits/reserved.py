"""Visits that must not be shown: authorised by a named official, and counted without a name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session

from app.base import audit_log, calendar, db
from app.base.models import (
    InterestAct,
    PlannedVisit,
    Register,
    Reservation,
    Suppression,
    Visit,
)
from app.register.facts.values import Entry, Refused
from app.register.registers import empty_days, environments
from app.register.visits import recording, writing

AUDIENCE = "reserved"
#: Name of a visitor whose name was not written down.
UNNAMED = "Visitante reservado"
SUPPRESSED = "La visita fue suprimida: no se puede reservar."
UNDER_REVIEW = "La visita está oculta mientras se decide sobre sus datos: decide primero."


@dataclass(frozen=True)
class Authorisation:
    """The authorising person (name and post), the norm, and the day of the review."""

    authorised_by: str
    norm: str
    review_on: date


def reserve(
    session: Session, visit: Visit, authorisation: Authorisation, *, actor_id: int | None
) -> bool:
    """Hide a visit from the public, or renew its reservation with another review date.

    An annulled visit can be hidden too, because its page stays. Return False if nothing changes.
    Raise Refused.
    """
    _check(authorisation)
    visit = db.locked(session, Visit, visit.id)
    if visit.state == "suppressed":
        raise Refused("", SUPPRESSED)
    if open_review(session, visit) is not None:
        raise Refused("", UNDER_REVIEW)
    there = session.get(Reservation, visit.id)
    if visit.audience == AUDIENCE and there and _of(there) == authorisation:
        return False
    _write_reservation(session, visit.id, authorisation, actor_id, calendar.now())
    writing.change(
        session,
        visit,
        act="reservation",
        by_id=actor_id,
        reason=authorisation.norm,
        audience=AUDIENCE,
    )
    acts_follow(session, visit)
    _log(session, visit.register, "register.visit_reserved", actor_id, authorisation)
    return True


def lift(session: Session, visit: Visit, *, reason: str, actor_id: int | None) -> bool:
    """Show a reserved visit again to the readers of the register; False if it is not reserved.

    Raise Refused for a visit without the data that the public table requires of each visit.
    """
    visit = db.locked(session, Visit, visit.id)
    if visit.audience != AUDIENCE:
        return False
    if open_review(session, visit) is not None:
        raise Refused("", UNDER_REVIEW)
    if not visit.document_number or visit.visitor_name == UNNAMED:
        raise Refused("", "Antes de publicarla, corrígela: faltan el nombre o el documento.")
    writing.change(
        session,
        visit,
        act="reservation",
        by_id=actor_id,
        reason=reason,
        audience=environments.audience(visit.register),
    )
    acts_follow(session, visit)
    _log(session, visit.register, "register.visit_unreserved", actor_id)
    return True


def enter(
    session: Session,
    register: Register,
    entry: Entry,
    authorisation: Authorisation,
    *,
    submission: str,
    actor_id: int | None,
) -> Visit:
    """Record a visit that is reserved from its first version.

    Its visitor may have neither name nor document. A form sent twice is one visit. Raises Refused.
    """
    _check(authorisation)
    db.in_turn(session, f"reserved visits of {register.id}")
    there = recording.sent_before(session, register, submission)
    if there:
        return there[0]
    at = calendar.now()
    row = recording.row_of(session, register, entry, at)
    row |= {
        "visitor_name": entry.visitor.name or UNNAMED,
        "audience": AUDIENCE,
        "group_code": "",
        "submission": f"{submission}.1",
    }
    [visit_id] = writing.add_all(session, register, [row], act="entry", at=at, by_id=actor_id)
    empty_days.had_visit(session, register, row["visit_on"], actor_id=actor_id, at=at)
    _write_reservation(session, visit_id, authorisation, actor_id, at)
    _log(session, register, "register.visit_reserved", actor_id, authorisation)
    return session.get_one(Visit, visit_id)


def of_visit(session: Session, visit: Visit) -> Reservation | None:
    """Return who reserved a visit and until when; None while it is not."""
    review = open_review(session, visit)
    if visit.audience != AUDIENCE or (review and review.audience != AUDIENCE):
        return None
    return session.get(Reservation, visit.id)


def open_review(session: Session, visit: Visit) -> Suppression | None:
    """Return the review for which a visit is hidden now; None if there is none."""
    return session.scalar(
        select(Suppression).where(Suppression.visit_id == visit.id, Suppression.state == "hidden")
    )


def _is_reserved() -> list[ColumnElement[bool]]:
    """Return the conditions that a visit is reserved, and not only hidden for a review."""
    review = select(Suppression.id).where(
        Suppression.visit_id == Visit.id,
        Suppression.state == "hidden",
        Suppression.audience != AUDIENCE,
    )
    return [Visit.audience == AUDIENCE, ~review.exists()]


def to_review(session: Session, register: Register) -> Sequence[Visit]:
    """Return the reserved visits whose review date has come, the longest waiting first."""
    return session.scalars(
        select(Visit)
        .join(Reservation, Reservation.visit_id == Visit.id)
        .where(
            Visit.register_id == register.id,
            *_is_reserved(),
            Visit.state != "suppressed",
            Reservation.review_on <= calendar.today(),
        )
        .order_by(Reservation.review_on, Visit.id)
    ).all()


def count_by_month(session: Session, register: Register) -> list[tuple[date, int]]:
    """Return the number of reserved visits of each month that has any, the newest first."""
    year = func.extract("year", Visit.visit_on)
    month = func.extract("month", Visit.visit_on)
    query = (
        select(year, month, func.count())
        .select_from(Reservation)  # of which there are few
        .join(Visit, Visit.id == Reservation.visit_id)
        .where(
            Visit.register_id == register.id,
            *_is_reserved(),
            Visit.state == "standing",
        )
        .group_by(year, month)
        .order_by(year.desc(), month.desc())
    )
    return [(date(int(y), int(m), 1), count) for y, m, count in session.execute(query)]


def _check(authorisation: Authorisation) -> None:
    if authorisation.review_on <= calendar.today():
        raise Refused("review_on", "La fecha de revisión tiene que ser después de hoy.")


def _of(reservation: Reservation) -> Authorisation:
    return Authorisation(reservation.authorised_by, reservation.norm, reservation.review_on)


def _write_reservation(
    session: Session,
    visit_id: int,
    authorisation: Authorisation,
    actor_id: int | None,
    at: datetime,
) -> None:
    session.merge(
        Reservation(
            visit_id=visit_id,
            authorised_by=authorisation.authorised_by,
            norm=authorisation.norm,
            review_on=authorisation.review_on,
            at=at,
            by_id=actor_id,
        )
    )


def acts_follow(session: Session, visit: Visit) -> None:
    """Set the audience of the acts of a visit, or of its planned meeting, to the visit's."""
    meetings = select(PlannedVisit.id).where(PlannedVisit.visit_id == visit.id)
    session.execute(
        update(InterestAct)
        .where(or_(InterestAct.visit_id == visit.id, InterestAct.planned_visit_id.in_(meetings)))
        .values(audience=visit.audience)
    )


def _log(
    session: Session,
    register: Register,
    kind: str,
    actor_id: int | None,
    authorisation: Authorisation | None = None,
) -> None:
    """Log without the visit's code: readers who saw the visit before would recognise it."""
    data: dict[str, Any] = {}
    if authorisation:
        data = {"norm": authorisation.norm, "review_on": authorisation.review_on.isoformat()}
    audit_log.of_register(session, kind, register, actor_id, **data)

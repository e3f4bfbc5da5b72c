"""Visits that an official's office expects: planned ahead, and confirmed at the desk.

Nothing here commits. A refused value raises `Refused`, with the field and a sentence.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.base import calendar, db
from app.base.models import PlannedVisit, PostHolder, Register, Visit
from app.register.facts.values import Entry, Refused, Visitor
from app.register.visits import recording

#: Site of a meeting that is outside the premises.
ELSEWHERE = "Fuera de los locales de la entidad"
#: All that the agenda says of a visitor who turned out to be a minor.
A_MINOR = "Persona menor de edad"


@dataclass(frozen=True)
class Plan:
    """An office's data of an expected visit; the visitor's document may be unknown."""

    visitor: Visitor
    official_id: int
    category: str
    motive: str
    site: str
    place: str
    expected_at: datetime
    outside: bool = False


@dataclass(frozen=True)
class Arrival:
    """The desk's data of an arrival: the visitor, identified by their document.

    `entry_at` is for an arrival recorded afterwards; None is now. `official_id` is the official who
    received them, if not the planned one.
    """

    name: str
    document_type: str
    document_number: str
    entry_at: datetime | None = None
    observation: str = ""
    official_id: int | None = None


def plan(
    session: Session, register: Register, wanted: Plan, *, submission: str, actor_id: int | None
) -> PlannedVisit:
    """Store an expected visit; a form sent twice is one visit. Raises Refused."""
    there = session.scalar(_sent_as(register, submission))
    if there is not None:
        return there
    now = calendar.now()
    if wanted.expected_at <= now:
        raise Refused("expected_at", "Una visita se programa para más adelante, no para antes.")
    recording.check_document(register, wanted.visitor)
    day = calendar.lima_day(wanted.expected_at)
    official = recording.official_of(session, register, wanted.official_id, day)
    values = {
        "register_id": register.id,
        "state": "expected",
        "expected_at": wanted.expected_at,
        "outside": wanted.outside,
        "official_id": official.id,
        "entry": _entry_of(wanted),
        "created_at": now,
        "by_id": actor_id,
        "submission": submission,
    }
    db.insert_missing(session, PlannedVisit, values)
    return session.scalars(_sent_as(register, submission)).one()


def _entry_of(wanted: Plan) -> dict[str, Any]:
    said = ("category", "motive", "site", "place")
    return {"visitor": asdict(wanted.visitor)} | {name: getattr(wanted, name) for name in said}


def _sent_as(register: Register, submission: str) -> Select[PlannedVisit]:
    return select(PlannedVisit).where(
        PlannedVisit.register_id == register.id, PlannedVisit.submission == submission
    )


def visitor_of(planned: PlannedVisit) -> Visitor:
    """Return the expected visitor."""
    return Visitor(**planned.entry["visitor"])


def cancel(session: Session, planned: PlannedVisit) -> bool:
    """Cancel a visit that is still expected; False where it came or was cancelled before."""
    planned = db.locked(session, PlannedVisit, planned.id)
    if planned.state != "expected":
        return False
    planned.state = "cancelled"
    _forget_number(planned)
    session.flush()
    return True


def turn_away_minor(session: Session, planned: PlannedVisit) -> bool:
    """Cancel the visit of a minor; no data of a minor are stored, not even a name.

    Return False if the visitor has already arrived.
    """
    planned = db.locked(session, PlannedVisit, planned.id)
    if planned.state == "arrived":
        return False
    planned.state = "cancelled"
    nobody = Visitor(name=A_MINOR, document_type="", document_number="")
    planned.entry = planned.entry | {"visitor": asdict(nobody)}
    session.flush()
    return True


def arrive(
    session: Session,
    register: Register,
    planned: PlannedVisit,
    arrival: Arrival,
    *,
    actor_id: int | None,
) -> tuple[Visit, bool]:
    """Record the entry of an expected visit. Return it, and whether this call was the first.

    Two desks that confirm it at once, or a form sent twice, make one visit. Raises Refused.
    """
    planned = db.locked(session, PlannedVisit, planned.id)
    if planned.state == "arrived":
        return session.get_one(Visit, planned.visit_id), False
    if planned.state == "cancelled":
        raise Refused("", "Esta visita se canceló: si la persona vino, registra su ingreso.")
    visitor = replace(
        visitor_of(planned),
        name=arrival.name,
        document_type=arrival.document_type,
        document_number=arrival.document_number,
    )
    entry = Entry(
        visitor=visitor,
        official_id=arrival.official_id or planned.official_id,
        category=planned.entry["category"],
        motive=planned.entry["motive"],
        site=planned.entry["site"],
        place=planned.entry["place"],
        entry_at=arrival.entry_at or calendar.now(),
        observation=arrival.observation,
    )
    [visit] = recording.enter(
        session, register, [entry], submission=f"planned-{planned.id}", actor_id=actor_id
    )
    planned.state, planned.visit_id = "arrived", visit.id
    _forget_number(planned)
    session.flush()
    return visit, True


def _forget_number(planned: PlannedVisit) -> None:
    """Remove the document number, which stays in the agenda only while the visitor is expected."""
    visitor = planned.entry["visitor"] | {"document_number": ""}
    planned.entry = planned.entry | {"visitor": visitor}


def outside_of(
    session: Session, register: Register, *, with_reserved: bool, limit: int = 50
) -> list[PlannedVisit]:
    """Return past meetings outside the premises, newest first, for the form of interest acts.

    Only meetings that were planned before exist at all (DS 120-2019-PCM). Meetings with a reserved
    visit are shown only to users who manage the register.
    """
    rows = select(PlannedVisit).where(
        PlannedVisit.register_id == register.id,
        PlannedVisit.outside,
        PlannedVisit.state != "cancelled",
        PlannedVisit.expected_at <= calendar.now(),
    )
    if not with_reserved:
        reserved = select(Visit.id).where(
            Visit.id == PlannedVisit.visit_id, Visit.audience == "reserved"
        )
        rows = rows.where(~reserved.exists())
    return list(session.scalars(rows.order_by(PlannedVisit.expected_at.desc()).limit(limit)))


def is_of(planned: PlannedVisit, holder: PostHolder) -> bool:
    """Return whether a visit was planned with this decision-maker: the same person, by document."""
    official = planned.official
    return (official.document_type, official.document_number) == (
        holder.document_type,
        holder.document_number,
    )

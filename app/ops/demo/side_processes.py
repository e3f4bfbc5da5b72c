"""Other entries in the registers of the demo: counts, an outage, a reserved visit."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import PostHolder, Register
from app.people import access
from app.register.facts.values import Entry, Visitor
from app.register.registers import counts, outages
from app.register.visits import reserved
from app.register.visits.reserved import Authorisation

#: How long ago the outage was, how long it lasted, and how long a visit stays reserved.
OUTAGE_AGO, OUTAGE = timedelta(days=2), timedelta(minutes=95)
RESERVED = timedelta(days=180)
#: Most people of each reason in a day.
MOST_COUNTED = 25


def happen(
    session: Session, register: Register, official: PostHolder, by_id: int, random: Random
) -> None:
    """Record the other events of an entity on a day."""
    for reason in counts.REASONS:
        counts.add(
            session,
            register,
            on=calendar.today(),
            reason=reason,
            amount=random.randint(0, MOST_COUNTED),
            submission=f"demo.{reason}",
            actor_id=by_id,
        )
    began = calendar.now().replace(second=0, microsecond=0) - OUTAGE_AGO
    if began > register.opened_at:
        outages.declare(
            session,
            register,
            from_at=began,
            to_at=began + OUTAGE,
            cause="external",
            note="Corte de luz en la zona.",
            actor_id=by_id,
        )
    managers = access.holders(session, "administrator", register.entity_id)
    if managers:
        _reserve(session, register, official, managers[0].id)


def _reserve(session: Session, register: Register, official: PostHolder, by_id: int) -> None:
    """Record the reserved visit of a person who reports an offence; no name is written."""
    now = calendar.now()
    entry = Entry(
        visitor=Visitor("", "", ""),
        official_id=official.id,
        category="other",
        motive="",
        site="",
        place="",
        entry_at=now,
    )
    authorisation = Authorisation(
        authorised_by=f"{official.full_name}, {official.post}",
        norm="D.Leg. 1327",
        review_on=calendar.today() + RESERVED,
    )
    reserved.enter(
        session, register, entry, authorisation, submission="demo-reserved", actor_id=by_id
    )

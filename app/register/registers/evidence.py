"""Evidence in a register for the process: figures of the demo test, first day live."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, Exists, Row, and_, exists, func, select
from sqlalchemy.orm import Session

from app.base import calendar, db
from app.base.models import (
    NoVisitDay,
    PostHolder,
    Register,
    RegisterEvent,
    Site,
    User,
    Visit,
    VisitVersion,
)
from app.people import access
from app.register.facts import keys, values
from forms.register_documents import SeenVisit, SeenVisits

#: The figures that `demo_acceptance.dmn` takes.
FIGURES = ("visits", "operators", "corrections", "late_entries", "searches", "downloads")


@dataclass(frozen=True)
class Publication:
    """An entity publishes: its first visit, or a day that it declared without visits."""

    kind: str  # first_visit, without_visits
    on: date


def demo_figures(session: Session, register: Register) -> Mapping[str, int]:
    """Return the figures of the tests in a register since it was opened, by the names of FIGURES.

    A repeated test continues from there: earlier tests stay counted.
    """
    here, stands = Visit.register_id == register.id, Visit.state == "standing"
    return {
        "visits": _count(session, and_(here, stands, Visit.exit_state == "left")),
        "operators": _operators(session, register),
        "corrections": _count(session, and_(here, corrected())),
        "late_entries": _count(session, and_(here, stands, Visit.observation == "late")),
        "searches": _events(session, register, "search"),
        "downloads": _events(session, register, "download"),
    }


def corrected() -> Exists:
    """Return whether a visit has a correction."""
    return exists().where(VisitVersion.visit_id == Visit.id, VisitVersion.act == "correction")


def _count(session: Session, condition: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count(Visit.id)).where(condition)) or 0


def _events(session: Session, register: Register, kind: str) -> int:
    query = select(func.count(RegisterEvent.id)).where(
        RegisterEvent.register_id == register.id, RegisterEvent.kind == kind
    )
    return session.scalar(query) or 0


def _operators(session: Session, register: Register) -> int:
    """Return how many operators of the personnel recorded a visit, including those who have left
    since. An administrator who records does not count."""
    personnel = (
        exists()
        .where(
            PostHolder.register_id == register.id,
            PostHolder.profile == "operator",
            PostHolder.document_type == User.document_type,
            PostHolder.document_number == User.document_number,
        )
        .correlate(User)
    )
    recorded = select(func.count(func.distinct(Visit.recorded_by_id))).where(
        Visit.register_id == register.id,
        Visit.recorded_by_id.in_(select(User.id).where(personnel)),
    )
    return session.scalar(recorded) or 0


def published(session: Session, register: Register, since: date) -> Sequence[Publication]:
    """Return the first visit that a register published from a day on, and the first day that it
    declared without visits; imported visits do not count."""
    visit_on = session.scalar(
        select(Visit.visit_on)
        .where(
            Visit.register_id == register.id,
            Visit.audience == "public",
            Visit.state == "standing",
            Visit.source == "zaguan",
            Visit.rank >= keys.first_rank(calendar.midnight(since)),
        )
        .order_by(Visit.rank)
        .limit(1)
    )
    declared_on = session.scalar(
        select(func.min(NoVisitDay.on)).where(
            NoVisitDay.register_id == register.id,
            NoVisitDay.withdrawn_at.is_(None),
            NoVisitDay.on >= since,
        )
    )
    found = (("first_visit", visit_on), ("without_visits", declared_on))
    return [Publication(kind, on) for kind, on in found if on is not None]


def personnel_of(session: Session, register: Register) -> tuple[dict[str, int], list[str]]:
    """Return the register's current people by profile, and the names of its sites."""
    people = session.execute(
        select(PostHolder.profile, func.count(PostHolder.id))
        .where(
            PostHolder.register_id == register.id,
            PostHolder.to_on.is_(None),
            PostHolder.profile != "",
        )
        .group_by(PostHolder.profile)
        .order_by(PostHolder.profile)
    )
    sites = session.scalars(
        select(Site.name)
        .where(Site.register_id == register.id, Site.to_on.is_(None))
        .order_by(Site.name)
    )
    return {row[0]: row[1] for row in people}, list(sites)


def note_use(register: Register, kind: str) -> None:
    """Log that the signed-in user did a `search` or a `download` in a demo.

    It logs users of the entity only, in a separate transaction, because the page itself only reads.
    """
    user = access.me()
    if user is None or register.entity_id not in access.entities_of(user):
        return
    with db.writing(current_app) as session:
        session.add(
            RegisterEvent(register_id=register.id, kind=kind, at=calendar.now(), by_id=user.id)
        )


# Visits that a reviewer sees ----------------------------------------------------------------

#: What a reviewer sees of a visit.
SEEN: tuple[Any, ...] = (
    Visit.visit_on,
    Visit.entry_at,
    Visit.exit_at,
    Visit.visitor_name,
    Visit.official_name,
    Visit.official_unit,
    Visit.motive,
    Visit.observation,
    Visit.state,
    corrected().label("corrected"),
)
#: States of visits that a reviewer sees marked.
MARKS = {"annulled": "Anulada"}


def newest_visits(session: Session, register: Register, limit: int) -> SeenVisits:
    """Return the newest visits of a demo; annulled ones are marked, suppressed ones left out."""
    here = and_(Visit.register_id == register.id, Visit.state != "suppressed")
    return _seen(session, here, Visit.rank.desc(), limit)


def first_public_visits(
    session: Session, register: Register, since: date, limit: int
) -> SeenVisits:
    """Return the first visits that were published from a day on; imported ones do not count."""
    here = and_(
        Visit.register_id == register.id,
        Visit.audience == "public",
        Visit.state == "standing",
        Visit.source == "zaguan",
        Visit.rank >= keys.first_rank(calendar.midnight(since)),
    )
    return _seen(session, here, Visit.rank.asc(), limit)


def _seen(
    session: Session, which: ColumnElement[bool], order: ColumnElement[int], limit: int
) -> SeenVisits:
    found = session.execute(select(*SEEN).where(which).order_by(order).limit(limit)).all()
    total = len(found)
    if total == limit:
        total = session.scalar(select(func.count(Visit.id)).where(which)) or 0
    return {"visits": [_visit(row) for row in found], "total": total}


def _visit(row: Row[Any]) -> SeenVisit:
    marks = [values.OBSERVATIONS.get(row.observation, "")]
    marks += ["Corregida" if row.corrected else "", MARKS.get(row.state, "")]
    return {
        "on": row.visit_on.isoformat(),
        "entered_at": row.entry_at.isoformat() if row.entry_at else "",
        "left_at": row.exit_at.isoformat() if row.exit_at else "",
        "visitor": row.visitor_name,
        "official": row.official_name,
        "unit": row.official_unit,
        "motive": row.motive,
        "marks": [mark for mark in marks if mark],
    }

"""Visits as evidence for a review: few of them, with their marks, and how many there are."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import Register, Visit
from app.register.facts import keys, values
from app.register.registers.evidence import corrected
from forms.register_documents import SeenVisit, SeenVisits

COLUMNS: tuple[Any, ...] = (
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


def newest(session: Session, register: Register, limit: int) -> SeenVisits:
    """Return the newest visits of a demo; annulled ones are marked, suppressed ones left out."""
    here = and_(Visit.register_id == register.id, Visit.state != "suppressed")
    return _seen(session, here, Visit.rank.desc(), limit)


def first_public(session: Session, register: Register, since: date, limit: int) -> SeenVisits:
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
    found = session.execute(select(*COLUMNS).where(which).order_by(order).limit(limit)).all()
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

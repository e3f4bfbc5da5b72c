"""Visits of demos are emptied some time after their entity records in production.

They are tries, often with names of real people, and no public sees them. What stays is that there
was a visit, and its versions without data: those are protected. The exit of suppressions empties
them and logs it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from app.base import calendar, db
from app.base.db import chain
from app.base.db.protection import exits
from app.base.models import InterestAct, PlannedVisit, Register, Visit
from app.register.suppression import fields, removal
from app.register.visits import writing

#: The reason in the log, and of the last version of a visit.
GROUND, REASON = "demo", "Visita de prueba: se vació al vencer su plazo"
EVERYTHING = tuple(fields.GROUPS)


def _expired(before: datetime) -> ColumnElement[bool]:
    """Return the condition on Register: a demo whose entity opened production before a moment."""
    production = aliased(Register)
    opened = exists().where(
        production.entity_id == Register.entity_id,
        production.environment == "production",
        ~production.only_imported,
        production.opened_at < before,
    )
    return and_(Register.environment == "demo", opened)


def visits(session: Session, before: datetime) -> Sequence[int]:
    """Return the ids of the visits of demos that are to be emptied."""
    return session.scalars(
        select(Visit.id)
        .join(Register, Register.id == Visit.register_id)
        .where(
            _expired(before),
            Visit.audience != "public",
            Visit.recorded_at < before,
            Visit.state != "suppressed",
        )
        .order_by(Visit.id)
    ).all()


def empty(session: Session, visit_id: int) -> bool:
    """Empty a visit of a demo; False for any other, and for one that is empty. Flushes."""
    visit = db.locked(session, Visit, visit_id)
    if visit.register.environment != "demo" or visit.state == "suppressed":
        return False
    at = calendar.now()
    values = removal.remove(session, visit, EVERYTHING, ground=GROUND, actor_id=None, at=at)
    values["state"] = "suppressed"
    writing.change(session, visit, act="suppression", at=at, by_id=None, reason=REASON, **values)
    return True


def empty_plans(session: Session, before: datetime) -> int:
    """Empty planned visits of demos and the acts that belong to no visit; return how many."""
    registers = select(Register.id).where(_expired(before))
    acts = session.execute(
        select(InterestAct.id, InterestAct.register_id).where(
            InterestAct.register_id.in_(registers),
            InterestAct.recorded_at < before,
            or_(InterestAct.actor_name != "", InterestAct.matter != ""),
            InterestAct.visit_id.is_(None),
        )
    ).all()
    columns = sorted(fields.columns_of_acts(EVERYTHING))
    exits.suppress(
        session,
        [
            chain.removal(session, "interest_act", row.id, [*columns, "reason", "search_text"])
            for row in acts
        ],
        reason=GROUND,
        actor_id=None,
        entity_id=None,
        at=calendar.now(),
    )
    plans = session.scalars(
        select(PlannedVisit).where(
            PlannedVisit.register_id.in_(registers),
            PlannedVisit.expected_at < before,
            PlannedVisit.entry["motive"].as_string() != "",
        )
    ).all()
    for plan in plans:
        removal.empty_plan(plan, fields.facts_of(EVERYTHING))
    session.flush()
    return len(acts) + len(plans)

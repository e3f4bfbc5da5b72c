"""Planned visits of people who did not come are emptied: nothing else needs their data.

A plan with an interest act stays, since the act needs that it was planned before (DS 120-2019-PCM).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base.models import InterestAct, PlannedVisit
from app.register.suppression import fields, removal

#: Plans that are emptied in one transaction.
AT_ONCE = 1000


def empty_missed(session: Session, before: datetime) -> int:
    """Empty some plans for moments before this one to which nobody came. Return how many."""
    with_act = select(InterestAct.id).where(InterestAct.planned_visit_id == PlannedVisit.id)
    plans = session.scalars(
        select(PlannedVisit)
        .where(
            PlannedVisit.state != "arrived",
            PlannedVisit.expected_at < before,
            PlannedVisit.entry["visitor"]["name"].as_string() != "",
            ~with_act.exists(),
        )
        .order_by(PlannedVisit.id)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    for plan in plans:
        removal.empty_plan(plan, fields.facts_of(fields.GROUPS))
    session.flush()
    return len(plans)

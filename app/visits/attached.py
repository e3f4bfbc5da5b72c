"""What is attached to a visit: its interest acts."""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from app.models import InterestAct, PlannedVisit, Visit


def has_acts(session: Session, visit: Visit) -> bool:
    """Whether an interest act that was not annulled is attached to a visit."""
    found = select(InterestAct.id).where(
        InterestAct.visit_id == visit.id, InterestAct.newest, InterestAct.act != "annulment"
    )
    return session.scalar(found.limit(1)) is not None


def acts_of(session: Session, visit: Visit) -> list[InterestAct]:
    """The newest version of each act that is attached to a visit, annulled ones too."""
    found = select(InterestAct).where(InterestAct.visit_id == visit.id, InterestAct.newest)
    return list(session.scalars(found.order_by(InterestAct.id)))


def is_of_a_visit(such: ColumnElement[bool]) -> ColumnElement[bool]:
    """The condition that an act's visit is `such`: the one that it is attached to, or the one
    that its planned meeting became."""
    its_own = select(Visit.id).where(Visit.id == InterestAct.visit_id, such)
    its_meeting = (
        select(Visit.id)
        .join(PlannedVisit, PlannedVisit.visit_id == Visit.id)
        .where(PlannedVisit.id == InterestAct.planned_visit_id, such)
    )
    return or_(its_own.correlate(InterestAct).exists(), its_meeting.correlate(InterestAct).exists())

"""What is attached to a visit: its interest acts."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import InterestAct, Visit


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

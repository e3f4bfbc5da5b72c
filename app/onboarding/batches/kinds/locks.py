"""What rows lock before they are judged again, so that two at once judge one after the other."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import Entity, ProcessInstance


def lock_entity(session: Session, entity: Entity) -> None:
    """Lock the row of an entity, and read it again."""
    session.refresh(entity, with_for_update={"key_share": True})


def lock_onboarding(session: Session, entity: Entity) -> None:
    """Lock the onboarding of an entity, as every act on it does."""
    calendar.keep(session)
    session.execute(
        select(ProcessInstance.id)
        .where(
            ProcessInstance.entity_id == entity.id,
            ProcessInstance.process == "onboarding",
            ProcessInstance.ended_at.is_(None),
        )
        .with_for_update()
    ).all()

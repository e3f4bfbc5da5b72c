"""Put coordinators of the SIP and of the SGTD in charge of entities."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.base import audit_log
from app.base.models import Entity, User


@dataclass(frozen=True)
class Choice:
    """The choice for one of the two: no change, no coordinator, or a coordinator."""

    role: str
    touched: bool
    user: User | None

    @property
    def column(self) -> str:
        """The entity's column."""
        return f"{self.role}_coordinator_id"


def assign(session: Session, entity: Entity, chosen: list[Choice], actor_id: int | None) -> bool:
    """Put coordinators in charge of an entity; return whether anything changed."""
    changed = False
    for choice in chosen:
        old = getattr(entity, choice.column)
        new = choice.user.id if choice.user else None
        if not choice.touched or old == new:
            continue
        setattr(entity, choice.column, new)
        changed = True
        audit_log.write(
            session,
            "entity.coordinator_assigned",
            actor_id=actor_id,
            entity_id=entity.id,
            role=choice.role,
            old_person_id=old,
            old_person=session.get_one(User, old).full_name if old else "",
            person_id=new,
            person=choice.user.full_name if choice.user else "",
        )
    return changed

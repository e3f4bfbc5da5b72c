"""The end of an entry of the catalogue: an entity that a norm ended, or a duplicate of another.

Its register, its papers and its history stay its own, to be read; roles stay for that, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.base import audit_log, calendar
from app.base.models import Entity, Notice, PlannedStart, ProcessInstance, Ticket
from app.cases.entities import rucs
from app.people.access import tickets


def lock(session: Session, entity: Entity) -> None:
    """Lock the running processes of an entity, as every act does first, then its entry."""
    running = select(ProcessInstance.id).where(
        ProcessInstance.entity_id == entity.id, ProcessInstance.ended_at.is_(None)
    )
    session.execute(running.order_by(ProcessInstance.id).with_for_update()).all()
    session.refresh(entity, with_for_update={"key_share": True})


def end(
    session: Session,
    entity: Entity,
    successor: Entity | None,
    ground: Mapping[str, Any],
    actor_id: int | None,
) -> None:
    """End an entity without running processes: codes, plans and notices end, its RUC is free.

    `ground` is what the log says of both: `on` (ISO, the day from which it counts), `norm` ("" for
    a duplicate), and more. A successor takes its names as former ones. Flush only.
    """
    entity.extinct_on, entity.extinct_norm = date.fromisoformat(ground["on"]), ground["norm"]
    entity.successor, entity.active = successor, False
    session.flush()
    tickets.void(session, Ticket.entity_id == entity.id)
    session.execute(delete(PlannedStart).where(PlannedStart.entity_id == entity.id))
    rucs.left(session, entity, actor_id)
    session.execute(
        update(Notice)
        .where(Notice.entity_id == entity.id, Notice.done_at.is_(None))
        .values(done_at=calendar.now(), done_by_id=actor_id)
    )
    audit_log.write(
        session,
        "entity.extinguished",
        actor_id=actor_id,
        entity_id=entity.id,
        successor=f"{successor.name} ({successor.code})" if successor else "",
        **ground,
    )
    if successor is not None:
        successor.rename_formerly([*successor.former, *entity.former, entity.name])
        audit_log.write(
            session,
            "entity.absorbed",
            actor_id=actor_id,
            entity_id=successor.id,
            absorbed=f"{entity.name} ({entity.code})",
            **ground,
        )

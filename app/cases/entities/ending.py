"""The end of an entry of the catalogue: an entity that a norm ended, or a duplicate of another.

Its register, its papers and its history stay its own, to be read; roles stay for that, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import current_app
from sqlalchemy import Select, delete, select, update
from sqlalchemy.orm import Session

from app.base import audit_log, calendar, formatting
from app.base.models import Entity, Notice, PlannedStart, ProcessInstance, Ticket
from app.cases.entities import rucs
from app.people.access import tickets


def refusal(entity: Entity, successor: Entity | None = None) -> str:
    """Return why an entity does not end, or not in this successor (Spanish); "" if it may."""
    if entity.code == current_app.config["OWN_ENTITY"]:
        return "Es la entidad que conduce el registro: no se extingue aquí."
    if successor is entity:
        return "Una entidad no se fusiona consigo misma."
    if successor is not None and (fault := fault_of(successor)):
        return f"{successor.code} no puede absorberla. {fault}"
    return ""


def fault_of(entity: Entity) -> str:
    """Return why nothing changes in an entity (Spanish); "" if it may."""
    if entity.extinct_on is not None:
        return f"Ya no existe desde el {formatting.day(entity.extinct_on)}."
    return "" if entity.active else "La entidad está desactivada en el catálogo."


def running(entity: Entity) -> Select[int]:
    """Select the ids of its processes that have not ended, in order."""
    return (
        select(ProcessInstance.id)
        .where(ProcessInstance.entity_id == entity.id, ProcessInstance.ended_at.is_(None))
        .order_by(ProcessInstance.id)
    )


def lock(session: Session, entity: Entity) -> None:
    """Lock the running processes of an entity, as every act does first, then its entry."""
    session.execute(running(entity).with_for_update()).all()
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

"""What a change of the catalogue does to an entity, by norm: its creation, name and end.

An extinct entity begins nothing and gets no reminders: its processes are cancelled, its codes are
void. Its register and its history stay, and public pages say since when it does not exist.
"""

from __future__ import annotations

from sqlalchemy import func, inspect, select
from sqlalchemy.orm import Session

from app.base import audit_log, db, formatting
from app.base.models import Batch, Entity, ProcessInstance
from app.cases import processes
from app.cases.entities import ending, rucs
from app.onboarding.batches.kind import Data, Refused
from forms.fields import identifiers

#: Processes that others wait for end last.
LAST = ("redesignation",)


def absent(data: Data) -> Entity:
    """Return the entity that a row creates, not in the session; "" as code: the next one."""
    names = ("code", "name", "acronym", "level", "kind", "sector", "ubigeo", "ruc")
    entity = Entity(**{name: data.get(name, "") for name in names}, origin="norma", active=True)
    if entity.ubigeo:
        place = identifiers.place_of(entity.ubigeo).split(", ")
        entity.district, entity.province, entity.department = place
    else:
        entity.district = entity.province = entity.department = ""
    return entity


def is_new(entity: Entity) -> bool:
    """Return whether an entity is not in the catalogue yet."""
    return inspect(entity).transient


def lock(session: Session, entity: Entity) -> None:
    """Lock the processes of an entity, as every act does first, then its entry; or all codes."""
    if is_new(entity):
        db.in_turn(session, "entity_codes")
        return
    ending.lock(session, entity)


def create(session: Session, batch: Batch, entity: Entity, data: Data) -> str:
    """Add an entity to the catalogue, under its code or the next one."""
    entity.code = entity.code or _next_code(session)
    entity.index()
    session.add(entity)
    session.flush()
    audit_log.write(
        session,
        "entity.created",
        actor_id=batch.confirmed_by_id,
        entity_id=entity.id,
        **_ground(batch, data),
    )
    if entity.ruc:
        rucs.changed(session, entity, "", batch.confirmed_by_id)
    return f"Se creó {entity.name}, con el código {entity.code}."


def _next_code(session: Session) -> str:
    """Return the code after the last one that begins with E."""
    last = session.scalar(select(func.max(Entity.code)).where(Entity.code.like("E%"))) or "E00000"
    number = int(last[1:]) + 1
    if number > 99_999:
        raise Refused("No queda ningún código que empiece con E: escribe uno.")
    return f"E{number:05}"


def rename(session: Session, batch: Batch, entity: Entity, data: Data) -> str:
    """Give an entity another name; an acronym too, if the row has one."""
    new = {name: data[name] for name in ("name", "acronym") if data[name]}
    changed = {
        name: [getattr(entity, name), value]
        for name, value in new.items()
        if getattr(entity, name) != value
    }
    before = entity.name
    for name, (_, value) in changed.items():
        setattr(entity, name, value)
    entity.rename_formerly([*entity.former, before])
    audit_log.write(
        session,
        "entity.changed",
        actor_id=batch.confirmed_by_id,
        entity_id=entity.id,
        changed=changed,
        **_ground(batch, data),
    )
    return f"«{before}» se llama ahora «{entity.name}»."


def extinguish(
    session: Session, batch: Batch, entity: Entity, data: Data, successor: Entity | None = None
) -> str:
    """End an entity: its processes are cancelled, its codes void; the rest stays to be read."""
    actor_id = batch.confirmed_by_id
    cancelled = _cancel_all(session, entity, _reason(data, successor), actor_id)
    ending.end(session, entity, successor, _ground(batch, data), actor_id)
    said = f"Se extinguió el {formatting.day(data['on'])}"
    said += f", absorbida por {successor.name}." if successor else "."
    ended = formatting.plural(cancelled, "proceso en curso", "procesos en curso")
    return f"{said} Se anuló {ended}." if cancelled else said


def _cancel_all(session: Session, entity: Entity, reason: str, actor_id: int | None) -> int:
    """Cancel the processes of an entity that run or are suspended; return how many there were."""
    rows = session.execute(
        select(ProcessInstance.id, ProcessInstance.process)
        .where(ProcessInstance.entity_id == entity.id, ProcessInstance.ended_at.is_(None))
        .order_by(ProcessInstance.id)
    ).all()
    try:
        for row in sorted(rows, key=lambda one: one.process in LAST):
            processes.cancel(session, row.id, reason, actor_id)
    except processes.Refused as refusal:
        raise Refused(str(refusal)) from None
    return len(rows)


def _reason(data: Data, successor: Entity | None) -> str:
    absorbed = f" y la absorbió {successor.name} ({successor.code})" if successor else ""
    return f"La entidad se extinguió el {formatting.day(data['on'])}{absorbed}, por {data['norm']}."


def _ground(batch: Batch, data: Data) -> Data:
    """Return the norm, the day and the batch, as the history has them."""
    return {"norm": data["norm"], "on": data["on"], "batch": batch.id}

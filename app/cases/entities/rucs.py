"""RUCs that more than one entity gives, and the confirmation by a coordinator that they share it.

Small bodies do use the RUC of a larger one. But a RUC that another entity has is more often a
mistake, so it waits: `Entity.ruc_to_confirm` holds it until a coordinator confirms it, and the
designation is not accepted before. Every path that writes a RUC calls `changed`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import audit_log, db, formatting
from app.base.models import Entity
from app.cases import notices

#: The notice on *Mis pendientes*.
KIND = "ruc_to_confirm"


def named(entity: Entity) -> str:
    """Return the name of an entity with its place, which distinguishes namesakes."""
    return f"{entity.name} ({entity.place})" if entity.place else entity.name


def holders(session: Session, numbers: Collection[str] | None = None) -> dict[str, dict[int, str]]:
    """Return who has which RUC: RUC → id of the entity → its name. One statement.

    `numbers`: the RUCs to look up; None: all.
    """
    names = (Entity.id, Entity.ruc, Entity.name, Entity.district, Entity.province)
    query = (
        select(*names, Entity.department)
        .where(Entity.ruc != "", Entity.active)
        .order_by(Entity.name, Entity.code)
    )
    if numbers is not None:
        query = query.where(Entity.ruc.in_(sorted(numbers)))
    rows = session.execute(query)
    found: dict[str, dict[int, str]] = {}
    for row in rows:
        place = ", ".join(filter(None, (row.district, row.province, row.department)))
        found.setdefault(row.ruc, {})[row.id] = f"{row.name} ({place})" if place else row.name
    return found


def held_by_others(session: Session, entity: Entity) -> dict[str, str]:
    """Return the RUCs that other entities have: RUC → their names."""
    others = {
        ruc: [name for number, name in held.items() if number != entity.id]
        for ruc, held in holders(session).items()
    }
    return {ruc: formatting.listed(names) for ruc, names in others.items() if names}


def sharing(session: Session, entity: Entity) -> Sequence[Entity]:
    """Return the other entities that have this entity's RUC."""
    if not entity.ruc:
        return ()
    return session.scalars(
        select(Entity)
        .where(Entity.ruc == entity.ruc, Entity.active, Entity.id != entity.id)
        .order_by(Entity.name, Entity.code)
    ).all()


def unconfirmed(session: Session, entity: Entity) -> Sequence[Entity]:
    """Return the entities with which this one shares a RUC that no coordinator confirmed."""
    waits = bool(entity.ruc) and entity.ruc_to_confirm == entity.ruc
    return sharing(session, entity) if waits else ()


def changed(session: Session, entity: Entity, old: str, actor_id: int | None) -> Sequence[Entity]:
    """Record a RUC that was written over `old`; return the entities that had it before.

    Flushes. If there are any, the RUC waits for a coordinator.
    """
    db.in_turn(session, "rucs")  # two entities that write the same RUC at once see each other
    session.flush()
    _settle(session, {old, entity.ruc_to_confirm} - {"", entity.ruc}, actor_id)
    if entity.ruc_to_confirm:
        notices.take_down(session, KIND, _key(entity), actor_id)
    others = sharing(session, entity)
    entity.ruc_to_confirm = entity.ruc if others else ""
    if others:
        notices.put(
            session,
            KIND,
            _key(entity),
            role=notices.responsible_role(entity),
            entity=entity,
            others=[named(other) for other in others],
        )
    session.flush()
    return others


def left(session: Session, entity: Entity, actor_id: int | None) -> None:
    """Record that an entity is no longer in force: notices about its RUC are settled."""
    session.flush()
    if entity.ruc_to_confirm:
        notices.take_down(session, KIND, _key(entity), actor_id)
        entity.ruc_to_confirm = ""
    _settle(session, {entity.ruc} - {""}, actor_id)


def confirm(session: Session, entity: Entity, actor_id: int) -> bool:
    """Confirm that an entity shares its RUC; return whether anything waited for that."""
    others = unconfirmed(session, entity)
    if not others:
        return False
    entity.ruc_to_confirm = ""
    notices.take_down(session, KIND, _key(entity), actor_id)
    audit_log.write(
        session,
        "entity.ruc_shared",
        actor_id=actor_id,
        entity_id=entity.id,
        ruc=entity.ruc,
        others=[f"{named(other)}, {other.code}" for other in others],
    )
    session.flush()
    return True


def imported(session: Session, rows: Iterable[tuple[Entity, str]]) -> Mapping[str, Sequence[str]]:
    """Record the RUCs of an import, each with the one before; return code → who has it too."""
    held = holders(session)
    # Most entities get their first RUC, which is new: there is nothing to record.
    to_note = [(one, old) for one, old in rows if old or len(held.get(one.ruc, ())) > 1]
    found = {entity.code: changed(session, entity, old, None) for entity, old in to_note}
    return {code: [other.code for other in others] for code, others in found.items() if others}


def _settle(session: Session, rucs: set[str], actor_id: int | None) -> None:
    """Release the entities that waited for a RUC which no other entity has any more."""
    if not rucs:
        return
    for entity in session.scalars(select(Entity).where(Entity.ruc_to_confirm.in_(sorted(rucs)))):
        if entity.ruc == entity.ruc_to_confirm and not sharing(session, entity):
            entity.ruc_to_confirm = ""
            notices.take_down(session, KIND, _key(entity), actor_id)


def _key(entity: Entity) -> str:
    """Return the key of the notice about an entity's waiting RUC."""
    return f"{entity.id} {entity.ruc_to_confirm or entity.ruc}"

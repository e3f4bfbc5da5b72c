"""The two environments of an entity, opened by the process and never mixed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.orm import Session

from app.base import audit_log, calendar, db
from app.base.models import (
    Entity,
    InterestAct,
    NoVisitDay,
    Outage,
    PastImport,
    PlannedVisit,
    Register,
    Unregistrable,
    Visit,
)
from app.base.urls import external_url


def find(session: Session, entity: Entity | int, environment: str) -> Register | None:
    """Return an entity's register of this environment; None while the entity has not opened it."""
    entity_id = entity.id if isinstance(entity, Entity) else entity
    return session.scalar(_register(entity_id, environment).where(~Register.only_imported))


def public(session: Session, entity: Entity) -> Register | None:
    """Return what the public sees of an entity: its register, or the visits that were imported."""
    return session.scalar(_register(entity.id, "production"))


def _register(entity_id: int, environment: str) -> Select[Register]:
    return select(Register).where(
        Register.entity_id == entity_id, Register.environment == environment
    )


def is_public() -> ColumnElement[bool]:
    """Return the condition on Register that it is public."""
    return Register.environment == "production"


#: Tables that users of a register write.
WRITTEN = (Visit, InterestAct, PlannedVisit, NoVisitDay, Unregistrable, Outage, PastImport)


def is_used(session: Session, register: Register) -> bool:
    """Return whether anything was written into a register since it was opened."""
    return any(
        session.scalar(select(exists().where(table.register_id == register.id)))
        for table in WRITTEN
    )


def of_entities(session: Session, entity_ids: Iterable[int]) -> Sequence[Register]:
    """Return the open registers of these entities, production before demo."""
    return session.scalars(
        select(Register)
        .where(Register.entity_id.in_(sorted(entity_ids)), ~Register.only_imported)
        .order_by(Register.environment.desc(), Register.entity_id)
    ).all()


def open_register(
    session: Session, entity: Entity, environment: str, actor_id: int | None
) -> Register:
    """Open an environment, or return the open one."""
    found = find(session, entity, environment)
    if found is not None:
        return found
    _insert(session, entity, environment, "zaguan")
    made = session.scalars(_register(entity.id, environment).with_for_update()).one()
    if made.only_imported:
        made.only_imported, made.source, made.opened_at = False, "zaguan", calendar.now()
    audit_log.of_register(session, "register.opened", made, actor_id)
    return made


def open_imported(session: Session, entity: Entity) -> Register:
    """Return the register that takes imported visits of an entity which publishes elsewhere.

    If the entity has not opened one, it stays closed for its users; everyone sees its visits.
    """
    if (found := public(session, entity)) is not None:
        return found
    _insert(session, entity, "production", "official_platform", only_imported=True)
    return session.scalars(_register(entity.id, "production")).one()


def imported_since(register: Register, day: date) -> None:
    """Note the day of a visit in a register that only has imported ones: it counts as its first."""
    if register.only_imported:
        register.opened_at = min(register.opened_at, calendar.midnight(day))


def _insert(
    session: Session,
    entity: Entity,
    environment: str,
    source: str,
    *,
    only_imported: bool = False,
) -> None:
    values = {
        "entity_id": entity.id,
        "environment": environment,
        "opened_at": calendar.now(),
        "source": source,
        "source_address": "",
        "real_documents": False,
        "only_imported": only_imported,
    }
    db.insert_missing(session, Register, values)


def public_address(entity: Entity, register: Register | None) -> str:
    """Return where everyone consults an entity's visits; "" before production.

    `register`: its register in production.
    """
    if register is None:
        return ""
    if register.source != "zaguan":
        return register.source_address
    return external_url("consult.list_of_entity", code=entity.code)


def audience(register: Register) -> str:
    """Return the audience of the register's visits. Only the entity's users see its demo."""
    return "public" if register.environment == "production" else "demo"

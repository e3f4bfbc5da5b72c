"""Where each entity publishes its visits: here, on the official platform, in its own system."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from app.base.models import Entity, Register
from app.base.models.entities import matching
from app.register.registers import environments


@dataclass(frozen=True)
class Place:
    """A place where entities publish: its name on screen, and the source of their registers."""

    label: str
    #: A source as `Register.source` has it; "" for entities without a register.
    source: str


#: URL value → place. *Nowhere* means: nowhere that is known here.
PLACES: Mapping[str, Place] = {
    "zaguan": Place("Zaguán", "zaguan"),
    "plataforma-oficial": Place("La plataforma oficial", "official_platform"),
    "sistema-propio": Place("Un sistema propio", "own_system"),
    "ninguna-parte": Place("Ninguna parte que sepamos", ""),
}
NOWHERE = "ninguna-parte"


def publishes_at(value: str) -> ColumnElement[bool]:
    """Return the condition on Entity that it publishes at a place of PLACES."""
    public = exists().where(Register.entity_id == Entity.id, Register.environment == "production")
    source = PLACES[value].source
    return public.where(Register.source == source) if source else ~public


def counts(session: Session, typed: str = "") -> dict[str, int]:
    """Count the active entities that match some words, by place."""
    here = (Entity.active, matching(typed))
    rows = session.execute(
        select(Register.source, func.count())
        .join(Entity, Entity.id == Register.entity_id)
        .where(environments.is_public(), *here)
        .group_by(Register.source)
    )
    known = {row[0]: int(row[1]) for row in rows}
    total = session.scalar(select(func.count()).select_from(Entity).where(*here)) or 0
    found = {value: known.get(place.source, 0) for value, place in PLACES.items()}
    return found | {NOWHERE: total - sum(known.values())}

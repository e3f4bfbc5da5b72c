"""Where the invented entities publish, and the plain rule of the filter."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from app.base.models import Entity, Register
from app.onboarding.entity_list.standing import Standing
from app.register.registers import environments

#: Place in addresses → source of a register.
PUBLISHING = {
    "zaguan": "zaguan",
    "plataforma-oficial": "official_platform",
    "sistema-propio": "own_system",
}


def open_somewhere(session: Session, entity: Entity, number: int) -> None:
    """Open a register of an entity, at a place that is drawn by its number, or none."""
    if number % 8 in (1, 2, 3):
        register = environments.open_register(session, entity, "production", None)
        register.source = list(PUBLISHING.values())[number % 8 - 1]


def publishes(here: Standing, place: str) -> bool:
    """Return whether the entity has a public register of that source, or none at all."""
    session = object_session(here.entity)
    assert session is not None
    of_entity = select(Register.source).where(
        Register.entity_id == here.entity.id, Register.environment == "production"
    )
    sources = session.scalars(of_entity).all()
    return PUBLISHING[place] in sources if place in PUBLISHING else not sources

"""Entities of the catalogue that publish nothing here, and their text on public pages."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from app.base.models import Entity, Register
from app.base.models.entities import matching
from app.register.search import query
from forms.fields.rules import has_control

#: The facts of an entity whose register is not here.
SENTENCE = "No publica en Zaguán. No sabemos si publica en la plataforma oficial."
#: Entities that are named where some words match several.
NAMED = 12


def _is_unpublished() -> ColumnElement[bool]:
    """Return the condition on Entity: it is in the catalogue and has no public register."""
    public = exists().where(Register.entity_id == Entity.id, Register.environment == "production")
    return ~public


def of_code(session: Session, code: str) -> Entity | None:
    """Return the entity of a code that publishes nothing here; None for any other code."""
    if not query.CODE.fullmatch(code):
        return None
    return session.scalar(select(Entity).where(Entity.code == code, _is_unpublished()))


def meant(session: Session, typed: str) -> Sequence[Entity]:
    """Return the entities that publish nothing here and match some words, by name.

    If there are more entities than the page names, return one more than it names.
    """
    typed = typed.strip()
    if not typed or len(typed) > query.LONGEST or has_control(typed):
        return ()
    if (one := of_code(session, typed.upper())) is not None:
        return [one]
    found = select(Entity).where(_is_unpublished(), matching(typed))
    return session.scalars(found.order_by(Entity.name, Entity.id).limit(NAMED + 1)).all()

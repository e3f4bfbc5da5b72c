"""The regions of the catalogue, as lists filter by them."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app.base.formatting import plain
from app.base.models import Entity

#: URL value for entities whose region the catalogue leaves empty.
NONE = "ninguna"


def regions(session: Session) -> dict[str, str]:
    """Return the regions that occur, in alphabetical order, and NONE: URL value → label."""
    found = session.scalars(select(Entity.department).distinct())
    names = sorted(filter(None, found), key=plain)
    return {name: name for name in names} | {NONE: "Sin región"}


def in_region(value: str) -> ColumnElement[bool]:
    """Return the condition on Entity for a URL value."""
    return Entity.department == ("" if value == NONE else value)

"""The names and order of entities: levels of government, sectors, how one ended."""

from __future__ import annotations

from functools import lru_cache

from app.base import formatting
from app.base.formatting import plain
from app.base.models import Entity

LEVELS = (("nacional", "Nacional"), ("regional", "Regional"), ("local", "Local"))


@lru_cache(maxsize=50_000)  # a list of more names than this would find none of them
def compared_as(text: str) -> str:
    """Return the sort key of a name: the same on both databases, without accents and capitals."""
    return plain(text)


def sector_name(text: str) -> str:
    """Return a sector as pages show it; the catalogue writes it in capitals."""
    return text.capitalize()


def extinction(entity: Entity) -> str:
    """Return how an entity ended: "Absorbida por …", "Duplicado de …"; "" for one that exists."""
    if entity.extinct_on is None:
        return ""
    if (successor := entity.successor) is not None:
        how = "Absorbida por" if entity.extinct_norm else "Duplicado de"
        return f"{how} {successor.name}"
    return f"Extinguida el {formatting.short_day(entity.extinct_on)}"

"""Search of entities by typed words, level, region and sector."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import request
from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from app.base import queries
from app.base.formatting import plain
from app.base.models import Entity
from app.base.models.entities import matching
from app.base.paging import Paging, page_number
from app.cases.entities import LEVELS, compared_as, sector_name

PAGE_SIZE = 50
#: Query parameters, in the order of the fields of `Filter`.
NAMES = ("q", "nivel", "region", "sector")


@dataclass(frozen=True)
class Filter:
    """Filters of a list of entities."""

    q: str = ""
    level: str = ""
    department: str = ""
    sector: str = ""

    @classmethod
    def of(cls, values: Any) -> Filter:
        """Read the filters of a query string or a form."""
        return cls(*(str(values.get(name, "")).strip()[:100] for name in NAMES))

    @property
    def query(self) -> dict[str, str]:
        """The filters as query parameters."""
        values = zip(NAMES, (self.q, self.level, self.department, self.sector), strict=True)
        return {name: value for name, value in values if value}

    @property
    def condition(self) -> ColumnElement[bool]:
        """The condition on Entity."""
        columns = {"level": self.level, "department": self.department, "sector": self.sector}
        equal = (getattr(Entity, name) == value for name, value in columns.items() if value)
        return and_(matching(self.q), *equal)


def in_words(wanted: Filter) -> list[str]:
    """Return the filters in words: ["Región: Áncash"]; an empty list for all entities."""
    filters = (
        ("Con las palabras", f"«{wanted.q}»" if wanted.q else ""),
        ("Nivel", dict(LEVELS).get(wanted.level, wanted.level)),
        ("Región", wanted.department),
        ("Sector", sector_name(wanted.sector)),
    )
    return [f"{label}: {value}" for label, value in filters if value]


def found(
    session: Session, wanted: Filter, extra: ColumnElement[bool] | None = None
) -> tuple[list[Entity], Paging]:
    """Return one page of the entities that match, by name, and its paging."""
    condition = wanted.condition if extra is None else and_(wanted.condition, extra)
    names = session.execute(select(Entity.id, Entity.name, Entity.code).where(condition))
    ids = [row.id for row in sorted(names, key=lambda row: (compared_as(row.name), row.code))]
    paging = Paging(len(ids), page_number(), PAGE_SIZE)
    shown = ids[paging.offset : paging.offset + paging.size]
    rows = {one.id: one for one in session.scalars(select(Entity).where(Entity.id.in_(shown)))}
    return [rows[entity_id] for entity_id in shown], paging


def filters(session: Session, *others: str) -> tuple[Filter, list[dict[str, Any]]]:
    """Return the filters of a query string, with page number and `others`, and the drop-downs.

    Raises queries.CannotAsk for another name, and for a value that cannot be chosen.
    """
    queries.must_know((*NAMES, "pagina", *others))
    wanted = Filter.of(request.args)
    lists = _selects(session, wanted)
    for one in lists:
        queries.chosen(one["name"], [value for value, _ in one["options"]])
    return wanted, lists


def departments(session: Session) -> list[str]:
    """Return the regions that the catalogue names, in order."""
    names = session.scalars(select(Entity.department).where(Entity.department != "").distinct())
    return sorted(names, key=plain)


def sectors(session: Session) -> list[str]:
    """Return the sectors that the catalogue names, in order."""
    names = session.scalars(select(Entity.sector).where(Entity.sector != "").distinct())
    return sorted(names, key=plain)


def _selects(session: Session, wanted: Filter) -> list[dict[str, Any]]:
    """Return the lists that drop down above the entities."""
    regions = [(name, name) for name in departments(session)]
    of_sectors = [(name, sector_name(name)) for name in sectors(session)]
    return [
        {"name": name, "label": label, "value": value, "options": [("", every), *options]}
        for name, label, value, every, options in (
            ("nivel", "Nivel", wanted.level, "Todos", LEVELS),
            ("region", "Región", wanted.department, "Todas", regions),
            ("sector", "Sector", wanted.sector, "Todos", of_sectors),
        )
    ]

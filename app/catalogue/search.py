"""Finding entities by what people type, and by level and region."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from sqlalchemy import ColumnElement, and_, func, select, true
from sqlalchemy.orm import Session

from app.models import Entity
from app.models.catalogue import plain

PAGE_SIZE = 50
LEVELS = (("nacional", "Nacional"), ("regional", "Regional"), ("local", "Local"))
MOST_WORDS = 8


def matching(text: str) -> ColumnElement[bool]:
    """The condition on Entity: every word typed stands in its name, place, code or RUC."""
    words = plain(text).split()[:MOST_WORDS]
    return and_(true(), *(Entity.search_text.contains(word, autoescape=True) for word in words))


@dataclass(frozen=True)
class Filter:
    """What an address asks of a list of entities."""

    q: str = ""
    level: str = ""
    department: str = ""

    @classmethod
    def of(cls, values: Any) -> Filter:
        """From the values of an address or a form."""
        return cls(*(str(values.get(name, "")).strip()[:100] for name in ("q", "nivel", "region")))

    @property
    def query(self) -> dict[str, str]:
        """As an address says it."""
        values = {"q": self.q, "nivel": self.level, "region": self.department}
        return {name: value for name, value in values.items() if value}

    @property
    def condition(self) -> ColumnElement[bool]:
        """As the database is asked."""
        conditions = [matching(self.q)]
        if self.level:
            conditions.append(Entity.level == self.level)
        if self.department:
            conditions.append(Entity.department == self.department)
        return and_(*conditions)


@dataclass(frozen=True)
class Page:
    """Where one is in a list: what `pagination` in macros.html takes."""

    number: int
    pages: int
    url: Callable[[int], str]


def asked_page() -> int:
    """The number of the page that the address asks for, at least 1."""
    text = request.args.get("pagina", "1")
    return max(int(text), 1) if text.isdecimal() and len(text) < 7 else 1


def page_of(total: int, query: dict[str, str], size: int = PAGE_SIZE) -> Page:
    """The page asked for, of a list of `total`, at the address of this request."""
    pages = max((total + size - 1) // size, 1)

    def url(number: int) -> str:
        values: dict[str, Any] = query | {"pagina": str(number)}
        return url_for(str(request.endpoint), **values)

    return Page(min(asked_page(), pages), pages, url)


def found(
    session: Session, wanted: Filter, extra: ColumnElement[bool] | None = None
) -> tuple[list[Entity], int, Page]:
    """One page of the entities that match, how many there are, and where in the list one is."""
    condition = wanted.condition if extra is None else and_(wanted.condition, extra)
    total = session.scalar(select(func.count()).select_from(Entity).where(condition)) or 0
    page = page_of(total, wanted.query)
    rows = (
        select(Entity)
        .where(condition)
        .order_by(Entity.name, Entity.code)
        .limit(PAGE_SIZE)
        .offset((page.number - 1) * PAGE_SIZE)
    )
    return list(session.scalars(rows)), total, page


def departments(session: Session) -> list[str]:
    """The regions that the catalogue names, in order."""
    names = session.scalars(select(Entity.department).where(Entity.department != "").distinct())
    return sorted(names, key=plain)


def selects(session: Session, wanted: Filter) -> list[dict[str, Any]]:
    """The lists that drop down above the entities."""
    regions = [(name, name) for name in departments(session)]
    return [
        {
            "name": "nivel",
            "label": "Nivel",
            "value": wanted.level,
            "options": [("", "Todos"), *LEVELS],
        },
        {
            "name": "region",
            "label": "Región",
            "value": wanted.department,
            "options": [("", "Todas"), *regions],
        },
    ]

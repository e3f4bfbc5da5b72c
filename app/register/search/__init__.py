"""Searches the register: the newest 50 of what a query asks, and how many there are.

A search without words reads an index of the visits in their order. What is narrowed to an entity,
a visitor, some days or interest acts is walked from its newest visit, as far as that is quick. All
else is found by parts of words, in an index that each database has of its own. So a page takes a
fixed few statements however many visits there are, and no more is read than it shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType

from sqlalchemy import ColumnElement, RowMapping
from sqlalchemy.orm import Session

from app.base.models import Visit
from app.register.facts import shapes
from app.register.registers import rules
from app.register.search import on_postgresql, on_sqlite, walk
from app.register.search.asked import Asked
from app.register.search.query import Query

PAGE = 50
#: Counts end here: "más de 1 000".
MOST = 1000
#: A demo's visits are in no index of words, and few.
ALL = 10**9

#: What a list says beside the 12 official columns.
BESIDE = (
    "codigo",
    "entidad_codigo",
    "fuente",
    "estado",
    "salida_estado",
    "visitante_clave",
    "gestion_intereses",
)
COLUMNS = (
    *shapes.OFFICIAL,
    *(column for column in shapes.OPEN if column.name in BESIDE),
)


@dataclass(frozen=True)
class Found:
    """A page of what was asked: rows (by the names of COLUMNS), newest first.

    `next`: where the next page begins (see `page`), None on the last one. `wants_letters`: the
    words are too short to be looked for, so nothing was.
    """

    rows: Sequence[RowMapping] = ()
    count: int = 0
    next: int | None = None
    wants_letters: bool = False

    @property
    def capped(self) -> bool:
        """Whether there are more than were counted."""
        return self.count > MOST


class TooShort(Exception):
    """Words of fewer than three letters, over a register too large to look through for them."""


def conditions(session: Session, query: Query) -> list[ColumnElement[bool]]:
    """Return the conditions of all visits that a query finds, for a file of them.

    The index of words is asked as well where it helps. Raises TooShort.
    """
    asked = Asked.of(session, query)
    found = list(asked.matching)
    if not asked.words or query.register_id:  # the visits of a demo are in no index of words
        return found
    if asked.parts:
        return [*found, _engine(session).has_parts(asked.parts)]
    if not asked.near:
        raise TooShort
    return found


def page(session: Session, query: Query, after: int | None = None) -> Found:
    """The visits that a query asks for, after a place in their order (`Found.next` of a page).

    A query with faults finds nothing.
    """
    if query.faults:
        return Found()
    found = _ranks(session, Asked.of(session, query), after)
    if found is None:
        return Found(wants_letters=True)
    ranks, count = found
    shown = ranks[:PAGE]
    return Found(
        rows=_rows(session, shown),
        count=count,
        next=shown[-1] if len(ranks) > PAGE else None,
    )


def _ranks(session: Session, asked: Asked, after: int | None) -> tuple[list[int], int] | None:
    """The places of a page and one more, and how many there are (MOST + 1 for more)."""
    engine = _engine(session)
    with engine.planned(session):
        if not asked.words:
            return _in_order(session, asked, after)
        if asked.query.register_id:
            return _among(walk.newest(session, asked, ALL), after)
        if asked.near:
            seen = walk.newest(session, asked, engine.NEAR)
            ranks, count = _among(seen, after)
            if seen.all_of_it:
                return ranks, count
            if asked.parts and len(ranks) > PAGE:
                return ranks, engine.count(session, asked, MOST + 1)
        if not asked.parts:
            return None
        ranks, count = engine.find(session, asked, after, PAGE + 1, MOST + 1)
        return ranks, engine.count(session, asked, MOST + 1) if count is None else count


def _engine(session: Session) -> ModuleType:
    return on_postgresql if session.get_bind().dialect.name == "postgresql" else on_sqlite


def _among(seen: walk.Seen, after: int | None) -> tuple[list[int], int]:
    ranks = [rank for rank in seen.ranks if after is None or rank < after]
    return ranks[: PAGE + 1], min(len(seen.ranks), MOST + 1)


def _in_order(session: Session, asked: Asked, after: int | None) -> tuple[list[int], int]:
    first = walk.ranks(session, asked, None, MOST + 1)
    if after is None:
        return first[: PAGE + 1], len(first)
    return walk.ranks(session, asked, after, PAGE + 1), len(first)


def _rows(session: Session, ranks: Sequence[int]) -> Sequence[RowMapping]:
    if not ranks:
        return []
    full = rules.documents_are_public(session)
    asked = shapes.select_of(COLUMNS, full).where(Visit.rank.in_(ranks))
    return session.execute(asked.order_by(Visit.rank.desc())).mappings().all()

"""Search the register: the newest 50 visits of a query, and their count.

A search without words reads an index of the visits in their order. A search within an entity, a
visitor, days or interest acts walks from the newest visit, as far as that is quick. Other searches
use the index of parts of words that each database has. So a page takes a small, fixed number of
statements, and no more rows are read than it shows.
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
from app.register.search.prepared import PreparedQuery
from app.register.search.query import Query

PAGE = 50
#: Highest count; above it pages show "más de 1 000".
MOST = 1000
#: No limit: the visits of a demo are few, and not in the index of words.
ALL = 10**9

#: Columns of a list in addition to the 12 official ones.
OPEN_COLUMNS = (
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
    *(column for column in shapes.OPEN if column.name in OPEN_COLUMNS),
)


@dataclass(frozen=True)
class Found:
    """A page of results: rows (by the names of COLUMNS), newest first.

    `next`: the place where the next page begins (see `page`), None on the last page.
    `wants_letters`: the words are too short, so that no search was made.
    """

    rows: Sequence[RowMapping] = ()
    count: int = 0
    next: int | None = None
    wants_letters: bool = False

    @property
    def capped(self) -> bool:
        """Return whether there are more than were counted."""
        return self.count > MOST


class TooShort(Exception):
    """Words of fewer than three letters, in a register too large to read whole."""


def conditions(session: Session, query: Query) -> list[ColumnElement[bool]]:
    """Return the conditions of all visits that a query finds, for a file of them.

    They use the index of words where it helps. Raises TooShort.
    """
    prepared = PreparedQuery.of(session, query)
    found = list(prepared.matching)
    if not prepared.words or query.register_id:  # the visits of a demo are in no index of words
        return found
    if prepared.parts:
        return [*found, _engine(session).has_parts(prepared.parts)]
    if not prepared.near:
        raise TooShort
    return found


def page(session: Session, query: Query, after: int | None = None) -> Found:
    """Return a page of the visits of a query, after a place in their order (`Found.next`).

    A query with faults finds nothing.
    """
    if query.faults:
        return Found()
    found = _ranks(session, PreparedQuery.of(session, query), after)
    if found is None:
        return Found(wants_letters=True)
    ranks, count = found
    shown = ranks[:PAGE]
    return Found(
        rows=_rows(session, shown),
        count=count,
        next=shown[-1] if len(ranks) > PAGE else None,
    )


def _ranks(
    session: Session, prepared: PreparedQuery, after: int | None
) -> tuple[list[int], int] | None:
    """Return the ranks of a page and one more, and the count (MOST + 1 for more)."""
    engine = _engine(session)
    with engine.planned(session):
        if not prepared.words:
            return _in_order(session, prepared, after)
        if prepared.query.register_id:
            return _among(walk.newest(session, prepared, ALL), after)
        if prepared.near:
            seen = walk.newest(session, prepared, engine.NEAR)
            ranks, count = _among(seen, after)
            if seen.all_of_it:
                return ranks, count
            if prepared.parts and len(ranks) > PAGE:
                return ranks, engine.count(session, prepared, MOST + 1)
        if not prepared.parts:
            return None
        ranks, count = engine.find(session, prepared, after, PAGE + 1, MOST + 1)
        return ranks, engine.count(session, prepared, MOST + 1) if count is None else count


def _engine(session: Session) -> ModuleType:
    return on_postgresql if session.get_bind().dialect.name == "postgresql" else on_sqlite


def _among(seen: walk.Seen, after: int | None) -> tuple[list[int], int]:
    ranks = [rank for rank in seen.ranks if after is None or rank < after]
    return ranks[: PAGE + 1], min(len(seen.ranks), MOST + 1)


def _in_order(
    session: Session, prepared: PreparedQuery, after: int | None
) -> tuple[list[int], int]:
    first = walk.ranks(session, prepared, None, MOST + 1)
    if after is None:
        return first[: PAGE + 1], len(first)
    return walk.ranks(session, prepared, after, PAGE + 1), len(first)


def _rows(session: Session, ranks: Sequence[int]) -> Sequence[RowMapping]:
    if not ranks:
        return []
    full = rules.documents_are_public(session)
    rows = shapes.select_of(COLUMNS, full).where(Visit.rank.in_(ranks))
    return session.execute(rows.order_by(Visit.rank.desc())).mappings().all()

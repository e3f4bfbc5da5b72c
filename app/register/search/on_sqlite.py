"""Words in SQLite: its own table of every three letters in a row, newest first.

The lists of the parts asked for are read side by side from the newest visit on, and each visit
that stands in all of them is looked at, until there are enough.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import BigInteger, ColumnElement, column, literal_column, select, table
from sqlalchemy.orm import Session

from app.base.models import Visit
from app.register.search import sample
from app.register.search.asked import Asked
from app.register.search.sample import Prices

#: Measured over a million visits.
PRICES = Prices(entry=0.025, jump=float("inf"), out=0, visit=1.6)
#: As many visits of an entity, a visitor or some days are looked at in turn before all others.
NEAR = 8000

TEXT = table("visit_text", column("rowid", BigInteger()), column("visit_text"))


def _has_all(parts: Sequence[str]) -> ColumnElement[bool]:
    """The condition on TEXT that a visit has all these parts of words."""
    return TEXT.c.visit_text.op("match")(" AND ".join(f'"{part}"' for part in parts))


@contextmanager
def planned(session: Session) -> Iterator[None]:
    """The statements below leave SQLite no choice of a plan."""
    yield


def has_parts(parts: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition that a visit has all these parts of words; the index answers it."""
    return Visit.rank.in_(select(TEXT.c.rowid).where(_has_all(parts)))


def find(
    session: Session, asked: Asked, after: int | None, page: int, most: int
) -> tuple[list[int], int | None]:
    """The places of a page, newest first, and how many there are, where that is known with them."""
    if after is not None:
        return _ranks(session, asked, after, page), None
    ranks = _ranks(session, asked, None, most)
    return ranks[:page], len(ranks)


def count(session: Session, asked: Asked, most: int) -> int:
    """How many there are, or `most`."""
    return len(_ranks(session, asked, None, most))


def _ranks(session: Session, asked: Asked, after: int | None, limit: int) -> list[int]:
    parts = sample.choose(sample.of(session), asked.parts, PRICES).parts
    low, high = asked.query.ranks
    found = (
        # The plus: from a place in the index to its visit, never the other way.
        select(TEXT.c.rowid)
        .join_from(TEXT, Visit, Visit.rank == literal_column("+visit_text.rowid"))
        .where(_has_all(parts), *asked.matching)
        .order_by(TEXT.c.rowid.desc())
        .limit(limit)
    )
    if low is not None:
        found = found.where(TEXT.c.rowid >= low)
    if high is not None:
        found = found.where(TEXT.c.rowid < high)
    if after is not None:
        found = found.where(TEXT.c.rowid < after)
    return list(session.scalars(found))

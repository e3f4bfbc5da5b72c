"""Search words in SQLite: by its full-text table of trigrams, newest first.

The lists of the prepared parts are read in parallel from the newest visit on, and each visit that
is in all of them is checked, until there are enough.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import BigInteger, ColumnElement, column, literal_column, select, table
from sqlalchemy.orm import Session

from app.base.models import Visit
from app.register.search import sample
from app.register.search.prepared import PreparedQuery
from app.register.search.sample import Prices

#: Measured over a million visits.
PRICES = Prices(entry=0.025, jump=float("inf"), out=0, visit=1.6)
#: Newest visits of an entity, a visitor or some days that are walked before the index is used.
NEAR = 8000

TEXT = table("visit_text", column("rowid", BigInteger()), column("visit_text"))


def _has_all(parts: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition on TEXT that a visit has all these parts of words."""
    return TEXT.c.visit_text.op("match")(" AND ".join(f'"{part}"' for part in parts))


@contextmanager
def planned(session: Session) -> Iterator[None]:
    """Do nothing: the statements below leave SQLite no choice of a plan."""
    yield


def has_parts(parts: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition that a visit has all these parts of words; the index answers it."""
    return Visit.rank.in_(select(TEXT.c.rowid).where(_has_all(parts)))


def find(
    session: Session, prepared: PreparedQuery, after: int | None, page: int, most: int
) -> tuple[list[int], int | None]:
    """Return the ranks of a page, newest first, and the count if it is known as well."""
    if after is not None:
        return _ranks(session, prepared, after, page), None
    ranks = _ranks(session, prepared, None, most)
    return ranks[:page], len(ranks)


def count(session: Session, prepared: PreparedQuery, most: int) -> int:
    """Return the count, at most `most`."""
    return len(_ranks(session, prepared, None, most))


def _ranks(session: Session, prepared: PreparedQuery, after: int | None, limit: int) -> list[int]:
    parts = sample.choose(sample.of(session), prepared.parts, PRICES).parts
    low, high = prepared.query.ranks
    found = (
        # The plus makes SQLite go from the index to the visit, never the other way.
        select(TEXT.c.rowid)
        .join_from(TEXT, Visit, Visit.rank == literal_column("+visit_text.rowid"))
        .where(_has_all(parts), *prepared.matching)
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

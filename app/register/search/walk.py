"""Walk visits from the newest on, in the order of an index."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.base.models import Visit
from app.register.search.prepared import PreparedQuery, every_word


def ranks(session: Session, prepared: PreparedQuery, after: int | None, limit: int) -> list[int]:
    """Return the ranks of the newest visits in scope after a rank, whatever their words."""
    found = select(Visit.rank).where(*prepared.scope).order_by(Visit.rank.desc()).limit(limit)
    if after is not None:
        found = found.where(Visit.rank < after)
    return list(session.scalars(found))


@dataclass(frozen=True)
class Seen:
    """Ranks of the visits with the words, newest first, and whether the scope was read whole."""

    ranks: list[int]
    all_of_it: bool


def newest(session: Session, prepared: PreparedQuery, bound: int) -> Seen:
    """Search the words in this many of the newest visits in scope."""
    seen = (
        select(Visit.rank, Visit.search_text)
        .where(*prepared.scope)
        .order_by(Visit.rank.desc())
        .limit(bound)
        .cte("seen")
        .prefix_with("materialized")
    )
    how_many = select(-func.count()).select_from(seen)
    found = select(seen.c.rank).where(*every_word(session, prepared.words, seen.c.search_text))
    numbers = sorted(session.scalars(how_many.union_all(found)), reverse=True)
    return Seen(ranks=numbers[:-1], all_of_it=-numbers[-1] < bound)


def until(
    session: Session, prepared: PreparedQuery, after: int | None, bound: int, limit: int
) -> list[int]:
    """Return the newest visits with the words after a rank, among this many in scope."""
    seen = (
        select(Visit.rank, Visit.search_text)
        .where(*prepared.scope)
        .order_by(Visit.rank.desc())
        .limit(bound)
    )
    if after is not None:
        seen = seen.where(Visit.rank < after)
    among = seen.subquery()
    words = every_word(session, prepared.words, among.c.search_text)
    found = select(among.c.rank).where(*words).order_by(among.c.rank.desc()).limit(limit)
    return list(session.scalars(found))

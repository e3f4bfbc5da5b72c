"""Visits one after the other from the newest on, as an index has them in order."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.base.models import Visit
from app.register.search.asked import Asked, every_word


def ranks(session: Session, asked: Asked, after: int | None, limit: int) -> list[int]:
    """The places of the newest visits in scope, whatever their words, after a place."""
    found = select(Visit.rank).where(*asked.scope).order_by(Visit.rank.desc()).limit(limit)
    if after is not None:
        found = found.where(Visit.rank < after)
    return list(session.scalars(found))


@dataclass(frozen=True)
class Seen:
    """The places of those that have the words, newest first; whether there were no others."""

    ranks: list[int]
    all_of_it: bool


def newest(session: Session, asked: Asked, bound: int) -> Seen:
    """Looks for the words in as many of the newest visits in scope."""
    seen = (
        select(Visit.rank, Visit.search_text)
        .where(*asked.scope)
        .order_by(Visit.rank.desc())
        .limit(bound)
        .cte("seen")
        .prefix_with("materialized")
    )
    how_many = select(-func.count()).select_from(seen)
    found = select(seen.c.rank).where(*every_word(session, asked.words, seen.c.search_text))
    numbers = sorted(session.scalars(how_many.union_all(found)), reverse=True)
    return Seen(ranks=numbers[:-1], all_of_it=-numbers[-1] < bound)


def until(session: Session, asked: Asked, after: int | None, bound: int, limit: int) -> list[int]:
    """The newest that have the words, after a place, among as many of the newest in scope."""
    seen = (
        select(Visit.rank, Visit.search_text)
        .where(*asked.scope)
        .order_by(Visit.rank.desc())
        .limit(bound)
    )
    if after is not None:
        seen = seen.where(Visit.rank < after)
    among = seen.subquery()
    words = every_word(session, asked.words, among.c.search_text)
    found = select(among.c.rank).where(*words).order_by(among.c.rank.desc()).limit(limit)
    return list(session.scalars(found))

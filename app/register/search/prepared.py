"""A query prepared for the database: its conditions, its words, and the parts that are indexed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func
from sqlalchemy.orm import Session

from app.base.models import Visit
from app.register.search import query as queries
from app.register.search.query import Query

#: A part of a word in the index, the same on both databases.
PART = re.compile("[a-z0-9]{3}")


def parts_of(words: Sequence[str]) -> tuple[str, ...]:
    """Return every run of three letters in the words; shorter words have none."""
    found = (word[at : at + 3] for word in words for at in range(len(word) - 2))
    return tuple(dict.fromkeys(part for part in found if PART.fullmatch(part)))


def every_word(
    session: Session, words: Sequence[str], text: ColumnElement[Any]
) -> list[ColumnElement[bool]]:
    """Return the conditions that a text has all the words; they use no index."""
    on_postgresql = session.get_bind().dialect.name == "postgresql"
    place = func.strpos if on_postgresql else func.instr
    return [place(text, word) > 0 for word in words]


@dataclass(frozen=True)
class PreparedQuery:
    """A query as conditions on visits.

    `scope`: all conditions except the words. `matching`: all conditions; the page and the file of
    a search both choose their rows by these. `parts`: the parts of the words that are indexed.
    """

    query: Query
    scope: tuple[ColumnElement[bool], ...]
    matching: tuple[ColumnElement[bool], ...]
    parts: tuple[str, ...]

    @classmethod
    def of(cls, session: Session, query: Query) -> PreparedQuery:
        """Return the conditions of a query."""
        scope = queries.conditions(session, query)
        words = every_word(session, query.words, Visit.search_text.expression)
        return cls(query, tuple(scope), (*scope, *words), parts_of(query.words))

    @property
    def words(self) -> tuple[str, ...]:
        """Return the words, all of which a visit must have."""
        return self.query.words

    @property
    def near(self) -> bool:
        """Return whether an index other than the index of words may lead to few visits."""
        days = self.query.from_on or self.query.to_on
        return bool(days or self.scattered or self.query.register_id)

    @property
    def scattered(self) -> bool:
        """Return whether the visits in scope are scattered among visits of others."""
        query = self.query
        return bool(query.entity or query.visitor or query.interest or query.state == "annulled")

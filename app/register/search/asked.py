"""A query as it is looked for: its conditions, its words, and the parts that an index knows."""

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

#: What an index of words knows of them, alike on both databases.
PART = re.compile("[a-z0-9]{3}")


def parts_of(words: Sequence[str]) -> tuple[str, ...]:
    """Every three letters in a row that the words have; none of words that are shorter."""
    found = (word[at : at + 3] for word in words for at in range(len(word) - 2))
    return tuple(dict.fromkeys(part for part in found if PART.fullmatch(part)))


def every_word(
    session: Session, words: Sequence[str], text: ColumnElement[Any]
) -> list[ColumnElement[bool]]:
    """The conditions that a text has all the words, for which no index is asked."""
    on_postgresql = session.get_bind().dialect.name == "postgresql"
    place = func.strpos if on_postgresql else func.instr
    return [place(text, word) > 0 for word in words]


@dataclass(frozen=True)
class Asked:
    """A query as conditions on visits.

    `scope`: all conditions except the words. `matching`: all conditions; the page and the file of
    a search both choose their rows by these. `parts`: what an index of words knows of the words.
    """

    query: Query
    scope: tuple[ColumnElement[bool], ...]
    matching: tuple[ColumnElement[bool], ...]
    parts: tuple[str, ...]

    @classmethod
    def of(cls, session: Session, query: Query) -> Asked:
        """Return the conditions of a query."""
        scope = queries.conditions(session, query)
        words = every_word(session, query.words, Visit.search_text.expression)
        return cls(query, tuple(scope), (*scope, *words), parts_of(query.words))

    @property
    def words(self) -> tuple[str, ...]:
        """The words, all of which a visit must have."""
        return self.query.words

    @property
    def near(self) -> bool:
        """Whether an index other than that of words leads to what may be a few visits."""
        days = self.query.from_on or self.query.to_on
        return bool(days or self.scattered or self.query.register_id)

    @property
    def scattered(self) -> bool:
        """Whether the visits in scope lie far from each other, with those of others in between."""
        asked = self.query
        return bool(asked.entity or asked.visitor or asked.interest or asked.state == "annulled")

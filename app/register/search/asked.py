"""A query as it is looked for: its conditions, its words, and the parts that an index knows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func
from sqlalchemy.orm import Session

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
    """A query, the conditions that it sets beside its words, and the parts of these."""

    query: Query
    scope: tuple[ColumnElement[bool], ...]
    parts: tuple[str, ...]

    @classmethod
    def of(cls, session: Session, query: Query) -> Asked:
        """What a query asks for."""
        return cls(query, tuple(queries.conditions(session, query)), parts_of(query.words))

    @property
    def words(self) -> tuple[str, ...]:
        """The words, all of which a visit must have."""
        return self.query.words

    @property
    def near(self) -> bool:
        """Whether an index leads to what may be a few visits without their words."""
        asked = self.query
        within = asked.entity or asked.visitor or asked.from_on or asked.to_on
        few = asked.interest or asked.state == "annulled"
        return bool(within or few or asked.register_id)

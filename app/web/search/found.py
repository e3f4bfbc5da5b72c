"""Results of the search and their groups, and who searches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CTE, CompoundSelect, Select
from sqlalchemy.orm import Session

from app.base.models import User
from app.people import access

#: Most results of a group that the page shows.
MOST = 8
#: Most results that are counted where a name may have thousands.
MOST_COUNTED = 100


def at_once(names: Select[Any] | CompoundSelect[Any]) -> CTE:
    """Return a query of names as a table of the statement that limits it.

    PostgreSQL plans it without the limit: otherwise it reads whole tables where it hopes to find
    enough rows soon. It still ends with the last row that the limit wants.
    """
    return names.cte().prefix_with("materialized", dialect="postgresql")


@dataclass(frozen=True)
class Reader:
    """The person who searches."""

    session: Session
    user: User

    def may(self, action: str, entity_id: int | None = None) -> bool:
        """Return whether the person may do this, in an entity if one is given."""
        return access.may(self.user, action, entity_id)


@dataclass(frozen=True)
class Result:
    """Something found: its text, its page ("" if the reader may open none), the text under it."""

    text: str
    url: str
    under: str = ""


@dataclass(frozen=True)
class Group:
    """Results of one kind, at most MOST of `count`.

    `counted_in_part`: whether there are more than `count`.
    `url`, `way`: the list with all of them, and its link's text; "" where no list has this filter.
    `exact`: whether the first result has exactly the code or number that was typed.
    """

    id: str
    title: str
    results: Sequence[Result]
    count: int
    url: str = ""
    way: str = ""
    exact: bool = False
    counted_in_part: bool = False

    @property
    def more(self) -> int:
        """How many results the page does not show."""
        return max(0, self.count - len(self.results))

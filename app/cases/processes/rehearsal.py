"""Rehearsals: an act is done in a transaction that is always rolled back, to see what follows.

The rehearsed act is the real one: the same diagrams, records, service tasks and mails. So what it
shows is no guess. Nothing of it stays: rows are rolled back, and no paper is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import event
from sqlalchemy.orm import Session

from app.base import db
from app.base.models.base import Numbered
from app.cases.case import Case

Row = TypeVar("Row", bound=Numbered)
#: A rehearsal that waits longer for a lock, or takes longer, is given up.
SECONDS = 5.0


@dataclass
class Rehearsal:
    """A rehearsed act. Its rows are gone when the block ends, so read them inside it."""

    case: Case
    _made: list[Any] = field(repr=False)
    _changed: list[Any] = field(repr=False)

    def made(self, model: type[Row]) -> list[Row]:
        """Return the rows of a table that the act would add, in their order."""
        return self._held(model, self._made)

    def changed(self, model: type[Row]) -> list[Row]:
        """Return the rows of a table that the act would add or change, in their order."""
        return self._held(model, [*self._made, *self._changed])

    def _held(self, model: type[Row], some: list[Any]) -> list[Row]:
        rows = {row for row in some if isinstance(row, model) and row in self.case.session}
        return sorted(rows, key=lambda row: row.id)


@contextmanager
def rehearse(do: Callable[[Session], Case]) -> Iterator[Rehearsal]:
    """Do an act in a session that is rolled back when the block ends; `do` returns its case.

    Raise what the act raises, and OperationalError if the database is too busy.
    """
    made: list[Any] = []
    changed: list[Any] = []

    def note(opened: Session, _: Any) -> None:
        made.extend(opened.new)
        changed.extend(opened.dirty)

    with db.rehearsing(SECONDS) as session:
        event.listen(session, "after_flush", note)
        case = do(session)
        session.flush()  # so that what the act did last is noted, too
        yield Rehearsal(case, made, changed)

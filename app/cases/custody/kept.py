"""What was counted of cases, kept in memory by what it was counted from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, NamedTuple, Protocol, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Dialect
from sqlalchemy.orm import Session

from app.base import calendar, db
from app.base.calendar import Calendar

Value = TypeVar("Value")


class Revised(Protocol):
    """What a case is known by: every act on it raises its revision."""

    @property
    def id(self) -> int: ...
    @property
    def revision(self) -> int: ...


class Known(NamedTuple):
    """A case of which no more was read than what it is known by."""

    id: int
    revision: int


A = TypeVar("A", bound=Revised)


class From(NamedTuple):
    """What something was counted from: while that is so, counting again would tell the same.

    By itself, only midnight in Lima adds a day.
    """

    revision: int
    today: date
    working: Calendar

    def holds(self, case: Revised, today: date, working: Calendar) -> bool:
        """Whether a case would be counted from the same now."""
        return (
            self.revision == case.revision
            and self.today == today
            and (self.working is working or self.working == working)
        )


@dataclass(frozen=True)
class Counted(Generic[Value]):
    """What came of counting a case; `of_one_moment`: no act ended while it was being read."""

    value: Value
    of_one_moment: bool = True


class Kept(Generic[Value]):
    """One thing that is counted of many cases, in each process for itself."""

    def __init__(self) -> None:
        #: By database and instance. A dialect is one per engine, whatever its sessions' options.
        self._known: WeakKeyDictionary[Dialect, dict[int, tuple[From, Value]]]
        self._known = WeakKeyDictionary()

    def of(
        self,
        session: Session,
        cases: Iterable[tuple[A, Calendar]],
        now: datetime,
        count: Callable[[Sequence[tuple[A, Calendar]]], Mapping[int, Counted[Value]]],
    ) -> dict[int, Value]:
        """The value of each case as of `now` (UTC) by its calendar; by the case's id.

        `count` is asked for those alone that this process does not know yet. What a transaction
        has changed and may still take back is counted, and not kept.
        """
        known = self._known.setdefault(session.get_bind().dialect, {})
        today = calendar.lima_day(now)
        settled = not db.has_uncommitted(session)
        found: dict[int, Value] = {}
        missing: list[tuple[A, Calendar]] = []
        for case, working in cases:
            kept = known.get(case.id) if settled else None
            if kept is not None and kept[0].holds(case, today, working):
                found[case.id] = kept[1]
            else:
                missing.append((case, working))
        counted = count(missing) if missing else {}
        for case, working in missing:
            one = counted[case.id]
            found[case.id] = one.value
            if settled and one.of_one_moment:
                known[case.id] = From(case.revision, today, working), one.value
        return found

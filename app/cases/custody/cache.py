"""A cache in memory of counts of cases, valid while their basis is the same."""

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
    """The identity of a case's state: every act on the case raises its revision."""

    @property
    def id(self) -> int: ...
    @property
    def revision(self) -> int: ...


class Revision(NamedTuple):
    """A case of which only the revision was read."""

    id: int
    revision: int


A = TypeVar("A", bound=Revised)


class Basis(NamedTuple):
    """The basis of a count: while it is the same, counting again gives the same result.

    Without an act or a change of the calendar, only midnight in Lima adds a day.
    """

    revision: int
    #: None for a count on which the present day has no influence.
    today: date | None
    working: Calendar

    def matches(self, case: Revised, today: date | None, working: Calendar) -> bool:
        """Return whether a case has the same basis now."""
        return (
            self.revision == case.revision
            and self.today == today
            and (self.working is working or self.working == working)
        )


@dataclass(frozen=True)
class Counted(Generic[Value]):
    """The result for a case. `of_one_moment`: no act ended while the case was being read."""

    value: Value
    of_one_moment: bool = True


class CaseCache(Generic[Value]):
    """The cache of one figure of many cases; each process of the server has its own.

    `grows_daily`: each working day that passes changes the figure, without any act.
    """

    def __init__(self, *, grows_daily: bool) -> None:
        self._grows_daily = grows_daily
        #: By database and instance. Each engine has one dialect, for all options of its sessions.
        self._known: WeakKeyDictionary[Dialect, dict[int, tuple[Basis, Value]]]
        self._known = WeakKeyDictionary()

    def of(
        self,
        session: Session,
        cases: Iterable[tuple[A, Calendar]],
        now: datetime,
        count: Callable[[Sequence[tuple[A, Calendar]]], Mapping[int, Counted[Value]]],
    ) -> dict[int, Value]:
        """Return the value of each case as of `now` (UTC) by its calendar, by the case's id.

        `count` is called for the cases that are not in the cache. Uncommitted changes are counted
        and not cached.
        """
        known = self._known.setdefault(session.get_bind().dialect, {})
        today = calendar.lima_day(now) if self._grows_daily else None
        settled = not db.has_uncommitted(session)
        found: dict[int, Value] = {}
        missing: list[tuple[A, Calendar]] = []
        for case, working in cases:
            cached = known.get(case.id) if settled else None
            if cached is not None and cached[0].matches(case, today, working):
                found[case.id] = cached[1]
            else:
                missing.append((case, working))
        counted = count(missing) if missing else {}
        for case, working in missing:
            one = counted[case.id]
            found[case.id] = one.value
            if settled and one.of_one_moment:
                known[case.id] = Basis(case.revision, today, working), one.value
        return found

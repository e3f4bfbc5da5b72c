"""Working days by stage and party, counted from intervals."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any, NamedTuple, Protocol, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.calendar import Calendar
from app.base.db.membership import among
from app.base.models import Holding, ProcessInstance
from app.cases.custody.cache import CaseCache, Counted, Revised, Revision
from app.cases.custody.hands import PARTIES, on_clock


class Interval(NamedTuple):
    """The time that a party holds a case in one stage, from a moment up to the next."""

    stage: str
    party: str
    since_at: datetime
    until_at: datetime


@dataclass(frozen=True)
class Clocks:
    """Working days of a case by stage and party. The parts sum up to the total.

    Immutable: it is shared by all that read the same case.
    """

    #: Stage → party (of PARTIES) → working days; the stages in the order of their first interval,
    #: without validated ones. A party without a day in a stage is left out.
    stages: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    #: The working days for which the current party has held it without a break.
    held: int = 0
    #: Stage → the day (Lima) on which its last interval ended or, if it runs, today; validated
    #: stages too.
    until: Mapping[str, date] = field(default_factory=dict)

    @property
    def parties(self) -> dict[str, int]:
        """Working days over all stages by party: each of PARTIES, in their order."""
        days = dict.fromkeys(PARTIES, 0)
        for of_stage in self.stages.values():
            for party, count in of_stage.items():
                days[party] += count
        return days

    @cached_property
    def total(self) -> int:
        """The working days that ended since the start, without those in validated stages."""
        return sum(sum(of_stage.values()) for of_stage in self.stages.values())


class Past(NamedTuple):
    """What was counted of a case up to its present interval, the one that grows."""

    clocks: Clocks
    #: The party of the last interval that counts; "" without one, and after a validated stage.
    holder: str = ""
    #: The present interval, None after the end; and the stages that were validated.
    current: Interval | None = None
    validated: Collection[str] = ()
    #: No act ended while the case was being read.
    of_one_moment: bool = True

    def until(self, now: datetime, working: Calendar) -> Clocks:
        """Return the clocks as of `now` (UTC)."""
        if self.current is None:
            return self.clocks
        present = self.current._replace(until_at=max(self.current.since_at, now))
        return _counted([present], working, self.validated, self).clocks


NOTHING = Past(Clocks())


def clocks(
    intervals: Iterable[Interval], working: Calendar, validated: Collection[str] = ()
) -> Clocks:
    """Count the working days of consecutive intervals, each for the party that holds its end.

    Validated stages count for no party, neither before nor after their validation.
    """
    return _counted(intervals, working, validated).clocks


def _counted(
    intervals: Iterable[Interval],
    working: Calendar,
    validated: Collection[str],
    past: Past = NOTHING,
) -> Past:
    """Count intervals that follow on what was counted before."""
    stages = {stage: dict(days) for stage, days in past.clocks.stages.items()}
    until = dict(past.clocks.until)
    holder, held = past.holder, past.clocks.held
    for stage, party, since_at, until_at in intervals:
        until[stage] = calendar.lima_day(until_at)
        if stage in validated:
            holder, held = "", 0
            continue
        days = working.ended_between(since_at, until_at)
        held = days + (held if party == holder else 0)
        holder = party
        of_stage = stages.setdefault(stage, {})
        if days:
            of_stage[on_clock(party)] = of_stage.get(on_clock(party), 0) + days
    return Past(Clocks(stages, held, until), holder)


# Of cases -------------------------------------------------------------------------------------


class Case(Revised, Protocol):
    """The columns of an onboarding that its clocks need: an instance, or a row with these."""

    @property
    def stage(self) -> str: ...
    @property
    def holder(self) -> str: ...
    @property
    def holder_since_at(self) -> datetime | None: ...
    @property
    def validated(self) -> Mapping[str, object]: ...


R = TypeVar("R", bound=Revised)

_CACHE: CaseCache[Clocks] = CaseCache(grows_daily=True)
_PAST: CaseCache[Past] = CaseCache(grows_daily=False)

#: The columns of a Case.
CASES = select(
    ProcessInstance.id,
    ProcessInstance.revision,
    ProcessInstance.stage,
    ProcessInstance.holder,
    ProcessInstance.holder_since_at,
    ProcessInstance.validated,
)

PAST = select(
    Holding.instance_id, Holding.stage, Holding.party, Holding.since_at, Holding.until_at
).order_by(Holding.instance_id, Holding.since_at, Holding.id)


def clocks_of(
    session: Session, rows: Collection[ProcessInstance], now: datetime
) -> dict[int, Clocks]:
    """Return the clocks of onboardings as of `now` (UTC) by id, by their entities' calendars."""
    cases = [(row, calendar.calendar_of(session, row.entity)) for row in rows]
    return clocks_by(session, cases, now)


def clocks_by(
    session: Session, cases: Iterable[tuple[Case, Calendar]], now: datetime
) -> dict[int, Clocks]:
    """Return the clocks of onboardings as of `now` (UTC) by id, each by the given calendar.

    One statement at most, for the cases that this process has not counted yet.
    """
    return _grown(session, cases, now, lambda missing: _count(session, missing, now))


def clocks_of_known(
    session: Session, known: Iterable[tuple[Revision, Calendar]], now: datetime
) -> dict[int, Clocks]:
    """Return the same for onboardings of which only the revision was read.

    Two statements at most, for the cases that this process has not counted yet.
    """

    def count(missing: Sequence[tuple[Revision, Calendar]]) -> dict[int, Counted[Past]]:
        working = {case.id: its_calendar for case, its_calendar in missing}
        rows = session.execute(CASES.where(among(ProcessInstance.id, working))).all()
        return _count(session, [(row, working[row.id]) for row in rows], now)

    return _grown(session, known, now, count)


def _grown(
    session: Session,
    cases: Iterable[tuple[R, Calendar]],
    now: datetime,
    count: Callable[[Sequence[tuple[R, Calendar]]], dict[int, Counted[Past]]],
) -> dict[int, Clocks]:
    """Return the clocks of cases: on a new day only their present intervals are counted."""

    def grow(missing: Sequence[tuple[R, Calendar]]) -> dict[int, Counted[Clocks]]:
        past = _PAST.of(session, missing, now, count)
        return {
            case.id: Counted(past[case.id].until(now, working), past[case.id].of_one_moment)
            for case, working in missing
        }

    return _CACHE.of(session, cases, now, grow)


def _count(
    session: Session, cases: Collection[tuple[Case | Any, Calendar]], now: datetime
) -> dict[int, Counted[Past]]:
    courses = intervals(session, [case for case, _ in cases], now)
    found: dict[int, Counted[Past]] = {}
    for case, working in cases:
        course = courses[case.id]
        of_one_moment = _is_of_one_moment(course)
        current = course.pop() if case.holder and case.holder_since_at is not None else None
        past = _counted(course, working, case.validated)._replace(
            current=current,
            validated=case.validated,
            of_one_moment=of_one_moment,
        )
        found[case.id] = Counted(past, of_one_moment)
    return found


def intervals(
    session: Session, cases: Collection[Case], now: datetime
) -> dict[int, list[Interval]]:
    """Return the intervals of each case in order, by its id; the current one ends at `now` (UTC).

    One statement, for any number of cases.
    """
    found: dict[int, list[Interval]] = {case.id: [] for case in cases}
    for one in session.execute(PAST.where(among(Holding.instance_id, found))):
        found[one.instance_id].append(Interval(*one[1:]))
    for case in cases:
        since = case.holder_since_at
        if case.holder and since is not None:
            found[case.id].append(Interval(case.stage, case.holder, since, max(since, now)))
    return found


def _is_of_one_moment(course: Sequence[Interval]) -> bool:
    """Return whether no act ended between reading a case and reading its past: there is no gap."""
    return len(course) < 2 or course[-2].until_at == course[-1].since_at

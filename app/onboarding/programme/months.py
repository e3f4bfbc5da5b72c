"""Month against month, and the onboardings that ended against the calendar of the diagrams.

No norm sets a day by which an entity must end. The diagrams say in how many working days each stage
is overdue (the timers `<stage>_overdue`): the sum over the stages that were not validated, from the
day of the start, is the planned end of an onboarding (`Path.planned_on`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain

from app.base.formatting import MONTHS
from app.onboarding.entity_list.query import EntityQuery
from app.onboarding.programme.cases import CANCELLED, OUT_OF_SCOPE, Path

#: The number of months shown, with the current one: the same month of last year is the first.
SHOWN = 13
#: Most months after the current one for which the planned ends are shown.
MOST_AHEAD = 12


@dataclass(frozen=True)
class Month:
    """What happened in a month (Lima), and up to its end; of the current month, up to today."""

    first: date
    began: int
    #: Stages that entities completed themselves.
    stages: int
    ended: int
    #: Up to the end of the month: onboardings that ended, and those whose planned end came. Neither
    #: counts those that were cancelled or do not apply.
    ended_so_far: int
    planned_so_far: int

    @property
    def key(self) -> str:
        """The month in a URL, as 2026-03."""
        return f"{self.first:%Y-%m}"

    @property
    def name(self) -> str:
        """The month in words."""
        return f"{MONTHS[self.first.month - 1]} de {self.first.year}"

    @property
    def began_url(self) -> str:
        """The URL of the list of entities that began in the month."""
        return EntityQuery({"iniciada": self.key}).address()

    @property
    def ended_url(self) -> str:
        """The URL of the list of entities that ended in the month."""
        return EntityQuery({"terminada": self.key}).address()


@dataclass(frozen=True)
class Ahead:
    """A month after the current one, and the onboardings whose planned end comes up to its end."""

    first: date
    planned_so_far: int

    @property
    def name(self) -> str:
        """The month in words."""
        return f"{MONTHS[self.first.month - 1]} de {self.first.year}"


@dataclass(frozen=True)
class Compared:
    """The current month up to today, and the month before up to the same day."""

    until: date
    now: tuple[int, int, int]
    before: tuple[int, int, int]


def months(begun: Sequence[Path], today: date) -> list[Month]:
    """Return the last months, the newest first."""
    began, stages, ends = _events(begun)
    by_month = [Counter(map(_month, one)) for one in (began, stages, ends)]
    plans = _plans(begun)
    found = []
    for first in _firsts(today):
        last = min(next_month(first) - timedelta(days=1), today)
        counts = [counted[first] for counted in by_month]
        so_far = [sum(on <= last for on in days) for days in (ends, plans)]
        found.append(Month(first, *counts, *so_far))
    return found


def ahead(begun: Sequence[Path], today: date) -> list[Ahead]:
    """Return the next months, the nearest first, up to that of the last planned end."""
    plans, first = _plans(begun), next_month(today.replace(day=1))
    found: list[Ahead] = []
    while len(found) < MOST_AHEAD and any(on >= first for on in plans):
        after = next_month(first)
        found.append(Ahead(first, sum(on < after for on in plans)))
        first = after
    return found


def compared(begun: Sequence[Path], today: date) -> Compared:
    """Return this month against the one before: begun, stages completed, ended."""
    first = today.replace(day=1)
    former = (first - timedelta(days=1)).replace(day=1)
    until = min(former + timedelta(days=today.day - 1), first - timedelta(days=1))

    def count(since: date, last: date) -> tuple[int, int, int]:
        began, stages, ends = (sum(since <= on <= last for on in all_) for all_ in _events(begun))
        return began, stages, ends

    return Compared(until, count(first, today), count(former, until))


def _events(begun: Sequence[Path]) -> tuple[list[date], list[date], list[date]]:
    """Return the days on which a path began, a stage was completed, a path ended."""
    return (
        [one.started_on for one in begun],
        [finish.on for finish in chain.from_iterable(one.finishes for one in begun)],
        [one.done_on for one in begun if one.done_on],
    )


def _plans(begun: Sequence[Path]) -> list[date]:
    """Return the planned ends, without cases that were cancelled or do not apply."""
    return [one.planned_on for one in begun if one.place not in (CANCELLED, OUT_OF_SCOPE)]


def _month(day: date) -> date:
    return day.replace(day=1)


def next_month(first: date) -> date:
    """Return the first day of the month after one that `first` begins."""
    return (first + timedelta(days=31)).replace(day=1)


def _firsts(today: date) -> Iterator[date]:
    """Yield the first days of the months shown, the newest first."""
    first = today.replace(day=1)
    for _ in range(SHOWN):
        yield first
        first = (first - timedelta(days=1)).replace(day=1)

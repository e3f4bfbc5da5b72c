"""The queue of planned events in virtual time, and the clock that follows it."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from random import Random

from app.base import calendar
from app.base.calendar import Calendar

Happening = Callable[[], None]

OPENS, CLOSES = time(8, 15), time(17, 15)


class Agenda:
    """The clock of the demo and its planned events; at one moment, first planned goes first."""

    def __init__(self, begins: datetime) -> None:
        self.moment = begins
        self._heap: list[tuple[datetime, int, Happening]] = []
        self._planned = 0

    def __call__(self) -> datetime:
        """Return the current moment: the agenda is a clock for `calendar.use_clock`."""
        return self.moment

    def plan(self, at: datetime, happening: Happening) -> None:
        """Plan an event at a moment; one in the past happens now."""
        self._planned += 1
        heapq.heappush(self._heap, (max(at, self.moment), self._planned, happening))

    def until(self, end: datetime) -> Iterator[Happening]:
        """Run the events up to a moment, each at its moment; then set the clock there."""
        while self._heap and self._heap[0][0] <= end:
            self.moment, _, happening = heapq.heappop(self._heap)
            yield happening
        self.moment = end


def at_work(day: date, random: Random) -> datetime:
    """Return a random moment within the office hours of a day."""
    minutes = (CLOSES.hour - OPENS.hour) * 60
    opens = datetime.combine(day, OPENS, calendar.LIMA)
    return opens + timedelta(minutes=random.randint(0, minutes), seconds=random.randint(0, 59))


def days_on(days: Calendar, now: datetime, count: int, random: Random) -> datetime:
    """Return a moment of office hours that many working days on; 0 is later today, or tomorrow."""
    if count <= 0:
        soon = now + timedelta(minutes=random.randint(10, 150))
        local = soon.astimezone(calendar.LIMA)
        if days.works(local.date()) and OPENS <= local.time() <= CLOSES:
            return soon
        count = 1
    day = calendar.lima_day(now)
    for _ in range(count):
        day = days.on_or_after(day + timedelta(days=1))
    return at_work(day, random)


def share_of(
    days: Calendar, now: datetime, due_at: datetime, pace: tuple[float, float], random: Random
) -> datetime:
    """Return when a person of that pace answers a task that opens now and is due then."""
    term = max(days.days_left(due_at, now), 1)
    return days_on(days, now, int(term * random.uniform(*pace)), random)

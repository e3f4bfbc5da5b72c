"""Working days of Peru, deadlines, and the clock.

A term of N working days does not count the day of arrival; day 1 is the next working day, and it
ends at 23:59:59 in Lima of day N (TUO of Ley 27444, arts. 144 and 145). A deadline is therefore
kept as the first instant *after* its last day: midnight in Lima.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.config import BadSetting
from app.models import Entity, NonWorkingDay

LIMA = ZoneInfo("America/Lima")
#: How many times faster than the real one a clock of a drill may run.
FASTEST = 100_000


# The clock ------------------------------------------------------------------------------------


def _real_now() -> datetime:
    return datetime.now(UTC)


_now: Callable[[], datetime] = _real_now


def now() -> datetime:
    """This moment, in UTC: the only place where the product asks what time it is."""
    return _now()


def use_clock(clock: Callable[[], datetime] | None) -> Callable[[], datetime]:
    """Replaces the clock (a demo, a drill, a test) and returns the one that went before.

    None puts the real one back.
    """
    global _now
    before, _now = _now, clock or _real_now
    return before


def clock_from_environment(setting: str | None = None) -> Callable[[], datetime] | None:
    """The clock that `ZAGUAN_CLOCK` asks for: `START[*PACE]`, e.g. `2026-03-02T08:00-05:00*60`.

    `ZAGUAN_CLOCK_ORIGIN` (UTC, ISO) is the real moment at which START was true, so that several
    processes share one virtual time; it defaults to this process's start. None when unset.
    Raises BadSetting.
    """
    setting = os.environ.get("ZAGUAN_CLOCK", "") if setting is None else setting
    if not setting:
        return None
    start_text, _, pace_text = setting.partition("*")
    try:
        start = datetime.fromisoformat(start_text)
        pace = float(pace_text or 1)
        origin_text = os.environ.get("ZAGUAN_CLOCK_ORIGIN", "")
        origin = datetime.fromisoformat(origin_text) if origin_text else _real_now()
    except ValueError as fault:
        raise BadSetting(f"ZAGUAN_CLOCK: takes 2026-03-02T08:00-05:00*60 ({fault})") from None
    zoned = start.tzinfo is not None and origin.tzinfo is not None
    if not (zoned and 2000 <= start.year < 2100 and 0 < pace <= FASTEST):
        raise BadSetting(
            "ZAGUAN_CLOCK: takes a moment of this century with its zone, and a pace above 0, "
            f"up to {FASTEST:,}"
        )
    return lambda: (start + (_real_now() - origin) * pace).astimezone(UTC)


def lima_day(moment: datetime) -> date:
    """The day on which a moment falls in Lima."""
    return moment.astimezone(LIMA).date()


def today() -> date:
    """The day in Lima."""
    return lima_day(now())


def midnight(day: date) -> datetime:
    """The first instant of a day in Lima, as UTC."""
    return datetime.combine(day, time.min, LIMA).astimezone(UTC)


def end_of(day: date) -> datetime:
    """The first instant after a day in Lima, as UTC: what a deadline on that day is kept as."""
    return midnight(day + timedelta(days=1))


def last_day(due_at: datetime) -> date:
    """The last day of a deadline kept as the first instant after it."""
    return lima_day(due_at - timedelta(microseconds=1))


# Working days ---------------------------------------------------------------------------------


@cache
def _national_holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("PE", years=year))


@dataclass(frozen=True)
class Calendar:
    """The days on which an entity does not work, beside weekends and national holidays."""

    decreed: frozenset[date] = frozenset()

    def works(self, day: date) -> bool:
        """Whether it is a working day."""
        return (
            day.weekday() < 5
            and day not in self.decreed
            and day not in _national_holidays(day.year)
        )

    def on_or_after(self, day: date) -> date:
        """The day itself if it is a working day, else the next one."""
        while not self.works(day):
            day += timedelta(days=1)
        return day

    def add(self, day: date, working_days: int) -> date:
        """The last day of a term of N working days that arrives on `day`.

        What arrives on a non-working day arrived on the next working day. N = 0 is that day.
        """
        day = self.on_or_after(day)
        while working_days > 0:
            day = self.on_or_after(day + timedelta(days=1))
            working_days -= 1
        return day

    def between(self, start: date, end: date) -> int:
        """How many working days lie after `start` up to and including `end`; negative if before."""
        if end < start:
            return -self.between(end, start)
        span = (start + timedelta(days=n) for n in range(1, (end - start).days + 1))
        return sum(1 for day in span if self.works(day))

    def deadline(self, arrival: datetime, working_days: int) -> datetime:
        """The first instant after the last day of a term that starts with `arrival`."""
        return end_of(self.add(lima_day(arrival), working_days))

    def days_left(self, due_at: datetime, at: datetime) -> int:
        """Working days from a moment to a deadline: 0 on its last day, negative when late."""
        return self.between(lima_day(at), last_day(due_at))


DECREED = select(NonWorkingDay.on, NonWorkingDay.scope, NonWorkingDay.place)


def calendar_of(session: Session, entity: Entity | None) -> Calendar:
    """The calendar of an entity: the nation's days, its region's and its own."""
    rows = session.info.get("non_working_days")
    if rows is None:
        rows = session.info["non_working_days"] = session.execute(DECREED).all()
    places = {"": ""} if entity is None else {"region": entity.department, "entity": entity.code}
    return Calendar(
        frozenset(
            row.on for row in rows if row.scope == "national" or places.get(row.scope) == row.place
        )
    )

"""The working days of Peru, and the days of an entity's own.

A term of N working days does not count the day that starts it; it ends at 23:59:59 in Lima of
the N-th working day after that (TUO of Ley 27444, arts. 144 and 145). A deadline is therefore kept
as the first instant *after* its last day: midnight in Lima.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache, cached_property, lru_cache
from itertools import accumulate
from typing import Protocol

import holidays
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base.calendar.clock import LIMA, at_hour, end_of, last_day, lima_day
from app.base.models import Entity, NonWorkingDay

#: The years whose working days are known; terms outside of them are mistakes.
YEARS = range(2015, 2061)
FIRST_DAY = date(YEARS[0], 1, 1).toordinal()
LAST_DAY = date(YEARS[-1], 12, 31).toordinal()
#: Mails of the ladder are sent from the first to the second hour in Lima, on working days.
SENDING_HOURS = (time(8), time(18))


@cache
def national_holidays(year: int) -> dict[date, str]:
    """Return the national holidays of a year with Spanish names, from the package `holidays`."""
    return dict(holidays.country_holidays("PE", years=year, language="es"))


@cache
def _working_days() -> tuple[date, ...]:
    """Return every day of YEARS that is neither weekend nor national holiday."""
    span = map(date.fromordinal, range(FIRST_DAY, LAST_DAY + 1))
    return tuple(d for d in span if d.weekday() < 5 and d not in national_holidays(d.year))


@lru_cache(maxsize=512)  # one set of decreed days per region, and per entity that has its own
def _working_days_without(decreed: frozenset[date]) -> tuple[date, ...]:
    return tuple(day for day in _working_days() if day not in decreed)


@lru_cache(maxsize=512)
def _counts_without(decreed: frozenset[date]) -> array[int]:
    """Return for each day of YEARS how many working days there are up to and including it."""
    works = bytearray(LAST_DAY - FIRST_DAY + 1)
    for day in _working_days_without(decreed):
        works[day.toordinal() - FIRST_DAY] = 1
    return array("i", accumulate(works))


@dataclass(frozen=True)
class Calendar:
    """The days on which an entity does not work, besides weekends and national holidays."""

    decreed: frozenset[date] = frozenset()

    @cached_property
    def _days(self) -> tuple[date, ...]:
        return _working_days_without(self.decreed)

    @cached_property
    def _counts(self) -> array[int]:
        return _counts_without(self.decreed)

    def _up_to(self, ordinal: int) -> int:
        """Return the number of working days up to and including a day (`date.toordinal`)."""
        if ordinal < FIRST_DAY:
            return 0
        return self._counts[min(ordinal, LAST_DAY) - FIRST_DAY]

    def works(self, day: date) -> bool:
        """Return whether it is a working day."""
        place = bisect_left(self._days, day)
        return place < len(self._days) and self._days[place] == day

    def on_or_after(self, day: date) -> date:
        """Return the day itself if it is a working day, otherwise the next working day."""
        return self._days[bisect_left(self._days, day)]

    def before(self, day: date) -> date:
        """Return the last working day before a day."""
        return self._days[bisect_left(self._days, day) - 1]

    def add(self, day: date, working_days: int) -> date:
        """Return the N-th working day after `day`, which does not count; N = 0 is the day itself.

        Raises IndexError outside of YEARS.
        """
        if working_days < 1:
            return day
        return self._days[bisect_right(self._days, day) + working_days - 1]

    def between(self, start: date, end: date) -> int:
        """Return the working days after `start` up to and including `end`; negative if before."""
        return self._up_to(end.toordinal()) - self._up_to(start.toordinal())

    def counted_on(self, moment: datetime, cut_off: time = time.max) -> date:
        """Return the day on which a presentation or notification at a moment counts as received.

        Any hour of a working day up to the cut-off counts as that day; later, or on a day off, as
        the next working day (Ley 31465).
        """
        local = moment.astimezone(LIMA)
        late = local.time().replace(second=0, microsecond=0) > cut_off
        return self.on_or_after(local.date() + timedelta(days=late))

    def deadline(self, arrival: datetime, working_days: int) -> datetime:
        """Return the first instant after the last day of a term that starts with `arrival`."""
        return end_of(self.add(lima_day(arrival), working_days))

    def days_left(self, due_at: datetime, at: datetime) -> int:
        """Return the working days to a deadline: 0 on its last day, negative if late."""
        return self.between(lima_day(at), last_day(due_at))

    def ended_between(self, since: datetime, until: datetime) -> int:
        """Return how many working days ended (at midnight in Lima) after `since`, up to `until`."""
        last, first = until.astimezone(LIMA).toordinal(), since.astimezone(LIMA).toordinal()
        return self._up_to(last - 1) - self._up_to(first - 1)

    def next_sending(self, moment: datetime) -> datetime:
        """Return the moment itself within the hours of sending, otherwise their next beginning."""
        first, last = SENDING_HOURS
        local = moment.astimezone(LIMA)
        if not self.works(local.date()) or local.time() >= last:
            return at_hour(self.add(local.date(), 1), first)
        return max(moment, at_hour(local.date(), first))


class Decreed(Protocol):
    """A decreed day of the table, or one that may be added to it."""

    @property
    def on(self) -> date: ...
    @property
    def scope(self) -> str: ...
    @property
    def place(self) -> str: ...
    @property
    def norm(self) -> str: ...


DECREED = select(NonWorkingDay.on, NonWorkingDay.scope, NonWorkingDay.place, NonWorkingDay.norm)
_KNOWN, _CALENDARS, _LOCKED = "non_working_days", "calendars", "non_working_days_kept"


class Calendars:
    """The calendars by a table of decreed days: each is made once, and most places share one."""

    def __init__(self, decreed: Sequence[Decreed]) -> None:
        self._decreed = decreed
        self._own = {(row.scope, row.place) for row in decreed}
        self._made: dict[tuple[str, str], Calendar] = {}

    def of(self, entity: Entity) -> Calendar:
        """Return an entity's calendar."""
        return self.at(entity.department, entity.code)

    def at(self, region: str, code: str) -> Calendar:
        """Return the calendar of an entity by its region and its code."""
        key = (
            region if ("region", region) in self._own else "",
            code if ("entity", code) in self._own else "",
        )
        if key not in self._made:
            places = {"national": "", "region": region, "entity": code}
            self._made[key] = _calendar(
                frozenset(day.on for day in self._decreed if places.get(day.scope) == day.place)
            )
        return self._made[key]


@lru_cache(maxsize=512)
def _calendar(decreed: frozenset[date]) -> Calendar:
    """Return one object for the same days, so that caches can compare by identity."""
    return Calendar(decreed)


def calendar_of(session: Session, entity: Entity | None) -> Calendar:
    """Return the calendar of an entity: the nation's days, its region's and its own.

    With None, return the calendar of the PCM, which has the nation's days only.
    """
    known = calendars(session)
    return known.at("", "") if entity is None else known.of(entity)


def calendars(session: Session) -> Calendars:
    """Return the calendars of all, by the table as this session has read it."""
    known: Calendars | None = session.info.get(_CALENDARS)
    if known is None:
        known = session.info[_CALENDARS] = Calendars(decreed_everywhere(session))
    return known


def decreed_days(session: Session, entity: Entity | None) -> dict[date, str]:
    """Return the decreed days that hold for an entity, each with its norm."""
    return days_for(decreed_everywhere(session), entity)


def days_for(decreed: Iterable[Decreed], entity: Entity | None) -> dict[date, str]:
    """Return the days of `decreed` that hold for an entity, each with its norm."""
    places = {"": ""} if entity is None else {"region": entity.department, "entity": entity.code}
    return {
        row.on: row.norm
        for row in decreed
        if row.scope == "national" or places.get(row.scope) == row.place
    }


def decreed_everywhere(session: Session) -> Sequence[Decreed]:
    """Return the whole table, read once per session."""
    rows = session.info.get(_KNOWN)
    if rows is None:
        rows = session.info[_KNOWN] = session.execute(DECREED).all()
    found: Sequence[Decreed] = rows
    return found


def forget_decreed_days(session: Session) -> None:
    """Discard what a session knows of the table, so that it reads the changed table."""
    session.info.pop(_KNOWN, None)
    session.info.pop(_CALENDARS, None)


# Acts and changes of the table ------------------------------------------------------------------
#
# A date that an act computes on the old calendar while the table changes would never be moved.
# So a change waits for the acts under way, and acts wait for it; readers do not wait. On
# SQLite writers wait for each other anyway.


def keep(session: Session) -> None:
    """Lock the table against changes until the transaction ends; call it before other locks."""
    transaction = session.get_transaction()
    if transaction is None or session.info.get(_LOCKED) is not transaction:
        _lock(session, "row share")


def begin_change(session: Session) -> None:
    """Keep other transactions from computing dates with the table until this one ends."""
    _lock(session, "exclusive")
    forget_decreed_days(session)


def _lock(session: Session, mode: str) -> None:
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"lock table non_working_day in {mode} mode")
        forget_decreed_days(session)  # it may have changed while this waited
    session.info[_LOCKED] = session.get_transaction()

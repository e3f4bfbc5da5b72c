"""The working days of Peru, and the days of an entity's own.

A term of N working days does not count the day that starts it; it ends at 23:59:59 in Lima of
the N-th working day after that (TUO of Ley 27444, arts. 144 and 145). A deadline is therefore kept
as the first instant *after* its last day: midnight in Lima.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache
from typing import Protocol

import holidays
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.calendar.clock import LIMA, at_hour, end_of, last_day, lima_day
from app.models import Entity, NonWorkingDay

#: The years whose working days are known; terms outside of them are mistakes.
YEARS = range(2015, 2061)
#: Mails of the ladder are sent from the first to the second hour in Lima, on working days.
SENDING_HOURS = (time(8), time(18))


@cache
def national_holidays(year: int) -> dict[date, str]:
    """The national holidays of a year with their Spanish names, from the package `holidays`."""
    return dict(holidays.country_holidays("PE", years=year, language="es"))


@cache
def _working_days() -> tuple[date, ...]:
    """Every day of YEARS that is neither weekend nor national holiday."""
    first, last = date(YEARS[0], 1, 1), date(YEARS[-1], 12, 31)
    span = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return tuple(d for d in span if d.weekday() < 5 and d not in national_holidays(d.year))


@lru_cache(maxsize=512)  # one set of decreed days per region, and per entity that has its own
def _working_days_without(decreed: frozenset[date]) -> tuple[date, ...]:
    return tuple(day for day in _working_days() if day not in decreed)


@dataclass(frozen=True)
class Calendar:
    """The days on which an entity does not work, beside weekends and national holidays."""

    decreed: frozenset[date] = frozenset()

    @property
    def _days(self) -> tuple[date, ...]:
        return _working_days_without(self.decreed)

    def works(self, day: date) -> bool:
        """Whether it is a working day."""
        place = bisect_left(self._days, day)
        return place < len(self._days) and self._days[place] == day

    def on_or_after(self, day: date) -> date:
        """The day itself if it is a working day, else the next one."""
        return self._days[bisect_left(self._days, day)]

    def before(self, day: date) -> date:
        """The last working day before a day."""
        return self._days[bisect_left(self._days, day) - 1]

    def add(self, day: date, working_days: int) -> date:
        """The N-th working day after `day`, which does not count; N = 0 is the day itself.

        Raises IndexError outside of YEARS.
        """
        if working_days < 1:
            return day
        return self._days[bisect_right(self._days, day) + working_days - 1]

    def between(self, start: date, end: date) -> int:
        """How many working days lie after `start` up to and including `end`; negative if before."""
        return bisect_right(self._days, end) - bisect_right(self._days, start)

    def counted_on(self, moment: datetime, cut_off: time = time.max) -> date:
        """The day on which what is presented or notified at a moment counts as having come.

        Any hour of a working day up to the cut-off counts as that day; later, or on a day off, as
        the next working day (Ley 31465).
        """
        local = moment.astimezone(LIMA)
        late = local.time().replace(second=0, microsecond=0) > cut_off
        return self.on_or_after(local.date() + timedelta(days=late))

    def deadline(self, arrival: datetime, working_days: int) -> datetime:
        """The first instant after the last day of a term that starts with `arrival`."""
        return end_of(self.add(lima_day(arrival), working_days))

    def days_left(self, due_at: datetime, at: datetime) -> int:
        """Working days from a moment to a deadline: 0 on its last day, negative when late."""
        return self.between(lima_day(at), last_day(due_at))

    def ended_between(self, since: datetime, until: datetime) -> int:
        """How many working days ended (at midnight in Lima) after `since`, up to `until`."""
        day = timedelta(days=1)
        return self.between(lima_day(since) - day, lima_day(until) - day)

    def next_sending(self, moment: datetime) -> datetime:
        """The moment itself within the hours of sending of a working day, else when they begin."""
        first, last = SENDING_HOURS
        local = moment.astimezone(LIMA)
        if not self.works(local.date()) or local.time() >= last:
            return at_hour(self.add(local.date(), 1), first)
        return max(moment, at_hour(local.date(), first))


class Decreed(Protocol):
    """A decreed day, as the table has it or as it may come to have it."""

    @property
    def on(self) -> date: ...
    @property
    def scope(self) -> str: ...
    @property
    def place(self) -> str: ...
    @property
    def norm(self) -> str: ...


DECREED = select(NonWorkingDay.on, NonWorkingDay.scope, NonWorkingDay.place, NonWorkingDay.norm)
_KNOWN, _KEPT = "non_working_days", "non_working_days_kept"
_CALENDARS, _OWN_DAYS = "calendars", "entities_with_own_days"


def calendar_of(session: Session, entity: Entity | None) -> Calendar:
    """The calendar of an entity: the nation's days, its region's and its own.

    With None, the nation's alone: that of the PCM.
    """
    if entity is None:
        return calendar_at(session, "", "")
    return calendar_at(session, entity.department, entity.code)


def calendar_at(session: Session, department: str, code: str) -> Calendar:
    """The calendar of the entity of a code in a department; the same days are the same object."""
    made: dict[tuple[str, str], Calendar] = session.info.setdefault(_CALENDARS, {})
    decreed = decreed_everywhere(session)
    own = session.info.get(_OWN_DAYS)
    if own is None:
        own = session.info[_OWN_DAYS] = {row.place for row in decreed if row.scope == "entity"}
    key = department, code if code in own else ""
    if key not in made:
        places = {"region": department, "entity": code}
        days = (
            row.on for row in decreed if row.scope == "national" or row.place == places[row.scope]
        )
        made[key] = _calendar(frozenset(days))
    return made[key]


@lru_cache(maxsize=512)
def _calendar(decreed: frozenset[date]) -> Calendar:
    return Calendar(decreed)


def decreed_days(session: Session, entity: Entity | None) -> dict[date, str]:
    """The decreed days that hold for an entity, each with its norm."""
    return days_for(decreed_everywhere(session), entity)


def days_for(decreed: Iterable[Decreed], entity: Entity | None) -> dict[date, str]:
    """Those of some decreed days that hold for an entity, each with its norm."""
    places = {"": ""} if entity is None else {"region": entity.department, "entity": entity.code}
    return {
        row.on: row.norm
        for row in decreed
        if row.scope == "national" or places.get(row.scope) == row.place
    }


def decreed_everywhere(session: Session) -> Sequence[Decreed]:
    """The whole table, read once per session."""
    rows = session.info.get(_KNOWN)
    if rows is None:
        rows = session.info[_KNOWN] = session.execute(DECREED).all()
    found: Sequence[Decreed] = rows
    return found


def forget_decreed_days(session: Session) -> None:
    """Lets a session read the table anew, after it was changed."""
    for key in (_KNOWN, _CALENDARS, _OWN_DAYS):
        session.info.pop(key, None)


# Acts and changes of the table ------------------------------------------------------------------
#
# A date that an act computes on the old calendar while the table changes would never be moved.
# So a change waits for the acts under way, and acts wait for it; whoever only reads does not. On
# SQLite writers wait for each other anyway.


def keep(session: Session) -> None:
    """Keeps the table as it is until the transaction ends; before anything else is locked."""
    transaction = session.get_transaction()
    if transaction is None or session.info.get(_KEPT) is not transaction:
        _lock(session, "row share")


def begin_change(session: Session) -> None:
    """Lets nobody else read dates off the table to write them, until the transaction ends."""
    _lock(session, "exclusive")
    forget_decreed_days(session)


def _lock(session: Session, mode: str) -> None:
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"lock table non_working_day in {mode} mode")
        forget_decreed_days(session)  # it may have changed while this waited
    session.info[_KEPT] = session.get_transaction()

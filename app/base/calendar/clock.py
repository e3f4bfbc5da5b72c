"""The clock: the only place where the product asks what time it is, and what day it is in Lima."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.base.config import BadSetting

LIMA = ZoneInfo("America/Lima")
#: How many times faster than the real one a clock of a drill may run.
FASTEST = 100_000


def _real_now() -> datetime:
    return datetime.now(UTC)


_now: Callable[[], datetime] = _real_now


def now() -> datetime:
    """Return this moment, in UTC."""
    return _now()


def use_clock(clock: Callable[[], datetime] | None) -> Callable[[], datetime]:
    """Replace the clock (a demo, a drill, a test) and return the previous one.

    None restores the real clock.
    """
    global _now
    before, _now = _now, clock or _real_now
    return before


def clock_from_environment(setting: str | None = None) -> Callable[[], datetime] | None:
    """Return the clock of `ZAGUAN_CLOCK`: `START[*PACE]`, e.g. `2026-03-02T08:00-05:00*60`.

    `ZAGUAN_CLOCK_ORIGIN` (UTC, ISO) is the real moment at which START was true, so that several
    processes share one virtual time; it defaults to this process's start. None when unset.
    Raises BadSetting.
    """
    start, pace = _start_and_pace(setting)
    if start is None:
        return None
    try:
        origin_text = os.environ.get("ZAGUAN_CLOCK_ORIGIN", "")
        origin = datetime.fromisoformat(origin_text) if origin_text else _real_now()
    except ValueError as fault:
        raise BadSetting(f"ZAGUAN_CLOCK_ORIGIN: takes a moment with its zone ({fault})") from None
    if origin.tzinfo is None:
        raise BadSetting("ZAGUAN_CLOCK_ORIGIN: takes a moment with its zone")
    began = start
    return lambda: (began + (_real_now() - origin) * pace).astimezone(UTC)


def pace_from_environment(setting: str | None = None) -> float:
    """Return how many times faster than real time the clock of `ZAGUAN_CLOCK` runs; 1 when unset.

    Raises BadSetting.
    """
    return _start_and_pace(setting)[1]


def _start_and_pace(setting: str | None) -> tuple[datetime | None, float]:
    setting = os.environ.get("ZAGUAN_CLOCK", "") if setting is None else setting
    if not setting:
        return None, 1.0
    start_text, _, pace_text = setting.partition("*")
    try:
        start, pace = datetime.fromisoformat(start_text), float(pace_text or 1)
    except ValueError as fault:
        raise BadSetting(f"ZAGUAN_CLOCK: takes 2026-03-02T08:00-05:00*60 ({fault})") from None
    if not (start.tzinfo is not None and 2000 <= start.year < 2100 and 0 < pace <= FASTEST):
        raise BadSetting(
            "ZAGUAN_CLOCK: takes a moment of this century with its zone, and a pace above 0, "
            f"up to {FASTEST:,}"
        )
    return start, pace


def lima_day(moment: datetime) -> date:
    """Return the day on which a moment falls in Lima."""
    return moment.astimezone(LIMA).date()


def today() -> date:
    """Return the day in Lima."""
    return lima_day(now())


def midnight(day: date) -> datetime:
    """Return the first instant of a day in Lima, as UTC."""
    return at_hour(day, time.min)


def at_hour(day: date, hour: time) -> datetime:
    """Return a day and an hour in Lima, as UTC."""
    return datetime.combine(day, hour, LIMA).astimezone(UTC)


def end_of(day: date) -> datetime:
    """Return the first instant after a day in Lima, as UTC: the stored form of its deadlines."""
    return midnight(day + timedelta(days=1))


def last_day(due_at: datetime) -> date:
    """Return the last day of a deadline kept as the first instant after it."""
    return lima_day(due_at - timedelta(microseconds=1))

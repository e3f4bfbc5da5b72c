"""The calendar: the clock, Lima's days, Peru's working days, and terms with their reasons."""

from app.calendar.clock import (
    LIMA,
    at_hour,
    clock_from_environment,
    end_of,
    last_day,
    lima_day,
    midnight,
    now,
    pace_from_environment,
    today,
    use_clock,
)
from app.calendar.terms import Term, due_at
from app.calendar.working_days import (
    SENDING_HOURS,
    Calendar,
    calendar_of,
    decreed_days,
    forget_decreed_days,
    national_holidays,
)

__all__ = [
    "LIMA",
    "SENDING_HOURS",
    "Calendar",
    "Term",
    "at_hour",
    "calendar_of",
    "clock_from_environment",
    "decreed_days",
    "due_at",
    "end_of",
    "forget_decreed_days",
    "last_day",
    "lima_day",
    "midnight",
    "national_holidays",
    "now",
    "pace_from_environment",
    "today",
    "use_clock",
]

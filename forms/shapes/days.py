"""Days that steps ask for: ahead, behind, working ones.

Steps know weekends and national holidays alone. Days that a decree adds for the public sector,
and regional ones, are rows of the application: it counts terms, a step only keeps somebody from
choosing a day on which nobody works.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import holidays
from wtforms.validators import StopValidation

from forms.fields.dates import LIMA, in_words

WEEKDAYS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")


@cache
def _national_holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("PE", years=year))


def works(day: date) -> bool:
    """Whether a day is neither of a weekend nor a national holiday."""
    return day.weekday() < 5 and day not in _national_holidays(day.year)


def working_day(after: date, count: int = 1) -> date:
    """The `count`-th working day after a day."""
    day = after
    while count > 0:
        day += timedelta(days=1)
        count -= works(day)
    return day


def spoken(at: str) -> str:
    """A moment (ISO text) as people say it in Lima: miércoles 5 de agosto de 2026, 10:00."""
    local = datetime.fromisoformat(at).astimezone(LIMA)
    return f"{WEEKDAYS[local.weekday()]} {in_words(local.date())}, {local:%H:%M}"


def lima_day(at: str) -> date:
    """The day in Lima of a moment (ISO text)."""
    return datetime.fromisoformat(at).astimezone(LIMA).date()


def words_of(day: str) -> str:
    """A day (ISO text) in words, "" when there is none."""
    return in_words(date.fromisoformat(day)) if day else ""


def ahead_fault(label: str, day: date, today: date, most: int) -> str:
    """What is wrong with a day that must lie ahead, `most` calendar days away at the most."""
    if day <= today:
        return f"{label}: elige un día a partir de mañana, {in_words(today + timedelta(days=1))}."
    if day > today + timedelta(days=most):
        last = in_words(today + timedelta(days=most))
        return f"{label}: elige un día hasta el {last}; revisa el año."
    return ""


def past_fault(label: str, day: date, today: date, since: date | None = None) -> str:
    """What is wrong with a day that has come already, and not before `since`."""
    if day > today:
        return f"{label}: ese día todavía no llega. Escribe uno hasta hoy, {in_words(today)}."
    first = since or today - timedelta(days=3650)
    if day < first:
        return f"{label}: escribe un día desde el {in_words(first)}."
    return ""


def past(form: Any, field: Any) -> None:
    """The rule of a day field of a step that must be today or before."""
    fault = past_fault(field.label.text, field.data, form.today) if field.data else ""
    if fault:
        raise StopValidation(fault)

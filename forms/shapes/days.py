"""Days in steps: future, past, working days.

Steps know weekends and national holidays. Days that a decree adds for the public sector, regional
ones and those of an entity are rows of the application, which passes them as the record `days_off`
to the steps that plan a day.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import holidays
from wtforms.validators import StopValidation

from forms.fields.choices import ChecksField
from forms.fields.dates import LIMA, in_words
from forms.fields.rules import add_error

#: Calendar days after which a change is registered late.
LONG_AGO = 31
WEEKDAYS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")


#: ISO text of a day → why the entity does not work then: the record `days_off`.
DaysOff = Mapping[str, str] | None


@cache
def _national_holidays(year: int) -> Mapping[date, str]:
    return dict(holidays.country_holidays("PE", years=year, language="es"))


def reason_off(day: date, days_off: DaysOff = None) -> str:
    """Return why a day is non-working: its holiday, norm or weekday; "" if it is working."""
    named = _national_holidays(day.year).get(day) or (days_off or {}).get(day.isoformat(), "")
    return named or (WEEKDAYS[day.weekday()] if day.weekday() > 4 else "")


def works(day: date, days_off: DaysOff = None) -> bool:
    """Return whether a day is a working day."""
    return not reason_off(day, days_off)


def off_fault(day: date, days_off: DaysOff = None) -> str:
    """Return what is wrong with a day that must be a working day."""
    why = reason_off(day, days_off)
    return f"El {in_words(day)} no es día hábil ({why}). Elige otro día." if why else ""


def working_day(after: date, count: int = 1, days_off: DaysOff = None) -> date:
    """Return the `count`-th working day after a day."""
    day = after
    while count > 0:
        day += timedelta(days=1)
        count -= works(day, days_off)
    return day


def on_purpose_field() -> ChecksField:
    """Return the field that confirms a non-working day; its form must call `offer_on_purpose`.

    The field is named `on_purpose`. Its value is the day, so that another day needs a new
    confirmation.
    """
    return ChecksField("La fecha no es un día hábil")


def offer_on_purpose(form: Any, day: date | None, days_off: DaysOff) -> None:
    """Make a form ask whether a non-working day is intended, or remove the question."""
    why = reason_off(day, days_off) if day else ""
    if day is None or not why:
        del form["on_purpose"]
        return
    field, value = form["on_purpose"], day.isoformat()
    field.choices = [(value, f"Sí, es a propósito el {weekday_words(day)} ({why})")]
    field.data = [one for one in field.data or () if one == value]


def check_on_purpose(form: Any, field: Any) -> None:
    """Reject the non-working day in `field` until the form's reader confirms it."""
    if "on_purpose" in form and not form["on_purpose"].data:
        add_error(
            field,
            f"El {weekday_words(field.data)} no es día hábil. Cambia la fecha, o marca que es a "
            "propósito.",
        )


def weekday_words(day: date) -> str:
    """Return a day with its weekday: jueves 8 de octubre de 2026."""
    return f"{WEEKDAYS[day.weekday()]} {in_words(day)}"


def moment_words(at: str) -> str:
    """Return a moment (ISO text) in Lima in words: miércoles 5 de agosto de 2026, 10:00."""
    local = datetime.fromisoformat(at).astimezone(LIMA)
    return f"{WEEKDAYS[local.weekday()]} {in_words(local.date())}, {local:%H:%M}"


def lima_day(at: str) -> date:
    """Return the day in Lima of a moment (ISO text)."""
    return datetime.fromisoformat(at).astimezone(LIMA).date()


def words_of(day: str) -> str:
    """Return a day (ISO text) in words, "" if there is none."""
    return in_words(date.fromisoformat(day)) if day else ""


def ahead_fault(label: str, day: date, today: date, most: int) -> str:
    """Return what is wrong with a day that must be 1 to `most` calendar days ahead."""
    if day <= today:
        return f"{label}: elige un día a partir de mañana, {in_words(today + timedelta(days=1))}."
    if day > today + timedelta(days=most):
        last = in_words(today + timedelta(days=most))
        return f"{label}: elige un día hasta el {last}; revisa el año."
    return ""


def past_fault(label: str, day: date, today: date, since: date | None = None) -> str:
    """Return what is wrong with a day that must be past or today, and not before `since`."""
    if day > today:
        return f"{label}: ese día todavía no llega. Escribe uno hasta hoy, {in_words(today)}."
    first = since or today - timedelta(days=3650)
    if day < first:
        return f"{label}: escribe un día desde el {in_words(first)}."
    return ""


def past(form: Any, field: Any) -> None:
    """Validate a day field: today or before."""
    fault = past_fault(field.label.text, field.data, form.today) if field.data else ""
    if fault:
        raise StopValidation(fault)

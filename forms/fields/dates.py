"""Fields for days, times and moments, as people in Peru write them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from wtforms import Field, FormField
from wtforms.widgets import TextInput

from forms.fields.rules import CheckedForm, CompositeField, StepField, add_error, holds

LIMA = ZoneInfo("America/Lima")
MONTHS = (
    "enero febrero marzo abril mayo junio julio agosto setiembre octubre noviembre diciembre"
).split()
DATE_FAULT = "Escribe la fecha como día/mes/año, por ejemplo 05/08/2026."
TIME_FAULT = "Escribe la hora de 00:00 a 23:59, por ejemplo 15:30."


def read_date(text: str) -> date:
    """Return a day written d/m/aaaa, d/m/aa (also with - or .) or aaaa-mm-dd.

    Raises ValueError when it is no day between 1900 and 2100.
    """
    text = text.strip()
    if found := re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", text):
        year, month, day = map(int, found.groups())
    elif found := re.fullmatch(r"([0-9]{1,2})([/.\-])([0-9]{1,2})\2([0-9]{2}|[0-9]{4})", text):
        day, month, year = int(found[1]), int(found[3]), int(found[4])
        year += 0 if len(found[4]) == 4 else 1900 if year > 69 else 2000
    else:
        raise ValueError(text)
    if not 1900 <= year <= 2100:
        raise ValueError(text)
    return date(year, month, day)


def read_time(text: str) -> time:
    """Return a time of day written H:MM, HH:MM or HH:MM:SS. Raises ValueError."""
    found = re.fullmatch(r"([0-9]{1,2})[:.]([0-9]{2})(?::[0-9]{2})?", text.strip())
    if not found:
        raise ValueError(text)
    return time(int(found[1]), int(found[2]))


def write_date(value: Any) -> str:
    """Return a day (a date or its ISO text) as dd/mm/aaaa; other text stays unchanged."""
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value)
        except ValueError:
            return str(value)
    return f"{value:%d/%m/%Y}"


def write_time(value: Any) -> str:
    """Return a time (or its text) as HH:MM."""
    return value if isinstance(value, str) else f"{value:%H:%M}"


def in_words(day: date) -> str:
    """Return a day as pages write it: 5 de agosto de 2026."""
    return f"{day.day} de {MONTHS[day.month - 1]} de {day.year}"


def moment_of(on: date, at: time) -> datetime:
    """Return the moment (aware, UTC) of a day and a time in Lima."""
    return datetime.combine(on, at, LIMA).astimezone(UTC)


class TypedField(StepField, Field):
    """A value typed in one text input.

    `read` parses the text and raises ValueError; `write` formats a value.
    """

    widget = TextInput()
    kind = "text"
    fault = ""
    read: Callable[[str], Any]
    write: Callable[[Any], str]

    def as_pairs(self, value: Any) -> list[tuple[str, str]]:
        """Return a plain value as stored in the draft (see `forms.drafts`)."""
        return [] if value in (None, "") else [(self.name, self.write(value))]

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data in (None, "") else self.write(self.data)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Parse what was typed; a value that cannot be read leaves None and the fault."""
        self.data = None
        if not valuelist or not str(valuelist[0]).strip():
            return
        try:
            self.data = self.read(str(valuelist[0]))
        except ValueError:
            raise ValueError(f"{self.label.text}: {self.fault}") from None


class DateField(TypedField):
    """A day: `data` is a date or None, `iso` its ISO text or ""."""

    kind = "date"
    fault = DATE_FAULT
    read = staticmethod(read_date)
    write = staticmethod(write_date)

    @property
    def iso(self) -> str:
        """The day as stored in records."""
        return self.data.isoformat() if self.data else ""


class TimeField(TypedField):
    """A time of day, 24 h: `data` is a time or None, `iso` its text HH:MM or ""."""

    kind = "time"
    fault = TIME_FAULT
    read = staticmethod(read_time)
    write = staticmethod(write_time)

    @property
    def iso(self) -> str:
        """The time as stored in records."""
        return f"{self.data:%H:%M}" if self.data else ""


class Moment(CheckedForm):
    """A day and a time in Lima."""

    date = DateField("Fecha", hint="Día/mes/año")
    time = TimeField("Hora", hint="De 00:00 a 23:59")


class MomentField(CompositeField, FormField):
    """A day and a time in Lima: `moment` is an aware datetime in UTC or None, `iso` its text.

    The parts are named `<field>-date` and `<field>-time`; an error of the whole is shown at the
    day.
    """

    kind = "group"

    def __init__(self, label: str | None = None, **kwargs: Any) -> None:
        super().__init__(Moment, label, **kwargs)

    def validate(self, form: Any, extra_validators: Any = ()) -> bool:
        """Validate both parts or, when the field is optional, accept neither."""
        good = bool(super().validate(form, extra_validators))
        day, hour = self.form["date"], self.form["time"]
        if not good or (day.data and hour.data):
            return good
        if day.data and not hour.data:
            add_error(hour, f"{self.label.text}: escribe también la hora.")
        elif hour.data:
            add_error(day, f"{self.label.text}: escribe también la fecha.")
        elif self.needed and holds(self.when, form):
            add_error(day, self.needed)
        return not self.form.errors

    def as_pairs(self, value: Any) -> list[tuple[str, str]]:
        """Return the pairs of an ISO text, an aware datetime, or {"date": …, "time": …}."""
        if not value:
            return []
        if isinstance(value, str):
            value = datetime.fromisoformat(value)
        if isinstance(value, datetime):
            local = value.astimezone(LIMA)
            value = {"date": local.date(), "time": local.time()}
        return [pair for name, part in value.items() for pair in self.form[name].as_pairs(part)]

    @property
    def moment(self) -> datetime | None:
        """The moment, aware and in UTC."""
        day, hour = self.form["date"].data, self.form["time"].data
        return moment_of(day, hour) if day and hour else None

    @property
    def iso(self) -> str:
        """The moment as stored in records."""
        return self.moment.isoformat() if self.moment else ""

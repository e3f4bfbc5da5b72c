"""Formats of dates, sizes, numbers and states in Spanish, the same on pages, mails and papers."""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any

#: Peru has no daylight saving time, so Lima is an offset and no time zone data is needed.
LIMA = timezone(timedelta(hours=-5), "America/Lima")

MONTHS = (
    "enero febrero marzo abril mayo junio julio agosto setiembre octubre noviembre diciembre"
).split()
WEEKDAYS = "lunes martes miércoles jueves viernes sábado domingo".split()

#: States of a stage, a step or a filing: their names on screen, by id.
STATES = {
    "not_yet": "Todavía no corresponde",
    "pending": "Pendiente",
    "draft": "En curso",
    "filed": "Presentado",
    "in_review": "En revisión",
    "observed": "Observado",
    "corrected": "Subsanado",
    "accepted": "Conforme",
    "not_presented": "No presentado",
    "lapsed": "Venció el plazo",
    "out_of_scope": "No corresponde",
    "validated": "Convalidado",
    "awaiting_date": "En espera de fecha",
    "suspended": "Suspendido",
    "cancelled": "Anulado",
}

#: Kinds of entities: their names on pages and papers, by how the catalogue writes them.
ENTITY_KINDS = {
    "ministerio": "Ministerio",
    "organismo": "Organismo público",
    "universidad": "Universidad",
    "gobierno_regional": "Gobierno regional",
    "regional_otro": "Otra entidad regional",
    "municipalidad_provincial": "Municipalidad provincial",
    "municipalidad_distrital": "Municipalidad distrital",
    "local_otro": "Otra entidad local",
}

Day = date | datetime | str | None

NO_BREAK = "\N{NO-BREAK SPACE}"


def entity_kind(kind: str) -> str:
    """Return the name of a kind of entity; an unknown one as it is, without underscores."""
    return ENTITY_KINDS.get(kind, kind.replace("_", " ").capitalize())


def iso(value: Any) -> Any:
    """Return a date or a moment as ISO text, any other value as it is."""
    return value.isoformat() if isinstance(value, date) else value


def local(value: date | datetime | str) -> date | datetime:
    """Return a date as it is, a moment in Lima; ISO text is parsed. Naive moments count as UTC."""
    if isinstance(value, str):
        value = date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(LIMA)
    return value


def day(value: Day) -> str:
    """Return `5 de agosto de 2026`; an empty text for None."""
    if not value:
        return ""
    on = local(value)
    return f"{on.day} de {MONTHS[on.month - 1]} de {on.year}"


def weekday(value: Day) -> str:
    """Return `miércoles 5 de agosto de 2026`."""
    return f"{WEEKDAYS[local(value).weekday()]} {day(value)}" if value else ""


def short_day(value: Day) -> str:
    """Return `05/08/2026`, for dense tables."""
    return f"{local(value):%d/%m/%Y}" if value else ""


def hour(value: time | datetime | str | None) -> str:
    """Return `14:30`, in Lima."""
    if not value:
        return ""
    if isinstance(value, str):
        value = time.fromisoformat(value) if len(value) <= 8 else datetime.fromisoformat(value)
    return f"{local(value) if isinstance(value, datetime) else value:%H:%M}"


def moment(value: datetime | str | None) -> str:
    """Return `5 de agosto de 2026, 14:30`, in Lima."""
    return f"{day(value)}, {hour(value)}" if value else ""


def short_moment(value: datetime | str | None) -> str:
    """Return `05/08/2026, 14:30`, in Lima, for dense tables."""
    return f"{short_day(value)}, {hour(value)}" if value else ""


def last_day(due_at: datetime | str | None) -> str:
    """Return the last day of a term stored as the first instant after it: `5 de agosto de 2026`."""
    if not due_at:
        return ""
    ended = datetime.fromisoformat(due_at) if isinstance(due_at, str) else due_at
    return day(ended - timedelta(seconds=1))


def number(value: int) -> str:
    """Return `950`, `5000`, `12 500`: a space between thousands from five digits on."""
    text = f"{value:,}".replace(",", NO_BREAK)
    return str(value) if abs(value) < 10_000 else text


def plural(count: int, one: str, many: str) -> str:
    """Return `1 fila`, `12 500 filas`."""
    return f"{number(count)}{NO_BREAK}{one if count == 1 else many}"


def lasted(count: int) -> str:
    """Return how long something has lasted: `3 días hábiles`, `menos de un día hábil`."""
    return plural(count, "día hábil", "días hábiles") if count else "menos de un día hábil"


def size(count: int | None) -> str:
    """Return a file's size, from bytes: `640 kB`, `2.4 MB` (a point for decimals, as in Peru)."""
    if count is None:
        return ""
    if count < 1_000_000:
        return f"{max(1, round(count / 1000))}{NO_BREAK}kB"
    return f"{count / 1_000_000:.1f}{NO_BREAK}MB"


def masked(document: str, number: str) -> str:
    """Return `DNI *****678`: kind and last three digits, the rest hidden, its length kept."""
    shown = number[-3:] if len(number) > 3 else ""
    return f"{document} {'*' * (len(number) - len(shown))}{shown}"


def masked_phone(number: str) -> str:
    """Return `******678`: a telephone as the log keeps it, with only its last three digits."""
    return masked("", number).strip()


def due(working_days: int | None) -> str:
    """Return how far a due date is: from working days left (0: its last day; negative: late)."""
    if working_days is None:
        return ""
    if working_days == 0:
        return "vence hoy"
    amount = plural(abs(working_days), "día hábil", "días hábiles")
    return f"vence en {amount}" if working_days > 0 else f"{amount} de atraso"


def state(value: str) -> str:
    """Return a state's name on screen, by id; a name stays as it is."""
    return STATES.get(value, value)


def listed(items: list[str]) -> str:
    """Return `uno, dos y tres`; `e` before the sound i."""
    if len(items) < 2:
        return "".join(items)
    last = items[-1].lower()
    sounds_i = last.startswith(("i", "í", "hi", "hí")) and not last.startswith(("hie", "ie"))
    return f"{', '.join(items[:-1])} {'e' if sounds_i else 'y'} {items[-1]}"


def plain(text: str) -> str:
    """Return text as searches compare it: lower case, without accents, single spaces."""
    letters = text.casefold()
    if not letters.isascii():
        decomposed = unicodedata.normalize("NFD", letters)
        letters = "".join([one for one in decomposed if not unicodedata.combining(one)])
    return " ".join(letters.split())

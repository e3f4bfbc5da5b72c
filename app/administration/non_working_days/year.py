"""A year as its page shows it: its days off with their reasons, and its months."""

from __future__ import annotations

import calendar as gregorian
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.calendar import Calendar, Decreed
from app.base.formatting import MONTHS, WEEKDAYS
from app.base.models import Entity, NonWorkingDay

#: The name of a day off, in one word, by its kind (which is a class name of the page).
KINDS = {
    "holiday": "feriado",
    "national": "no laborable",
    "place": "no laborable en algún lugar",
    "weekend": "",
}


@dataclass(frozen=True)
class DayOff:
    """A holiday (without a row of the table), or a decreed day."""

    on: date
    kind: str
    what: str
    where: str
    norm: str = ""
    id: int | None = None

    @property
    def name(self) -> str:
        """`lunes 27 de julio`, under the heading of its year."""
        return f"{WEEKDAYS[self.on.weekday()]} {self.on.day} de {MONTHS[self.on.month - 1]}"


def days_off(session: Session, year: int) -> list[DayOff]:
    """Return the holidays and decreed days of a year, in order."""
    query = select(NonWorkingDay).where(
        NonWorkingDay.on.between(date(year, 1, 1), date(year, 12, 31))
    )
    rows = session.scalars(query).all()
    entities = entities_of(session, rows)
    found = [
        DayOff(on, "holiday", f"Feriado nacional: {name}", "Todo el país")
        for on, name in calendar.national_holidays(year).items()
    ]
    for row in rows:
        kind = "national" if row.scope == "national" else "place"
        where = where_of(row, entities.get(row.place))
        found.append(DayOff(row.on, kind, "Día no laborable", where, row.norm, row.id))
    return sorted(found, key=lambda day: (day.on, day.kind, day.where))


def entities_of(session: Session, rows: Iterable[Decreed]) -> dict[str, Entity]:
    """Return the entities that decreed days are of, by code."""
    codes = {row.place for row in rows if row.scope == "entity"}
    found = session.scalars(select(Entity).where(Entity.code.in_(codes)))
    return {entity.code: entity for entity in found}


def where_of(day: Decreed, entity: Entity | None = None) -> str:
    """Return where a decreed day holds, in words."""
    if day.scope == "region":
        return f"Región {day.place}"
    if day.scope == "entity":
        return f"{entity.name} ({entity.code})" if entity else f"Entidad {day.place}"
    return "Todo el país"


def working_days(days: Iterable[DayOff], year: int) -> int:
    """Return how many working days a year has without the days of single regions and entities."""
    nation = Calendar(frozenset(day.on for day in days if day.kind == "national"))
    return nation.between(date(year - 1, 12, 31), date(year, 12, 31))


@dataclass(frozen=True)
class Cell:
    """A day of a month's sheet; `number` is 0 for days of other months."""

    number: int
    kind: str = ""

    @property
    def word(self) -> str:
        """The kind of the day in words, for users who cannot see its mark."""
        return KINDS.get(self.kind, "")


def months(days: Iterable[DayOff], year: int) -> list[tuple[str, Sequence[Sequence[Cell]]]]:
    """Return the twelve months, each a name and its weeks from Monday to Sunday."""
    kinds: dict[date, str] = {}
    for day in days:
        if day.kind != "place" or day.on not in kinds:
            kinds[day.on] = day.kind
    return [
        (
            name,
            [week_of(week, year, number, kinds) for week in gregorian.monthcalendar(year, number)],
        )
        for number, name in enumerate(MONTHS, start=1)
    ]


def week_of(week: Iterable[int], year: int, month: int, kinds: dict[date, str]) -> list[Cell]:
    """Return a week of a month's sheet."""
    return [
        Cell(day, kinds.get(date(year, month, day), "weekend" if place > 4 else ""))
        if day
        else Cell(0)
        for place, day in enumerate(week)
    ]

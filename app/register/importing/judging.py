"""Turns each row of a file into a visit, or a reason why it is none. Knows no database."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from app.base import calendar
from app.register.facts.declared import DECLARED, IMPORTED, LIMITS
from app.register.importing import joining, parts
from app.register.importing.reading import Line
from forms.fields.identifiers import plain
from forms.fields.tables import Cell

FIRST_DAY = date(2005, 1, 1)
LONGEST_CELL = 5000
#: Different texts of a column that are cached; files repeat them.
REMEMBERED = 20_000
#: Words that do not distinguish names of entities.
SMALL = frozenset("de del la el los las y e -".split())


#: States of a visit that was taken back, by `plain`.
ANNULLED = frozenset(["anulada", "anulado", "suprimida", "suprimido"])
ONE_DAY = timedelta(days=1)

#: Cells whose texts are published as they are.
OPEN = frozenset(column.cell for column in IMPORTED if column.public)
#: Facts that are the text of their cell: name → cell.
TEXTS = {
    fact.name: fact.imported.cell for fact in DECLARED if fact.imported and fact.imported.as_text
}


@dataclass(slots=True)
class Judged:
    """A judged row: its number, its visit (None if it is not one), and its remarks.

    `visit` has all facts except those that the register adds: `official_id`, `norm_version`,
    `audience`, `source`, `submission`.
    """

    number: int
    visit: dict[str, Any] | None = None
    codes: list[str] = field(default_factory=list)
    #: The code of a visit of this installation that the row names; "" for none.
    code: str = ""


@dataclass(frozen=True)
class Own:
    """The names of the entity of the register."""

    name: str
    acronym: str
    ruc: str

    def is_meant(self, ruc: str, name: str) -> bool:
        """Return whether a row is of this entity: by its RUC, otherwise by its name or acronym."""
        if ruc and self.ruc:
            return ruc == self.ruc
        if not name:
            return True
        mine = {_words(self.name), _words(self.acronym)} - {frozenset()}
        return any(_words(part) in mine for part in (name, *parts.DASH.split(name)))


def _words(name: str) -> frozenset[str]:
    return frozenset(plain(name).replace(".", " ").replace(",", " ").split()) - SMALL


class Judge:
    """Judges the rows of one file. `public_names`: entities of the catalogue, by `plain`."""

    def __init__(self, own: Own, now: datetime, public_names: Container[str]) -> None:
        self.now = now
        self.today = calendar.lima_day(now)
        self.is_meant = _remembering(own.is_meant)
        self.text = _remembering(parts.text_of)
        self.open = _remembering(parts.without_numbers)
        self.day = _remembering(parts.day_of)
        self.hour = _remembering(parts.hour_of)
        self.official = _remembering(parts.official_of)
        self.motive = _remembering(parts.motive_of)
        self.observation = _remembering(parts.observation_of)
        self.represented = _remembering(lambda text: parts.represented(text, public_names))

    def judge(self, line: Line) -> Judged:
        """Judge a row."""
        return _Row(self, line).judged()

    def day_of_visit(self, line: Line) -> date | None:
        """Return the day of a row; None where `judge` finds no visit. Cheaper than `judge`."""
        found = _Row(self, line).essentials()
        return found.day if found else None


def _remembering(function: Callable[..., Any]) -> Callable[..., Any]:
    return lru_cache(REMEMBERED, typed=True)(function)


@dataclass(frozen=True, slots=True)
class _Essentials:
    """The values that decide whether a row is a visit."""

    day: date
    entry_at: datetime | None
    exit_at: datetime | None
    visitor: str
    official: dict[str, str]


class _Row:
    """One row while it is judged."""

    def __init__(self, judge: Judge, line: Line) -> None:
        self.judge = judge
        self.cells = joining.joined(line.cells)
        self.row = Judged(line.number, code=joining.code_of(line.cells))

    def judged(self) -> Judged:
        """Return the visit with its remarks, or the reason why there is none."""
        found = self.essentials()
        if found is None:
            return self.row
        if found.visitor.startswith(("=", "+", "-", "@")):
            self.row.codes.append("formula")
        self.row.visit = {
            "visit_on": found.day,
            "entry_at": found.entry_at,
            "exit_at": found.exit_at,
            "exit_state": "left" if found.exit_at else "unknown",
            "visitor_name": found.visitor,
            **found.official,
            **self._document(),
            **self._represented(),
            **self._motive(),
            "site": "",
            **{name: self._fitting(name, self._text(cell)) for name, cell in TEXTS.items()},
            "observation": self._said(*self.judge.observation(self._text("observation"))),
            "group_code": "",
        }
        recorded_at = self._recorded_at(found.day)
        if recorded_at:
            self.row.visit["recorded_at"] = recorded_at
        self.row.codes = list(dict.fromkeys(self.row.codes))
        return self.row

    def essentials(self) -> _Essentials | None:
        """Return what makes a row a visit; None if it is none, with the reason as its only code."""
        if refusal := self._refusal():
            self.row.codes = [refusal]
            return None
        day = self.judge.day(self.cells["visit_on"])
        entry_at, exit_at = self._moments(day)
        if entry_at and entry_at > self.judge.now:
            self.row.codes = ["entry_ahead"]
            return None
        visitor, official = self._text("visitor"), self._official()
        if len(visitor) > LIMITS["visitor_name"] or (
            len(official["official_name"]) > LIMITS["official_name"]
        ):
            self.row.codes = ["name_long"]
            return None
        return _Essentials(day, entry_at, exit_at, visitor, official)

    def _refusal(self) -> str:
        cells, judge = self.cells, self.judge
        if any(isinstance(cell, str) and len(cell) > LONGEST_CELL for cell in cells.values()):
            return "too_long"
        if not judge.is_meant(self._text("entity_ruc"), self._text("entity")):
            return "other_entity"
        if plain(self._text("state")) in ANNULLED:
            return "annulled"
        if not any(map(str.isalpha, self._text("visitor"))):
            return "no_visitor"
        if "visit_on" not in cells:
            return "no_day"
        day = judge.day(cells["visit_on"])
        if day is None:
            return "day_unread"
        if day < FIRST_DAY:
            return "day_early"
        return "day_ahead" if day > judge.today else ""

    def _text(self, name: str) -> str:
        """Return a cell as text; "" where it is blank."""
        cell = self.cells.get(name)
        if cell is None:
            return ""
        text = self._said(*self.judge.text(cell))
        if parts.is_blank(text):
            return ""
        text = parts.unguarded(text)
        return self._said(*self.judge.open(text)) if name in OPEN else text

    def _said(self, value: Any, code: str) -> Any:
        """Store a remark, and return the value."""
        if code:
            self.row.codes.append(code)
        return value

    def _fitting(self, name: str, text: str) -> str:
        fitted: str = self._said(*parts.fitting(name, text))
        return fitted

    def _moments(self, day: date) -> tuple[datetime | None, datetime | None]:
        """Return entry and exit, which may be past midnight; None for an impossible one."""
        entry, exit_hour = self._hour("entry"), self._hour("exit")
        entry_at = _moment(day, entry)
        stated = parts.day_in(self.cells.get("exit"))
        if exit_hour and stated and stated > day + ONE_DAY:
            return entry_at, self._said(None, "exit_days_later")
        exit_at = _moment(day + ONE_DAY if stated == day + ONE_DAY else day, exit_hour)
        before = exit_at and entry_at and exit_at < entry_at
        if before or (exit_hour and stated and FIRST_DAY <= stated < day):
            return entry_at, self._said(None, "exit_early")
        if exit_at and exit_at > self.judge.now:
            return entry_at, self._said(None, "exit_ahead")
        return entry_at, exit_at

    def _hour(self, name: str) -> time | None:
        cell: Cell = self.cells.get(name)
        if cell is None or (isinstance(cell, str) and parts.is_blank(cell.strip())):
            return self._said(None, f"no_{name}")  # type: ignore[no-any-return]
        hour: time | None = self.judge.hour(cell)
        return hour if hour is not None else self._said(None, f"{name}_unread")

    def _official(self) -> dict[str, str]:
        name, unit, post = self.judge.official(self._text("official"))
        if not name:
            self.row.codes.append("no_official")
        return {
            "official_name": name,
            "official_unit": self._fitting("official_unit", self._text("unit") or unit),
            "official_post": self._fitting("official_post", self._text("post") or post),
        }

    def _document(self) -> dict[str, str]:
        kind, number = self._said(*parts.document_of(self._text("document")))
        return {"document_type": kind, "document_number": number}

    def _represented(self) -> dict[str, str]:
        text = self._text("visitor_entity")
        (apart, ruc), code = parts.ruc_apart(text)
        own_ruc = joining.ruc_of(self.cells)
        if ruc and self.judge.represented(apart)[0][1]:
            text = self._said(apart, code)
        else:  # the number is all that it says
            ruc = ""
        kind, name = self._said(*self.judge.represented(text))
        name = self._said(*self.judge.open(name))
        return {
            "visitor_kind": kind,
            "visitor_entity": self._fitting("visitor_entity", name),
            "visitor_entity_ruc": ruc or (own_ruc if kind != "self" else ""),
        }

    def _motive(self) -> dict[str, Any]:
        category, detail = self._said(*self.judge.motive(self._text("motive")))
        return {
            "category": category,
            "motive": self._fitting("motive", detail),
            "interest": category == "interests",
        }

    def _recorded_at(self, day: date) -> datetime | None:
        """Return when the file says that it was registered: midnight where it has only the day."""
        cell = self.cells.get("recorded_on")
        if cell is None:
            return None
        on: date | None = self.judge.day(cell)
        at = _moment(on, parts.hour_in(cell) or time()) if on else None
        if on is None or at is None or on < day or at > self.judge.now:
            return self._said(None, "recorded_unread")  # type: ignore[no-any-return]
        return at


def _moment(day: date, hour: time | None) -> datetime | None:
    return None if hour is None else datetime.combine(day, hour, calendar.LIMA)

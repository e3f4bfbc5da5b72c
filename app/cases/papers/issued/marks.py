"""The number and the date that a paper shows, before it is issued."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import current_app

from app.base import calendar
from app.base.models import IssuedPaper
from app.cases import records
from app.cases.case import Case
from app.cases.papers import issued
from app.cases.papers.issued import series


@dataclass(frozen=True)
class Marks:
    """What identifies a paper in its sender's files; "" and None leave a blank line."""

    number: str = ""
    dated_on: date | None = None

    @classmethod
    def of(cls, paper: IssuedPaper | None) -> Marks:
        """Return the marks of an issued paper; none of no paper."""
        return cls(paper.number, paper.dated_on) if paper else cls()


def of_current(case: Case, kind: str) -> Marks:
    """Return the marks of a paper's version in force, unless that was signed.

    A signed version stands for itself: the next one has its own number.
    """
    earlier = issued.current(case, kind)
    return Marks.of(earlier if earlier and earlier.signed_id is None else None)


def of_next(case: Case, kind: str) -> Marks:
    """Return the marks of a paper that the process issues now.

    A constancia has its number from here on: the typed one, that of the version which it replaces
    in the same year, or the next of the series. With a number it has the day's date.
    """
    marks = of_current(case, kind)
    if kind != series.KIND:
        return marks
    pattern, today = current_app.config["CONSTANCIA_SERIES"], calendar.today()
    earlier = issued.current(case, kind)
    number = _typed(case)
    if not number and earlier and marks.number:
        if calendar.lima_day(earlier.issued_at).year == today.year:
            number = marks.number
        else:
            earlier.add_act(case.at, void_at=case.at)
    if not number and pattern:
        number = series.next_number(case.session, pattern, today)
    return Marks(number, today if number else None)


def _typed(case: Case) -> str:
    """Return the number that was typed when the case was closed."""
    closing: dict[str, Any] = records.read(case, "closing") or {}
    return str(closing.get("number") or "")

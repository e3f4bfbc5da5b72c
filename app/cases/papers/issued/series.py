"""The next number of the constancias of a year, from a row that is locked until the act ends.

A number that an act takes is given back when the act is rolled back, so the series has no gaps.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, exists, func, literal_column, or_, select
from sqlalchemy.orm import Session

from app.base import db
from app.base.models import IssuedPaper, NumberSeries, ProcessInstance, Record

KIND = "constancia"
#: The lock of acts that give numbers.
TURN = "numbers of constancias"
#: The places of a number and its year in a pattern (`ZAGUAN_CONSTANCIA_SERIES`).
PLACES = re.compile(r"(\{number(?::0[1-9]d)?\}|\{year\})")

# As the index of numbers has them (`app.base.models.papers.PLAIN_NUMBER`).
SPACE: ColumnElement[str] = literal_column("' '")
NOTHING: ColumnElement[str] = literal_column("''")


class NumberTaken(Exception):
    """Another constancia has the typed number."""


def next_number(session: Session, pattern: str, day: date) -> str:
    """Return the next number of the series of a day's year. It is taken once the act commits.

    A series begins after the highest number that a constancia of the year has, typed or not. A
    number that was typed since is left out.
    """
    db.in_turn(session, TURN)
    key = (KIND, day.year)
    if session.get(NumberSeries, key) is None:
        last = max(_typed(session, pattern, day.year), default=0)
        db.insert_missing(session, NumberSeries, {"series": KIND, "year": day.year, "last": last})
    row = db.locked(session, NumberSeries, key)
    while True:
        row.last += 1
        number = pattern.format(number=row.last, year=day.year)
        if not is_taken(session, number):
            return number


def take_typed(session: Session, number: str, case_id: int = 0) -> None:
    """Keep a typed number from other acts until this one ends. Raise NumberTaken.

    `case_id`: the case whose constancia gets it; 0 for none. Versions of that constancia may have
    it already, unless they are void. A number that was typed at the end of another case is taken
    too, before its constancia is issued.
    """
    db.in_turn(session, TURN)
    has = select(IssuedPaper.code).where(
        IssuedPaper.kind == KIND,
        has_number(number),
        or_(IssuedPaper.instance_id.is_distinct_from(case_id), IssuedPaper.void_at.is_not(None)),
    )
    if session.scalar(has.limit(1)) is not None or plain(number) in _waiting(session, case_id):
        raise NumberTaken(number)


def _waiting(session: Session, case_id: int) -> set[str]:
    """Return the numbers that were typed to close other cases and that no issued paper has yet, as
    `plain` writes them."""
    issued = exists().where(
        IssuedPaper.instance_id == Record.instance_id,
        IssuedPaper.kind == KIND,
        IssuedPaper.issued_at >= Record.at,
    )
    rows = session.execute(
        select(Record.instance_id, Record.data)
        .join(ProcessInstance, ProcessInstance.id == Record.instance_id)
        .where(
            Record.name == "closing",
            Record.instance_id.is_distinct_from(case_id),
            ProcessInstance.status != "cancelled",
            ~issued,
        )
        .order_by(Record.id)
    )
    newest = {instance_id: data["number"] for instance_id, data in rows}
    return {plain(number) for number in newest.values()} - {""}


def has_number(number: str) -> ColumnElement[bool]:
    """Return the condition that a paper has a number, as `is_number`."""
    return IssuedPaper.have("number", lambda column: is_number(column, number))


def is_number(column: Any, number: str) -> ColumnElement[bool]:
    """Return the condition that a column has a number, in small or capital letters, with spaces or
    without."""
    same: ColumnElement[bool] = func.replace(func.upper(column), SPACE, NOTHING) == plain(number)
    return same


def plain(number: str) -> str:
    """Return a number in capitals and without spaces."""
    return number.upper().replace(" ", "")


def is_taken(session: Session, number: str) -> bool:
    """Return whether a constancia has a number, also one that is void."""
    has = select(IssuedPaper.code).where(IssuedPaper.kind == KIND, has_number(number))
    return session.scalar(has.limit(1)) is not None


def _typed(session: Session, pattern: str, year: int) -> Iterator[int]:
    """Yield the numbers of a year that constancias have."""
    parts = (
        r"([0-9]{1,9})"
        if part.startswith("{number")
        else str(year)
        if part == "{year}"
        else re.escape(part)
        for part in PLACES.split(pattern)
    )
    as_typed = re.compile("".join(parts), re.ASCII)
    for number in session.scalars(select(IssuedPaper.number).where(IssuedPaper.kind == KIND)):
        if found := as_typed.fullmatch(number):
            yield int(found[1])

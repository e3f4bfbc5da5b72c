"""Texts that the database writes, alike on PostgreSQL and SQLite: days, masks, joined parts.

Importing this module registers the functions with SQLAlchemy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, case, func, literal, or_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

Expression = ColumnElement[Any]

#: Asterisks for the longest number; SQLite has no `repeat`.
STARS = "*" * 40
#: Characters with which spreadsheets begin a formula; some programs take the wide forms too.
FORMULA_SIGNS = tuple("=+-@\t\r\n＝＋－＠")


#: Function → its SQL on PostgreSQL and SQLite. Lima is UTC-5 all year round.
WRITTEN: Mapping[str, tuple[str, str]] = {
    # A date as dd/mm/yyyy.
    "short_day": ("to_char({0}, 'DD/MM/YYYY')", "strftime('%d/%m/%Y', {0})"),
    # Of a moment in Lima: its day as dd/mm/yyyy, its hour as HH:MM, and ISO 8601 with its offset.
    "lima_day": (
        "to_char({0} at time zone interval '-5 hours', 'DD/MM/YYYY')",
        "strftime('%d/%m/%Y', {0}, '-5 hours')",
    ),
    "lima_hour": (
        "to_char({0} at time zone interval '-5 hours', 'HH24:MI')",
        "strftime('%H:%M', {0}, '-5 hours')",
    ),
    "lima_iso": (
        "to_char({0} at time zone interval '-5 hours', 'YYYY-MM-DD\"T\"HH24:MI:SS\"-05:00\"')",
        "strftime('%Y-%m-%dT%H:%M:%S-05:00', {0}, '-5 hours')",
    ),
}


def _register(name: str, on_postgresql: str, on_sqlite: str) -> None:
    """Register with `func` a function of one argument that returns a text."""
    function = type(name, (GenericFunction,), {"type": Text(), "inherit_cache": True})

    def compile_as(template: str) -> Callable[..., str]:
        return lambda element, compiler, **options: template.format(
            compiler.process(element.clauses, **options)
        )

    compiles(function, "postgresql")(compile_as(on_postgresql))
    compiles(function, "sqlite")(compile_as(on_sqlite))


for _name, _templates in WRITTEN.items():
    _register(_name, *_templates)


def part(text: Expression, *range_of: Any) -> Expression:
    """Return a part of a text: first character (from 1) and length."""
    return func.substr(text, *range_of, type_=Text())


def words_of(column: Expression, words: Mapping[str, str]) -> Expression:
    """Return the Spanish text of a value of a closed list; "" for any other value."""
    return case(
        *((column == value, literal(word)) for value, word in words.items()), else_=literal("")
    )


def masked(column: Expression) -> Expression:
    """Return a number as the public sees it: its last three characters (as `formatting.masked`)."""
    length = func.length(column)
    return case(
        (length > 3, part(literal(STARS), 1, length - 3) + part(column, length - 2)),
        else_=part(literal(STARS), 1, length),
    )


def joined(*parts: Expression) -> Expression:
    """Return the texts that are not empty, joined by " - "."""
    text, before = parts[0], [parts[0] != ""]
    for part in parts[1:]:
        between = and_(part != "", or_(*before))
        text = text + case((between, literal(" - ")), else_=literal("")) + part
        before.append(part != "")
    return text


def safe_cell(cell: Any) -> Any:
    """Return a cell that no spreadsheet takes for a formula (CWE-1236): ' precedes such a text."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_SIGNS) else cell


def safe(text: Expression, begins: Expression) -> Expression:
    """Return a text that no spreadsheet takes for a formula (CWE-1236): it is prefixed with '.

    `begins` has the same start as the text, and is cheaper to compare.
    """
    risky = part(begins, 1, 1).in_(FORMULA_SIGNS)
    return case((risky, literal("'")), else_=literal("")) + text

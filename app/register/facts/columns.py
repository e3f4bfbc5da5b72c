"""The columns of open data: what describes a field, and the SQL expression that writes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Label, case, func

from app.register.facts.sql_texts import Expression, masked, part, safe, words_of


def number_shown(column: Any, full: bool) -> Expression:
    """Return a document number, whole or masked (see `rules.documents_are_public`)."""
    number: Expression = column.expression
    return number if full else masked(number)


def ruc_shown(column: Any, full: bool) -> Expression:
    """Return a RUC. A RUC that begins with 10 contains a DNI and is masked like one."""
    ruc: Expression = column.expression
    return ruc if full else case((part(ruc, 1, 2) == "10", masked(ruc)), else_=ruc)


@dataclass(frozen=True)
class Field:
    """A field of open data: its heading, its type in a table schema, and its meaning."""

    name: str
    kind: str
    meaning: str
    #: Format of a date or an hour, where it is not ISO 8601.
    format: str = field(default="", kw_only=True)
    #: Closed list of its values.
    values: tuple[str, ...] = field(default=(), kw_only=True)
    #: Whether each row has a value.
    needed: bool = field(default=False, kw_only=True)


@dataclass(frozen=True)
class Column(Field):
    """A field that the database writes by an SQL expression.

    The argument of `expression` says whether whole document numbers are published.
    """

    expression: Callable[[bool], Expression]
    #: Start of a free text, to detect formulas of spreadsheets; None where it cannot be a formula.
    begins: Expression | None = field(default=None, kw_only=True)


def text_of(
    name: str, meaning: str, expression: Expression, *, begins: Expression | None = None
) -> Column:
    """Return a column of free text. `begins` is needed where it is made of several columns."""
    starts = expression if begins is None else begins
    return Column(name, "string", meaning, lambda _: expression, begins=starts)


def word_of(name: str, meaning: str, column: Expression, words: Mapping[str, str]) -> Column:
    """Return a column with the texts of a closed list."""
    texts = tuple(words.values())
    return Column(name, "string", meaning, lambda _: words_of(column, words), values=texts)


def value_of(
    name: str, kind: str, meaning: str, expression: Expression, *, needed: bool = True
) -> Column:
    """Return a column with a value as the database has it, which each row has if `needed`."""
    return Column(name, kind, meaning, lambda _: expression, needed=needed)


def moment_of(name: str, meaning: str, column: Expression, *, needed: bool = False) -> Column:
    """Return a column of moments."""
    return Column(name, "datetime", meaning, lambda _: func.lima_iso(column), needed=needed)


def labelled(columns: tuple[Column, ...], full: bool, *, guarded: bool = False) -> list[Label[Any]]:
    """Return the expressions of the columns under their names, for a select.

    `full`: whether whole numbers are published today. `guarded`: whether texts are made safe for
    spreadsheets, as in *oficial* files.
    """
    found = []
    for column in columns:
        expression = column.expression(full)
        if guarded and column.begins is not None:
            expression = safe(expression, column.begins)
        found.append(expression.label(column.name))
    return found

"""Writes tables as CSV, JSON or a workbook, while the database reads them: never whole in memory.

PostgreSQL writes lines and objects itself and sends them by COPY; SQLite makes a line or an object
of each row. Either way a row comes as one text, and Python only joins texts.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import chain, islice
from typing import IO, Any

import psycopg
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Select,
    String,
    case,
    func,
    literal,
    literal_column,
    select,
)
from xlsxwriter import Workbook

from app.base.db.statement_limits import FILE_SECONDS, interrupted_after
from app.register.facts.columns import Column

Chunks = Generator[bytes, None, None]
Batches = Generator[list[bytes], None, None]

#: Rows that are joined before they are sent.
BATCH = 500
#: COPY's CSV with characters that no JSON text has: nothing is quoted, so objects come unchanged.
OBJECTS = r"(format csv, delimiter e'\x02', quote e'\x01', encoding 'UTF8')"
LINES = "(format csv, encoding 'UTF8')"
#: Tells Excel that a CSV is UTF-8.
BOM = "\ufeff"
#: Excel's own limit is a million; a workbook is made whole before it is sent.
MOST_IN_WORKBOOK = 100_000


@dataclass(frozen=True)
class Table:
    """A table to write: columns, and a select of them by name, in order."""

    columns: tuple[Column, ...]
    rows: Select[Any]

    @property
    def names(self) -> list[str]:
        """The headings."""
        return [column.name for column in self.columns]

    def expressions(self) -> list[ColumnElement[Any]]:
        """Return the expressions of the select, without their names."""
        return [label.element for label in self.rows.selected_columns]


def as_csv(engine: Engine, table: Table, *, bom: bool = False) -> Chunks:
    """Yield lines of CSV (RFC 4180, with LF), headings first, from a separate connection."""
    before = (BOM.encode() if bom else b"") + heading(table.names)
    with closing(_batches(engine, table, "lines", b"")) as batches:
        for batch in batches:
            yield before + batch
            before = b""
    if before:
        yield before


def heading(names: Sequence[str]) -> bytes:
    """Return the first line of a CSV."""
    head = io.StringIO()
    csv.writer(head, lineterminator="\n").writerow(names)
    return head.getvalue().encode()


def as_json(engine: Engine, table: Table) -> Chunks:
    """Yield an array of objects, one per line, from a separate connection."""
    before = b"[\n"
    with closing(_batches(engine, table, "objects", b",")) as batches:
        for batch in batches:
            yield before + batch
            before = b","
    yield b"]\n" if before == b"," else b"[]\n"


def _batches(engine: Engine, table: Table, what: str, between: bytes) -> Chunks:
    """Yield rows as texts that end with a line end, in batches. Raises TooSlow before the first.

    The reader may stop early: the rest that the database sends ends before its connection does.
    """
    with reading(engine) as connection, closing(rows_of(connection, table, what)) as rows:
        with interrupted_after(connection, FILE_SECONDS):
            first = next(rows, None)
        for batch in chain([first] if first else [], rows):
            yield between.join(batch)


def rows_of(connection: Connection, table: Table, what: str) -> Batches:
    """Return batches of rows as the database writes them, each with its line end.

    `what`: "lines" of CSV, or "objects" of JSON.
    """
    if connection.dialect.name == "postgresql":
        statement = _lines(table) if what == "lines" else _objects(table)
        return _copied(connection, statement, LINES if what == "lines" else OBJECTS)
    written = _written_line(table) if what == "lines" else _written_object(table)
    return _fetched(connection, table, written)


def reading(engine: Engine) -> Connection:
    """Open a connection separate from the request's, which ends with the reader."""
    return engine.connect().execution_options(postgresql_readonly=True)


# PostgreSQL ------------------------------------------------------------------------------------


def _copied(connection: Connection, statement: Select[Any], form: str) -> Batches:
    """Yield the database's output of a select, by COPY, with values bound as psycopg does."""
    connection.exec_driver_sql("set local datestyle to iso")  # whatever the server's own is
    options = {"render_postcompile": True}
    compiled = statement.compile(dialect=connection.dialect, compile_kwargs=options)
    driver: Any = connection.connection.driver_connection
    sql = psycopg.ClientCursor(driver).mogrify(str(compiled), compiled.params)
    with driver.cursor() as cursor, cursor.copy(f"copy ({sql}) to stdout {form}") as rows:
        left = iter(rows)
        while batch := list(islice(left, BATCH)):
            yield batch


def _lines(table: Table) -> Select[Any]:
    columns = [
        (_said(expression) if column.kind == "boolean" else expression).label(column.name)
        for column, expression in zip(table.columns, table.expressions(), strict=True)
    ]
    return table.rows.with_only_columns(*columns)


def _said(expression: ColumnElement[Any]) -> ColumnElement[str]:
    """Write true and false as a table schema does by default."""
    return case((expression, literal("true")), else_=literal("false"))


def _objects(table: Table) -> Select[Any]:
    row = table.rows.subquery("row")
    return select(func.row_to_json(literal_column('"row"'))).select_from(row)


# SQLite ----------------------------------------------------------------------------------------


def _fetched(connection: Connection, table: Table, written: ColumnElement[str]) -> Batches:
    found = connection.execute(table.rows.with_only_columns(written))
    for batch in found.scalars().partitions(BATCH):
        yield [text.encode() for text in batch]


def _written_line(table: Table) -> ColumnElement[str]:
    """Write a line: free text in quotes, with its quotes doubled."""
    signs, values = [], []
    for column, expression in zip(table.columns, table.expressions(), strict=True):
        free = column.kind == "string" and not column.values
        signs.append('"%w"' if free else "%s")
        values.append(_said(expression) if column.kind == "boolean" else expression)
    form = ",".join(signs) + "\n"
    return func.printf(literal(form), *values, type_=String())


def _written_object(table: Table) -> ColumnElement[str]:
    pairs: list[ColumnElement[Any]] = []
    for column, expression in zip(table.columns, table.expressions(), strict=True):
        value = func.json(_said(expression)) if column.kind == "boolean" else expression
        pairs += (literal(column.name), value)
    return func.json_object(*pairs, type_=String()) + "\n"


# Workbook --------------------------------------------------------------------------------------


def as_workbook(engine: Engine, table: Table, file: IO[bytes]) -> None:
    """Write a table as a workbook."""
    with reading(engine) as connection:
        streamed = connection.execution_options(stream_results=True, max_row_buffer=BATCH)
        with interrupted_after(connection, FILE_SECONDS):
            rows = streamed.execute(table.rows)
        fill_workbook(file, table.names, [c.kind for c in table.columns], rows)


def fill_workbook(
    file: IO[bytes], names: Sequence[str], kinds: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Write a workbook of one sheet: texts stay texts, whatever they look like.

    A column whose kind is neither "integer" nor "boolean" nor "day" holds text.
    """
    book = Workbook(
        file,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_numbers": False,
            "strings_to_urls": False,
        },
    )
    sheet = book.add_worksheet("Datos")
    sheet.freeze_panes(1, 0)
    bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "dd/mm/yyyy"})
    for place, name in enumerate(names):
        sheet.write_string(0, place, name, bold)
    for number, row in enumerate(rows, start=1):
        _write_row(sheet, number, row, kinds, day)
    book.close()


def _write_row(sheet: Any, number: int, row: Sequence[Any], kinds: Sequence[str], day: Any) -> None:
    for place, (value, kind) in enumerate(zip(row, kinds, strict=True)):
        if value is None or value == "":
            continue
        if kind == "integer":
            sheet.write_number(number, place, value)
        elif kind == "boolean":
            sheet.write_boolean(number, place, value)
        elif kind == "day":
            sheet.write_datetime(number, place, value, day)
        else:
            sheet.write_string(number, place, str(value))


def fits_workbook(engine: Engine, table: Table) -> bool:
    """Return whether a workbook takes these rows."""
    some = table.rows.with_only_columns(literal(1)).order_by(None).limit(MOST_IN_WORKBOOK + 1)
    with reading(engine) as connection, interrupted_after(connection, FILE_SECONDS):
        count = connection.scalar(select(func.count()).select_from(some.subquery()))
    return (count or 0) <= MOST_IN_WORKBOOK

"""The file of a batch: reads its rows by the headings of its kind, and makes the template."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from app.onboarding.batches.kind import CODE, Column, Kind, Line
from forms.fields import tables
from forms.fields.identifiers import plain
from forms.fields.rules import tidy_line
from forms.fields.sheets import as_text
from forms.fields.tables import Cell

Unreadable = tables.Unreadable

SHEET = "Entidades"
#: Rows for twice the catalogue, and the limits of a workbook of that size.
LIMITS = tables.Limits(
    megabytes=10,
    rows=5000,
    advice="Divídelo en partes.",
    unpacked=60 * tables.MEGABYTE,
    tags=5_000_000,
    old_excel=True,
)
#: The longest text of a cell (characters). The rest is cut off.
LONGEST_CELL = 500
EMPTY = "El archivo no tiene ninguna fila debajo de los encabezados."


def read(kind: Kind, content: bytes, name: str) -> list[Line]:
    """Return the rows of a file (.xlsx, .xls, .ods or .csv). Raises Unreadable, in Spanish."""
    tables.check(content, name, LIMITS)
    columns, limits = kind.headings, replace(LIMITS, rows=kind.most)
    names: Sequence[str] | None = None
    lines: list[Line] = []
    for place, (number, cells) in enumerate(tables.rows(content, limits, SHEET)):
        if names is None:
            names = _headings(columns, cells)
            if names is None and place >= LIMITS.above:
                break
            continue
        line = _line(columns, names, number, cells)
        if any(line.cells.values()):
            lines.append(line)
        if len(lines) > kind.most:
            raise Unreadable(limits.too_many)
    if names is None:
        wanted = " y ".join(f"«{column.heading}»" for column in columns if column.required)
        raise Unreadable(
            "No encontramos los encabezados. La primera fila debe tener los nombres de las "
            f"columnas; al menos {wanted}. Puedes usar nuestra plantilla."
        )
    if not lines:
        raise Unreadable(EMPTY)
    return lines


def _headings(columns: Sequence[Column], cells: Sequence[Cell]) -> list[str] | None:
    """Return the key of each cell of a row of headings ("" for an unknown one).

    None if this is not the row of headings. Raises Unreadable if a required one is missing.
    """
    known = {
        _plain(heading): column.key
        for column in columns
        for heading in (column.heading, *column.synonyms)
    }
    found: list[str] = []
    for cell in cells:
        key = known.get(_plain(as_text(cell)), "")
        found.append("" if key in found else key)
    if CODE.key not in found and sum(map(bool, found)) < 2:
        return None
    for column in columns:
        if column.required and column.key not in found:
            raise Unreadable(f"Falta la columna «{column.heading}». Agrégala y súbelo otra vez.")
    return found


def _plain(heading: str) -> str:
    return plain(heading.replace("_", " ").replace("-", " ")).strip(".*: ")


def _line(
    columns: Sequence[Column], names: Sequence[str], number: int, cells: Sequence[Cell]
) -> Line:
    found = dict.fromkeys((column.key for column in columns), "")
    for name, cell in zip(names, cells, strict=False):
        if name:
            found[name] = _text(cell)
    return Line(number, found)


def _text(cell: Cell) -> str:
    """Return a cell as one line; a day as dd/mm/yyyy."""
    if isinstance(cell, date | datetime):
        return f"{cell:%d/%m/%Y}"
    text = tidy_line(as_text(cell).replace("\n", " ").replace("\t", " "))
    # Some programs write ' before a text that looks like a formula.
    if text[:1] == "'" and text[1:2] in ("=", "+", "-", "@"):
        text = text[1:]
    return text[:LONGEST_CELL]


def template(kind: Kind, rows: Sequence[Mapping[str, str]] = ()) -> bytes:
    """Return a workbook (XLSX) with the headings of a kind, an example, and instructions.

    `rows`: cells that are known already, by the key of their column.
    """
    # Imported here: it is rarely needed, and web processes save the memory.
    import xlsxwriter

    target = io.BytesIO()
    columns = kind.headings
    with xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False}) as book:
        head = book.add_format({"bold": True, "bg_color": "#E6EEF5", "border": 1})
        text = book.add_format({"num_format": "@"})
        sheet = book.add_worksheet(SHEET)
        example = book.add_worksheet("Ejemplo")
        for page in (sheet, example):
            page.freeze_panes(1, 0)
            for place, column in enumerate(columns):
                page.set_column(place, place, max(16, len(column.heading) + 4), text)
                page.write_string(0, place, column.heading, head)
        for place, column in enumerate(columns):
            example.write_string(1, place, column.example, text)
            for number, known in enumerate(rows, 1):
                sheet.write_string(number, place, known.get(column.key, ""), text)
        for name, headings in kind.sheets.items():
            page = book.add_worksheet(name)
            page.freeze_panes(1, 0)
            page.set_column(0, len(headings) - 1, 18, text)
            page.write_row(0, 0, headings, head)
        notes = book.add_worksheet("Cómo llenarla")
        notes.set_column(0, 0, 30)
        notes.set_column(1, 1, 90)
        for row, column in enumerate(columns):
            notes.write_string(row, 0, column.heading, head)
            prefix = "Obligatoria. " if column.required else ""
            notes.write_string(row, 1, f"{prefix}{column.help}")
        book.set_properties({"title": kind.name})
    return target.getvalue()

"""Read rows from a spreadsheet, a CSV, or a pasted part of one.

Nothing in a file is executed: values are read as the file stores them; formulas and macros are
never read.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import IO, Any

from forms.fields import isolated
from forms.fields.foreign.bounds import MEGABYTE, Broken, ContentLimits, Damaged, TooLarge
from forms.fields.foreign.delimited import delimiter_of, is_text
from forms.fields.identifiers import plain, ruc_fault
from forms.fields.personnel import COLUMNS, KEYS, MOST, Row, tidy_row
from forms.fields.tables import OLD_EXCEL, TEXTS
from forms.fields.tables import Unreadable as Unreadable

#: Bytes of an uploaded file, and of its unpacked contents.
LIMIT = 10 * MEGABYTE
UNPACKED = 60 * MEGABYTE
#: Limits: rows with content, before those that are not persons are removed; and XML tags.
MOST_OF_FILE = ContentLimits(UNPACKED, rows=4 * MOST, tags=10_000_000)
BOUNDS = isolated.Bounds(seconds=20)
SHEET = "Personal"

HEADINGS = {
    plain(heading).strip(".*: "): column.key
    for column in COLUMNS
    for heading in (column.label, column.key, *column.also)
}
NOT_READ = (
    "No pudimos leer el archivo. Guárdalo como XLSX, ODS o CSV y súbelo otra vez; "
    "puedes usar nuestra plantilla."
)
TOO_LARGE = "El archivo es demasiado grande al abrirlo. Deja solo la relación."


class Sheet(list[Row]):
    """The rows of a table; `rucs` are the RUCs of entities in its titles and in its file's name."""

    rucs: frozenset[str] = frozenset()


def read_file(name: str, stream: IO[bytes]) -> Sheet:
    """Return the rows of an XLSX, XLS, ODS, CSV or TSV. Raises `Unreadable`."""
    content = stream.read(LIMIT + 1)
    if not content:
        raise Unreadable("El archivo está vacío. Elige otro.")
    if len(content) > LIMIT:
        raise Unreadable("El archivo pesa más de 10 MB. Quita las hojas e imágenes que sobran.")
    kind = kind_of(content, name)
    try:
        rows = isolated.rows(content, kind, MOST_OF_FILE, sheet=SHEET, strict=False, bounds=BOUNDS)
    except TooLarge:
        raise Unreadable(TOO_LARGE) from None
    except (Damaged, Broken):
        raise Unreadable(NOT_READ) from None
    lines = [cells for _, cells in rows]
    first = min((_first(cells) for cells in lines), default=0)
    table = rows_of([as_text(cell) for cell in cells[first:]] for cells in lines)
    table.rucs |= _rucs_of([name])
    return table


def kind_of(content: bytes, name: str) -> str:
    """Return the kind of a table for `isolated.rows`. Raises `Unreadable` for other files."""
    if content.startswith(b"PK\x03\x04"):
        return "archive"
    if content.startswith(OLD_EXCEL):
        return "old_workbook"
    if name.rpartition(".")[2].lower() in TEXTS and is_text(content):
        return "text"
    raise Unreadable(NOT_READ)


def _first(cells: Sequence[Any]) -> int:
    """Return the position of the first cell that is not empty."""
    return next((n for n, cell in enumerate(cells) if cell not in (None, "")), len(cells))


def read_text(text: str) -> Sheet:
    """Return the rows of a pasted table: cells separated by tab, semicolon or comma."""
    text = text.removeprefix("\ufeff").strip("\r\n")
    if "\x00" in text:
        raise Unreadable(NOT_READ)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(text)))
    except csv.Error:
        raise Unreadable(NOT_READ) from None
    return rows_of(lines)


def as_text(cell: Any) -> str:
    """Return a cell's text: whole numbers without the decimal point of spreadsheets."""
    if cell is None or cell == "":
        return ""
    if isinstance(cell, bool):
        return "Sí" if cell else "No"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


DOCUMENT = re.compile(r"\d{5}")
RUC = re.compile(r"(?<!\d)20\d{9}(?!\d)")


def rows_of(lines: Iterable[Sequence[str]]) -> Sheet:
    """Return the rows of a table.

    Its heading is recognised by name; without one the columns are taken in order. Raises
    `Unreadable` for a table without rows, with too many, or whose heading lacks the document's
    number.
    """
    keys: Sequence[str] | None = None
    rows = Sheet()
    for line in lines:
        if not any(str(cell).strip() for cell in line):
            continue
        if keys is None:
            keys = heading_of(line)
            if keys is not None:
                continue
            if _is_title(line):
                rows.rucs |= _rucs_of(line)
                continue
            keys = KEYS
        rows.append(_row(keys, line))
        if len(rows) > MOST:
            raise Unreadable("El archivo tiene más de 5000 filas. Divide la relación.")
    if not rows:
        raise Unreadable("No encontramos filas con personas. Revisa que la hoja sea la correcta.")
    return rows


def _is_title(line: Sequence[str]) -> bool:
    """Return whether a line above the heading is a title: one cell alone, or the entity's RUC."""
    return sum(bool(str(cell).strip()) for cell in line) == 1 or bool(_rucs_of(line))


def _rucs_of(cells: Iterable[Any]) -> frozenset[str]:
    """Return the RUCs of entities in some cells."""
    found = (ruc for cell in cells for ruc in RUC.findall(str(cell)))
    return frozenset(ruc for ruc in found if not ruc_fault(ruc))


def heading_of(line: Sequence[str]) -> list[str] | None:
    """Return the column of each cell of a heading ("" for an unknown one), or None.

    Raises `Unreadable` when it is a heading without the number of the document.
    """
    keys = [HEADINGS.get(plain(str(cell)).strip(".*: "), "") for cell in line]
    # A unit or site may have the name of a column, but no column has a number as its name.
    if sum(map(bool, keys)) < 2 or any(DOCUMENT.search(str(cell)) for cell in line):
        return None
    if "document_number" not in keys:
        raise Unreadable("Falta la columna «Número de documento». Agrégala y vuelve a intentarlo.")
    return keys


def _row(keys: Sequence[str], line: Sequence[str]) -> Row:
    cells: dict[str, str] = {}
    for key, cell in zip(keys, line, strict=False):
        if key and not cells.get(key):
            cells[key] = str(cell)
    return tidy_row(cells)

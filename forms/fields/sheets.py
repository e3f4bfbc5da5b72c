"""Rows out of what people have: a spreadsheet, a CSV, a piece of it that was pasted.

Nothing in a file is executed: values are read as the file stores them, formulas and macros are
never looked at.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any

from python_calamine import CalamineError, CalamineWorkbook

from forms.fields import workbook
from forms.fields.identifiers import plain
from forms.fields.personnel import COLUMNS, KEYS, MOST, Row, tidy_row

MEGABYTE = 1024 * 1024
#: Bytes of an uploaded file, and of everything inside it once it is unpacked.
LIMIT = 10 * MEGABYTE
UNPACKED = 60 * MEGABYTE
#: Rows with something in them, before those that are no person are told apart; and tags of XML.
MOST_OF_WORKBOOK = workbook.Most(UNPACKED, rows=4 * MOST, tags=10_000_000)
SHEET = "Personal"
#: How a workbook of Excel 97 begins; so does an encrypted one, which nothing is read of.
OLD_EXCEL = b"\xd0\xcf\x11\xe0"

HEADINGS = {
    plain(heading).strip(".*: "): column.key
    for column in COLUMNS
    for heading in (column.label, column.key, *column.also)
}
NOT_READ = (
    "No pudimos leer el archivo. Guárdalo como XLSX, ODS o CSV y súbelo otra vez; "
    "puedes usar nuestra plantilla."
)


class Unreadable(Exception):
    """Nothing can be read out of this file or text; its text says why and how to mend it."""


def read_file(name: str, stream: IO[bytes]) -> list[Row]:
    """The rows of an XLSX, XLS, ODS, CSV or TSV; raises `Unreadable`."""
    content = stream.read(LIMIT + 1)
    if not content:
        raise Unreadable("El archivo está vacío. Elige otro.")
    if len(content) > LIMIT:
        raise Unreadable("El archivo pesa más de 10 MB. Quita las hojas e imágenes que sobran.")
    ending = name.rpartition(".")[2].lower()
    if content.startswith(b"PK\x03\x04"):
        _refuse_bombs(content)
        return rows_of(_book(content) if _is_open_document(content) else _workbook(content))
    if content.startswith(OLD_EXCEL):
        return rows_of(_book(content))
    if ending in ("csv", "tsv", "txt"):
        return read_text(content.decode(encoding_of(content)))
    raise Unreadable(NOT_READ)


def read_text(text: str) -> list[Row]:
    """The rows of a pasted table: cells parted by tab, semicolon or comma."""
    text = text.removeprefix("\ufeff").strip("\r\n")
    if "\x00" in text:
        raise Unreadable(NOT_READ)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(text)))
    except csv.Error:
        raise Unreadable(NOT_READ) from None
    return rows_of(lines)


def delimiter_of(text: str) -> str:
    """What parts the cells of a table: tab, semicolon or comma, by its first lines."""
    first = "\n".join([line for line in text[:50_000].splitlines() if line.strip()][:10])
    return max("\t;,", key=first.count)


def encoding_of(content: bytes) -> str:
    """How the letters of a text are written: UTF-16 or UTF-8, else as Windows does in Peru.

    Raises Unreadable.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            for _ in codecs.iterdecode(_pieces(content), encoding):
                pass
        except UnicodeDecodeError:
            continue
        return encoding
    raise Unreadable(
        "No pudimos leer las letras del archivo. Guárdalo como CSV UTF-8 y súbelo otra vez."
    )


def _pieces(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), MEGABYTE):
        yield content[start : start + MEGABYTE]


def _workbook(content: bytes) -> Iterator[list[str]]:
    """The rows of an XLSX, without columns that are empty in all of them."""
    try:
        lines = [cells for _, cells in workbook.rows(content, MOST_OF_WORKBOOK, SHEET)]
    except workbook.TooLarge:
        raise Unreadable(
            "El archivo es demasiado grande al abrirlo. Deja solo la relación."
        ) from None
    except workbook.Damaged as error:
        raise Unreadable(NOT_READ) from error
    first = min((_first(cells) for cells in lines), default=0)
    return ([as_text(cell) for cell in cells[first:]] for cells in lines)


def _first(cells: Sequence[Any]) -> int:
    return next((place for place, cell in enumerate(cells) if cell is not None), len(cells))


def _is_open_document(content: bytes) -> bool:
    """Whether an archive is an ODS, and by no reader taken for a workbook of Excel."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = {name.lower() for name in archive.namelist()}
    return "content.xml" in names and not any(name.startswith("xl/") for name in names)


def _book(content: bytes) -> Iterator[list[str]]:
    """The rows of an ODS or XLS."""
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            names = book.sheet_names
            if not names:
                raise Unreadable("El archivo no tiene hojas. Elige otro.")
            name = SHEET if SHEET in names else names[0]
            cells = book.get_sheet_by_name(name).to_python(skip_empty_area=True)
    except (CalamineError, OSError, ValueError) as error:
        raise Unreadable(NOT_READ) from error
    return ([as_text(cell) for cell in line] for line in cells)


def _refuse_bombs(content: bytes) -> None:
    """Unpacks everything without keeping it, for a file can lie about what it holds."""
    total = 0
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > UNPACKED:
                raise Unreadable(
                    "El archivo es demasiado grande al abrirlo. Deja solo la relación."
                )
            for entry in archive.infolist():
                entry.file_size = UNPACKED + 1
                with archive.open(entry) as part:
                    while chunk := part.read(MEGABYTE):
                        total += len(chunk)
                        if total > UNPACKED:
                            raise Unreadable(NOT_READ)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise Unreadable(NOT_READ) from error


def as_text(cell: Any) -> str:
    """A cell as it was meant: whole numbers without the point that spreadsheets give them."""
    if cell is None or cell == "":
        return ""
    if isinstance(cell, bool):
        return "Sí" if cell else "No"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


DOCUMENT = re.compile(r"\d{5}")


def rows_of(lines: Iterable[Sequence[str]]) -> list[Row]:
    """The rows of a table, its heading recognised by name, or the columns in their order.

    Raises `Unreadable` for a table without rows, with too many, or whose heading lacks the
    document's number.
    """
    keys: Sequence[str] | None = None
    rows: list[Row] = []
    for line in lines:
        if not any(str(cell).strip() for cell in line):
            continue
        if keys is None:
            keys = heading_of(line)
            if keys is not None or _is_title(line):
                continue
            keys = KEYS
        rows.append(_row(keys, line))
        if len(rows) > MOST:
            raise Unreadable("El archivo tiene más de 5000 filas. Divide la relación.")
    if not rows:
        raise Unreadable("No encontramos filas con personas. Revisa que la hoja sea la correcta.")
    return rows


def _is_title(line: Sequence[str]) -> bool:
    """Whether a line above the heading is a title: one cell alone."""
    return sum(bool(str(cell).strip()) for cell in line) == 1


def heading_of(line: Sequence[str]) -> list[str] | None:
    """The column of each cell of a heading ("" for one that we do not know), or None.

    Raises `Unreadable` when it is a heading without the number of the document.
    """
    keys = [HEADINGS.get(plain(str(cell)).strip(".*: "), "") for cell in line]
    # A unit or site may be called as a column is, but no column is called by a number.
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

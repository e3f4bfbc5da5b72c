"""A file that holds a table (.xlsx or .csv), row by row, whatever program wrote it.

Nothing that the file says of itself is believed, and nothing in it is executed (see `workbook`).
Whoever reads one says how much it may hold.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from forms.fields import sheets, workbook
from forms.fields.workbook import Cell

MEGABYTE = 1024 * 1024

AS_XLSX = (
    "Ábrelo en Excel o LibreOffice, elige «Guardar como», "
    "el tipo «Libro de Excel (.xlsx)», y súbelo otra vez."
)
NOT_READ = f"No pudimos leer el archivo: debe ser .xlsx o .csv. {AS_XLSX}"


class Unreadable(Exception):
    """Nothing can be read out of this file; its text says why and how to mend it."""


@dataclass(frozen=True)
class Limits:
    """How much a file may hold; `advice` says in a sentence how to part a larger one."""

    megabytes: int
    rows: int
    advice: str
    #: Of a workbook: bytes when it is unpacked, and tags of XML.
    unpacked: int = 250 * MEGABYTE
    tags: int = 30_000_000
    #: Rows with something in them that stand above the table and are none of it.
    above: int = 20

    @property
    def too_many(self) -> str:
        """The sentence for a file with more rows, or more of anything."""
        rows = f"{self.rows:,}".replace(",", " ")
        return (
            f"El archivo es demasiado grande al abrirlo: se leen hasta {rows} filas. {self.advice}"
        )

    @property
    def of_workbook(self) -> workbook.Most:
        """The same, as the reader of workbooks is told."""
        return workbook.Most(self.unpacked, self.rows + self.above, self.tags)


def is_workbook(content: bytes) -> bool:
    """Whether a file is an archive, as workbooks of today are; else it is a text."""
    return content.startswith(b"PK\x03\x04")


def check(content: bytes, name: str, limits: Limits) -> None:
    """Raises Unreadable for what is neither a workbook of today nor text, or is too large."""
    if not content.strip():
        raise Unreadable("El archivo está vacío. Elige otro.")
    if len(content) > limits.megabytes * MEGABYTE:
        raise Unreadable(f"El archivo pesa más de {limits.megabytes} MB. {limits.advice}")
    if content.startswith(sheets.OLD_EXCEL):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise Unreadable(
                "El archivo está protegido con contraseña. Quítale la protección "
                "y guárdalo otra vez como «Libro de Excel (.xlsx)»."
            )
        raise Unreadable(f"El archivo es de Excel 97-2003 (.xls). {AS_XLSX}")
    if is_workbook(content):
        return
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise Unreadable(f"El archivo es una página web con otro nombre. {AS_XLSX}")
    is_text = content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" not in content
    if not is_text or name.rpartition(".")[2].lower() not in ("csv", "tsv", "txt"):
        raise Unreadable(NOT_READ)


def rows(content: bytes, limits: Limits, sheet: str = "") -> Iterator[tuple[int, Sequence[Cell]]]:
    """The rows that hold something, each with its number (from 1).

    Of a workbook's sheet of that name, else of its first. Raises Unreadable, also in between.
    """
    if not is_workbook(content):
        yield from _rows_of_text(content)
        return
    try:
        yield from workbook.rows(content, limits.of_workbook, sheet)
    except workbook.TooLarge:
        raise Unreadable(limits.too_many) from None
    except workbook.Damaged:
        raise Unreadable(NOT_READ) from None


def _rows_of_text(content: bytes) -> Iterator[tuple[int, Sequence[Cell]]]:
    try:
        encoding = sheets.encoding_of(content)
    except sheets.Unreadable as fault:
        raise Unreadable(str(fault)) from None
    with io.TextIOWrapper(io.BytesIO(content), encoding, newline="") as text:
        delimiter = sheets.delimiter_of(text.read(50_000))
        text.seek(0)
        reader = csv.reader(text, delimiter=delimiter, strict=True)
        begins = width = number = 0
        while True:
            try:
                cells = next(reader, None)
            except csv.Error:
                raise _broken(begins + 1) from None
            if cells is None:
                return
            number += 1
            if reader.line_num > begins + 1 and _swallowed(cells, delimiter, width):
                raise _broken(begins + 1)
            begins, width = reader.line_num, max(width, len(cells))
            if any(cells):
                yield number, cells


def _broken(line: int) -> Unreadable:
    return Unreadable(
        f"No pudimos leer la tabla desde la línea {line}: revisa las comillas de esa fila."
    )


def _swallowed(cells: Sequence[str], delimiter: str, width: int) -> bool:
    """Whether a cell of several lines holds rows, since a quote lacks, and no text of its own.

    From a cell to the one below it are as many delimiters as a row has; from one to another
    column, the row that comes out is longer or shorter than those above.
    """
    if width > 1 and len(cells) != width:
        return True
    most = max(width, len(cells), 2) - 1
    return any("\n" in cell and cell.count(delimiter) >= most for cell in cells)

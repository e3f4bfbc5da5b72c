"""A file with a table (.xlsx, .xls, .ods or .csv), row by row, whatever program wrote it.

Nothing that the file declares is trusted, and nothing in it is executed: it is read in a separate
process (see `isolated`). The caller sets the limits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Any, TypeVar

from forms.fields import isolated
from forms.fields.foreign.bounds import MEGABYTE as MEGABYTE
from forms.fields.foreign.bounds import Broken, ContentLimits, Damaged, TooLarge
from forms.fields.foreign.bounds import Cell as Cell
from forms.fields.foreign.delimited import is_text
from forms.fields.isolated import USUAL
from forms.fields.isolated import Bounds as Bounds
from forms.fields.isolated import Rows as Rows

Kind = TypeVar("Kind")
#: The first bytes of an Excel 97 workbook; also of an encrypted one, which cannot be read.
OLD_EXCEL = b"\xd0\xcf\x11\xe0"
TEXTS = ("csv", "tsv", "txt")
#: The media types of stored tables, by the ending of their names.
MEDIA_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xls": "application/vnd.ms-excel",
    "csv": "text/csv",
}

AS_XLSX = (
    "Ábrelo en Excel o LibreOffice, elige «Guardar como», "
    "el tipo «Libro de Excel (.xlsx)», y súbelo otra vez."
)
NOT_READ = f"No pudimos leer el archivo: debe ser .xlsx o .csv. {AS_XLSX}"

NO_LETTERS = "No pudimos leer las letras del archivo. Guárdalo como CSV UTF-8 y súbelo otra vez."


class Unreadable(Exception):
    """The file cannot be read; the message says why and how to correct it."""


def rows_of(upload: Any, kind: type[Kind], read: Callable[[str, IO[bytes]], Kind]) -> Kind:
    """Return the rows of an upload, read before (`uploads.Examined`) or now. Raises Unreadable.

    `kind`: the type of the rows of that table.
    """
    known = getattr(upload, "rows", None)
    if isinstance(known, Unreadable):
        raise known
    return known if isinstance(known, kind) else read(upload.filename, upload.stream)


@dataclass(frozen=True)
class Limits:
    """Limits of a file; `advice` is a sentence on how to split a larger one."""

    megabytes: int
    rows: int
    advice: str
    #: Of a workbook: unpacked bytes, and XML tags.
    unpacked: int = 250 * MEGABYTE
    tags: int = 30_000_000
    #: Rows with content above the table that do not belong to it.
    above: int = 20
    #: Limits of the process that reads it.
    bounds: Bounds = USUAL
    #: Whether a workbook of Excel 97-2003 is read too.
    old_excel: bool = False

    @property
    def too_many(self) -> str:
        """The sentence for a file with more rows, or more of anything."""
        rows = f"{self.rows:,}".replace(",", " ")
        return (
            f"El archivo es demasiado grande al abrirlo: se leen hasta {rows} filas. {self.advice}"
        )

    @property
    def most(self) -> ContentLimits:
        """The same limits, for the process that reads it."""
        return ContentLimits(self.unpacked, self.rows + self.above, self.tags)


def is_workbook(content: bytes) -> bool:
    """Return whether a file is an archive, as current workbooks are; otherwise it is a text."""
    return content.startswith(b"PK\x03\x04")


def is_old_workbook(content: bytes) -> bool:
    """Return whether a file is a workbook of Excel 97-2003."""
    return content.startswith(OLD_EXCEL)


def ending_of(content: bytes) -> str:
    """Return the ending under which a table is stored, a key of `MEDIA_TYPES`."""
    if is_old_workbook(content):
        return "xls"
    return "xlsx" if is_workbook(content) else "csv"


def check(content: bytes, name: str, limits: Limits) -> None:
    """Raise Unreadable for a file that is neither an accepted workbook nor text, or too large."""
    if not content.strip():
        raise Unreadable("El archivo está vacío. Elige otro.")
    if len(content) > limits.megabytes * MEGABYTE:
        raise Unreadable(f"El archivo pesa más de {limits.megabytes} MB. {limits.advice}")
    if is_old_workbook(content):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise Unreadable(
                "El archivo está protegido con contraseña. Quítale la protección "
                "y guárdalo otra vez como «Libro de Excel (.xlsx)»."
            )
        if limits.old_excel:
            return
        raise Unreadable(f"El archivo es de Excel 97-2003 (.xls). {AS_XLSX}")
    if is_workbook(content):
        return
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise Unreadable(f"El archivo es una página web con otro nombre. {AS_XLSX}")
    if not is_text(content) or name.rpartition(".")[2].lower() not in TEXTS:
        raise Unreadable(NOT_READ)


def rows(content: bytes, limits: Limits, sheet: str = "") -> Rows:
    """Return the rows that are not empty, each with its number (from 1).

    Of a workbook it reads the sheet with that name, or the first. The file is read completely
    before this returns: call it before a transaction begins. Raises Unreadable.
    """
    kind = "archive" if is_workbook(content) else "text"
    if is_old_workbook(content):
        kind = "old_workbook"
    try:
        return isolated.rows(content, kind, limits.most, sheet=sheet, bounds=limits.bounds)
    except TooLarge:
        raise Unreadable(limits.too_many) from None
    except Damaged:
        raise Unreadable(NO_LETTERS if kind == "text" else NOT_READ) from None
    except Broken as fault:
        raise Unreadable(
            f"No pudimos leer la tabla desde la línea {fault.line}: "
            "revisa las comillas de esa fila."
        ) from None

"""A file of visits into rows, whatever program wrote it.

Three kinds of file are known: the official platform's export (a title, the headings, the rows),
its 12 columns as CSV (Zaguán's own *oficial* too), and tables of other systems, whose columns are
recognised by their headings. A file is read row by row, as often as its rows are asked for.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from forms.fields import sheets, workbook
from forms.fields.identifiers import plain
from forms.fields.workbook import Cell

MEGABYTE = 1024 * 1024
#: Bytes of a file, and rows that are taken from one.
LIMIT = 30 * MEGABYTE
MOST_ROWS = 200_000
MOST = workbook.Most(unpacked=250 * MEGABYTE, rows=MOST_ROWS + 20, tags=30_000_000)
#: How far down headings are looked for.
ABOVE = 20

#: Name of a cell → its headings, as `plain` writes them; the first is the official one.
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "recorded_on": ("fecha de registro", "fecha registro"),
    "visit_on": ("fecha de visita", "fecha visita", "fecha de la visita", "fecha"),
    "entity": ("entidad visitada", "entidad"),
    "entity_ruc": ("ruc entidad", "ruc de la entidad"),
    "visitor": ("visitante", "nombre del visitante", "apellidos y nombres del visitante"),
    "document": ("documento del visitante", "documento", "documento visitante"),
    "visitor_entity": ("entidad del visitante", "entidad visitante", "institucion del visitante"),
    "official": ("funcionario visitado", "funcionario", "empleado publico", "nombre funcionario"),
    "unit": ("oficina", "unidad", "area"),
    "post": ("cargo",),
    "entry": ("hora ingreso", "hora de ingreso", "ingreso", "hora ing"),
    "exit": ("hora salida", "hora de salida", "salida", "hora sal"),
    "motive": ("motivo", "motivo de la visita", "motivo de visita"),
    "place": ("lugar especifico", "lugar", "lugar de reunion", "lugar de la visita"),
    "observation": ("observacion", "observaciones"),
}
NAMES = {heading: name for name, headings in HEADINGS.items() for heading in headings}
#: The 12 columns of the official platform, in its order.
TWELVE = (
    *("recorded_on", "visit_on", "entity", "visitor", "document", "visitor_entity"),
    *("official", "entry", "exit", "motive", "place", "observation"),
)

AS_XLSX = (
    "Ábrelo en Excel o LibreOffice, elige «Guardar como», "
    "el tipo «Libro de Excel (.xlsx)», y súbelo otra vez."
)
NOT_READ = f"No pudimos leer el archivo: debe ser .xlsx o .csv. {AS_XLSX}"
TOO_LARGE = (
    f"El archivo es demasiado grande al abrirlo: se leen hasta {MOST_ROWS // 1000} 000 filas. "
    "Divídelo, por ejemplo en un archivo por año."
)
NO_HEADINGS = (
    "No encontramos los encabezados. La tabla debe tener una fila con los nombres de las "
    "columnas; al menos «Fecha de Visita» y «Visitante»."
)


class Unreadable(Exception):
    """No visits can be read out of this file; its text says why and how to mend it."""


@dataclass(frozen=True)
class Line:
    """A row of a file: its number there, and what its cells hold, by the names of HEADINGS."""

    number: int
    cells: Mapping[str, Cell]


@dataclass(frozen=True)
class Export:
    """A file that can be read: its rows are read from it each time they are asked for."""

    content: bytes
    #: Whether it is the official platform's: a title, and below it the 12 columns.
    official: bool
    #: The name of each column, "" for one that is not known; and in which row they stand.
    columns: tuple[str, ...]
    headings_row: int

    def lines(self) -> Iterator[Line]:
        """The rows below the headings that hold something. Raises Unreadable, also in between.

        Of a text, which is soon gone through, before the first: a row costs far more to judge.
        """
        if not is_workbook(self.content):
            for _ in self._lines():
                pass
        yield from self._lines()

    def _lines(self) -> Iterator[Line]:
        count = 0
        for number, cells in _rows(self.content):
            if number <= self.headings_row:
                continue
            named = {
                name: cell
                for name, cell in zip(self.columns, cells, strict=False)
                if name and cell is not None and cell != ""
            }
            if not named:
                continue
            count += 1
            if count > MOST_ROWS:
                raise Unreadable(TOO_LARGE)
            yield Line(number, named)


def read_export(content: bytes, name: str) -> Export:
    """Opens a file (.xlsx or .csv) of visits. Raises Unreadable, whose text is for people."""
    _refuse_others(content, name)
    titled = False
    for number, cells in islice(_rows(content), ABOVE):
        columns = _columns(cells)
        if columns is not None:
            official = titled and tuple(filter(None, columns)) == TWELVE
            return Export(content, official, columns, number)
        titled = titled or any(str(cell).strip() for cell in cells if cell)
    raise Unreadable(NO_HEADINGS)


def is_workbook(content: bytes) -> bool:
    """Whether a file is an archive, as workbooks of today are; else it is a text."""
    return content.startswith(b"PK\x03\x04")


def _refuse_others(content: bytes, name: str) -> None:
    """Raises Unreadable for what is neither a workbook of today nor text."""
    if not content.strip():
        raise Unreadable("El archivo está vacío. Elige otro.")
    if len(content) > LIMIT:
        raise Unreadable("El archivo pesa más de 30 MB. Divídelo, por ejemplo en uno por año.")
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


def _columns(cells: Sequence[Cell]) -> tuple[str, ...] | None:
    """The names of the columns, where these cells are headings; of two alike, the first.

    Raises Unreadable where a column lacks without which nothing can be taken.
    """
    names: list[str] = []
    for cell in cells:
        heading = plain(str(cell or "").replace("_", " ")).strip(".*: ")
        name = NAMES.get(heading, "")
        names.append("" if name in names else name)
    if sum(map(bool, names)) < 3:
        return None
    for name, heading in (("visit_on", "Fecha de Visita"), ("visitor", "Visitante")):
        if name not in names:
            raise Unreadable(f"Falta la columna «{heading}». Agrégala y súbelo otra vez.")
    return tuple(names)


def _rows(content: bytes) -> Iterator[tuple[int, Sequence[Cell]]]:
    if is_workbook(content):
        try:
            yield from workbook.rows(content, MOST)
        except workbook.TooLarge:
            raise Unreadable(TOO_LARGE) from None
        except workbook.Damaged:
            raise Unreadable(NOT_READ) from None
    else:
        yield from _rows_of_text(content)


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

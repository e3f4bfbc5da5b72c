"""A file of visits into rows, whatever program wrote it.

Three kinds of file are known: the official platform's export (a title, the headings, the rows),
its 12 columns as CSV (Zaguán's own *oficial* too), and tables of other systems, whose columns are
recognised by their headings. A file is read once, in a process of its own; its rows can be gone
through as often as they are asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from forms.fields import tables
from forms.fields.identifiers import plain
from forms.fields.tables import Cell, Unreadable

LIMITS = tables.Limits(
    megabytes=30,
    rows=200_000,
    advice="Divídelo, por ejemplo en un archivo por año.",
    bounds=tables.Bounds(memory=1024 * tables.MEGABYTE, seconds=90),
)

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

NO_HEADINGS = (
    "No encontramos los encabezados. La tabla debe tener una fila con los nombres de las "
    "columnas; al menos «Fecha de Visita» y «Visitante»."
)


@dataclass(frozen=True)
class Line:
    """A row of a file: its number there, and what its cells hold, by the names of HEADINGS."""

    number: int
    cells: Mapping[str, Cell]


@dataclass(frozen=True)
class Export:
    """A file that can be read: its rows are read from it each time they are asked for."""

    rows: tables.Rows
    #: Whether it is the official platform's: a title, and below it the 12 columns.
    official: bool
    #: The name of each column, "" for one that is not known; and in which row they stand.
    columns: tuple[str, ...]
    headings_row: int

    def lines(self) -> Iterator[Line]:
        """The rows below the headings that hold something. Raises Unreadable for too many."""
        count = 0
        for number, cells in self.rows:
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
            if count > LIMITS.rows:
                raise Unreadable(LIMITS.too_many)
            yield Line(number, named)


def read_export(content: bytes, name: str) -> Export:
    """Read a file (.xlsx, .ods or .csv) of visits; never within a transaction that writes.

    Raises Unreadable, whose text is for people.
    """
    tables.check(content, name, LIMITS)
    titled = False
    rows = tables.rows(content, LIMITS)
    for number, cells in islice(rows, LIMITS.above):
        columns = _columns(cells)
        if columns is not None:
            official = titled and tuple(filter(None, columns)) == TWELVE
            return Export(rows, official, columns, number)
        titled = titled or any(str(cell).strip() for cell in cells if cell)
    raise Unreadable(NO_HEADINGS)


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

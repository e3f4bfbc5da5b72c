"""Reads the rows of a file of visits, whatever program wrote it.

Three kinds of file are known: the official platform's export (a title, the headings, the rows), its
12 columns as CSV (also Zaguán's *oficial*), and tables of other systems, whose columns are
recognised by their headings. A file is read once, in a child process; its rows can then be iterated
as often as needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from app.register.importing import headings
from forms.fields import tables
from forms.fields.tables import Cell, Unreadable

LIMITS = tables.Limits(
    megabytes=30,
    rows=200_000,
    advice="Divídelo, por ejemplo en un archivo por año.",
    bounds=tables.Bounds(memory=1024 * tables.MEGABYTE, seconds=90),
    old_excel=True,
)

#: The 12 columns of the official platform, in its order.
TWELVE = (
    *("recorded_on", "visit_on", "entity", "visitor", "document", "visitor_entity"),
    *("official", "entry", "exit", "motive", "place", "observation"),
)

NO_HEADINGS = (
    "No encontramos los encabezados. La tabla debe tener una fila con los nombres de las "
    "columnas; al menos «Fecha de Visita» y «Visitante»."
)
LACKING = "Falta la columna «{}». Agrégala y súbelo otra vez."


@dataclass(frozen=True)
class Line:
    """A row of a file: its number, and its cells by the names of `headings.COLUMNS`."""

    number: int
    cells: Mapping[str, Cell]


@dataclass(frozen=True)
class Export:
    """A readable file. Each iteration reads its rows again."""

    rows: tables.Rows
    #: Whether it is the official platform's: a title, and below it the 12 columns.
    official: bool
    #: The name of each column, "" for an unknown one; and the number of the row of headings.
    columns: tuple[str, ...]
    headings_row: int
    #: The headings as they are written.
    headings: tuple[str, ...] = ()

    @property
    def unknown(self) -> list[str]:
        """The headings of columns that are not read."""
        return list(headings.unknown(self.headings, self.columns))

    @property
    def known(self) -> list[tuple[str, str]]:
        """Each heading that is read, with the label of its column."""
        pairs = zip(self.headings, self.columns, strict=True)
        return [(text, headings.LABELS[name]) for text, name in pairs if name in headings.LABELS]

    def lines(self) -> Iterator[Line]:
        """Yield the rows below the headings that are not empty. Raises Unreadable for too many."""
        count = 0
        for number, cells in self.rows:
            if number <= self.headings_row:
                continue
            named = {
                name: cell
                for name, cell in zip(self.columns, cells, strict=False)
                if name and name != headings.UNUSED and cell is not None and cell != ""
            }
            if not named:
                continue
            count += 1
            if count > LIMITS.rows:
                raise Unreadable(LIMITS.too_many)
            yield Line(number, named)


def read_export(content: bytes, name: str) -> Export:
    """Read a file (.xlsx, .xls, .ods or .csv) of visits; never within a transaction that writes.

    Raises Unreadable, whose text is for people.
    """
    tables.check(content, name, LIMITS)
    titled = False
    rows = tables.rows(content, LIMITS)
    for number, cells in islice(rows, LIMITS.above):
        found = _columns(cells)
        if found is not None:
            texts, columns = found
            official = titled and tuple(filter(None, columns)) == TWELVE
            return Export(rows, official, columns, number, texts)
        titled = titled or any(str(cell).strip() for cell in cells if cell)
    raise Unreadable(NO_HEADINGS)


def _columns(cells: Sequence[Cell]) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """Return the headings and the names of the columns, where these cells are headings.

    Raises Unreadable where a column is missing without which no row can be imported.
    """
    texts = tuple(str(cell or "") for cell in cells)
    names = headings.names_of(texts)
    known = {name for name in names if name and name != headings.UNUSED}
    if len(known) < 3:
        return None
    if "visit_on" not in known and headings.DAY_AND_HOUR not in map(headings.canonical, texts):
        raise Unreadable(LACKING.format("Fecha de Visita"))
    if not known & {"visitor", "visitor_names", "visitor_surnames", "visitor_surname_1"}:
        raise Unreadable(LACKING.format("Visitante"))
    return texts, names

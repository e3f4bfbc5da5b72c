"""Reads the rows of a file of visits, whatever program wrote it.

The official platform's export (a title, the headings, the rows) and our own CSV are recognised by
their headings; of other tables the user says which column holds what. A file is read once, in a
child process; its rows can then be iterated as often as needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
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

#: Columns that are read, and letters of the heading of one.
COLUMNS, HEADING = 64, 60

NO_HEADINGS = (
    "No encontramos los encabezados. La tabla debe tener una fila con los nombres de las columnas."
)
LACKING = "Falta la columna «{}». Ponle ese encabezado y súbelo otra vez."


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
    #: The headings as they are written, and the number of their row.
    headings: tuple[str, ...]
    headings_row: int
    #: The place of the column of each cell; two cells may be of one column.
    columns: Mapping[str, int]

    @property
    def unknown(self) -> list[str]:
        """The headings of columns that are not read."""
        read = set(self.columns.values())
        return [text for place, text in enumerate(self.headings) if text and place not in read]

    @property
    def known(self) -> list[tuple[str, str]]:
        """Each heading that is read, with the label of its cell."""
        pairs = self.columns.items()
        return [(self.headings[place], headings.LABELS[cell]) for cell, place in pairs]

    def lines(self) -> Iterator[Line]:
        """Yield the rows below the headings that are not empty. Raises Unreadable for too many."""
        count = 0
        for number, cells in self.rows:
            if number <= self.headings_row:
                continue
            named = {
                name: cells[place]
                for name, place in self.columns.items()
                if place < len(cells) and cells[place] is not None and cells[place] != ""
            }
            if not named:
                continue
            count += 1
            if count > LIMITS.rows:
                raise Unreadable(LIMITS.too_many)
            yield Line(number, named)


def opened(content: bytes, name: str) -> Export:
    """Read a file (.xlsx, .xls, .ods or .csv) of visits; never within a transaction that writes.

    The columns are those whose headings are known. Raises Unreadable, whose text is for people.
    """
    tables.check(content, name, LIMITS)
    rows = tables.rows(content, LIMITS)
    best: tuple[int, int] = (0, 1)
    found = None
    titled = False
    for number, cells in islice(rows, LIMITS.above):
        texts = tuple(
            " ".join(cell.split())[:HEADING] if isinstance(cell, str) else ""
            for cell in cells[:COLUMNS]
        )
        columns = headings.proposed(texts)
        rank = len(columns), sum(map(bool, texts))
        if rank > best:
            official = titled and tuple(sorted(columns, key=columns.__getitem__)) == TWELVE
            best, found = rank, Export(rows, official, texts, number, columns)
        titled = True
    if found is None:
        raise Unreadable(NO_HEADINGS)
    return found


def read_export(content: bytes, name: str, columns: Mapping[str, int] | None = None) -> Export:
    """Read a file as `opened` does, with the columns that the user chose or, by default, the known.

    Raises Unreadable, also where a column is missing without which no row is a visit.
    """
    export = opened(content, name)
    if columns is not None:
        export = replace(export, columns=columns)
    for cell in headings.REQUIRED:
        if cell not in export.columns:
            raise Unreadable(LACKING.format(headings.LABELS[cell]))
    return export

"""The rows of an entity in an export, stored compressed until they are imported.

So the file is read once, and the import of an entity reads its rows alone.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from app.register.importing.reading import Line
from forms.fields.isolated import read_cell
from forms.fields.tables import Cell


def written(line: Line) -> str:
    """Return a row as a line of JSON."""
    cells = {name: _written(cell) for name, cell in line.cells.items()}
    return json.dumps([line.number, cells], ensure_ascii=False, separators=(",", ":"))


def packed(rows: Sequence[str]) -> bytes:
    """Return rows that `written` wrote, compressed."""
    return zlib.compress("\n".join(rows).encode(), 5)


def unpacked(content: bytes) -> list[Line]:
    """Return the rows that `packed` stored."""
    rows = map(json.loads, zlib.decompress(content).split(b"\n"))
    return [
        Line(number, {name: read_cell(cell) for name, cell in cells.items()})
        for number, cells in rows
    ]


def _written(cell: Cell) -> Any:
    if isinstance(cell, date | time):  # a moment is a date, too
        return [type(cell).__name__, cell.isoformat()]
    return cell


@dataclass(frozen=True)
class PartOfExport:
    """The rows of one entity, for `importing.applying`, which takes a whole file otherwise."""

    rows: Sequence[Line]
    unknown: Sequence[str] = ()
    known: Sequence[tuple[str, str]] = ()

    def lines(self) -> Iterator[Line]:
        """Yield the rows in the file's order."""
        yield from self.rows

"""A sheet of an OpenDocument (.ods) as rows of values, read in one pass and in little memory.

Repetitions are counted, never expanded: a row of a file of 700 bytes can ask to be repeated a
billion times, and so can a space.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time
from xml.parsers import expat

from forms.fields.foreign.archive import Parts
from forms.fields.foreign.bounds import (
    COLUMNS,
    LONGEST_CELL,
    Cell,
    ContentLimits,
    Damaged,
    Row,
    TooLarge,
)

CONTENT = "content.xml"
CELLS = ("table:table-cell", "table:covered-table-cell")
NUMBERS = frozenset(["float", "percentage", "currency"])
DURATION = re.compile(r"PT(\d{1,4})H(\d{1,2})M(\d{1,2})(?:[.,]\d+)?S")
SPACE = re.compile(r"[ \t\r\n]+")


def is_one(content: bytes) -> bool:
    """Return whether an archive is an OpenDocument that no reader takes for an Excel workbook.

    Raises Damaged.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = {name.lower() for name in archive.namelist()}
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError) as fault:
        raise Damaged from fault
    return CONTENT in names and not any(name.startswith("xl/") for name in names)


def rows(content: bytes, most: ContentLimits, sheet: str = "") -> Iterator[Row]:
    """Yield the rows of a sheet that are not empty, each with its number (from 1).

    Reads the sheet with that name, or the first. Raises Damaged and TooLarge, also after some rows.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = _Names()
            Parts(archive, most).read(CONTENT, names.start)
            chosen = names.all.index(sheet) if sheet in names.all else 0
            table = _Table(chosen, most)
            for _ in Parts(archive, most).parsed(CONTENT, table.start, table.end, table.text):
                yield from table.done
                table.done.clear()
                if table.is_over:
                    return
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as fault:
        raise Damaged from fault
    except (expat.ExpatError, KeyError, ValueError, IndexError, OverflowError) as fault:
        raise Damaged from fault


class _Names:
    """The names of the sheets, in order."""

    def __init__(self) -> None:
        self.all: list[str] = []

    def start(self, tag: str, values: dict[str, str]) -> None:
        if tag == "table:table":
            self.all.append(values.get("table:name", ""))


class _Table:
    """A collector of the cells of one table into rows; `done` are the complete ones."""

    def __init__(self, chosen: int, most: ContentLimits) -> None:
        self.chosen = chosen
        self.most = most
        self.done: list[Row] = []
        self.is_over = False
        self.tables = -1
        #: Depth inside the table: 1 is the table itself, more is a table in a cell.
        self.depth = 0
        self.number = self.count = self.column = 0
        self.repeated = self.columns = 1
        self.cells: list[Cell] = []
        self.values: dict[str, str] | None = None
        self.pieces: list[str] = []
        self.length = 0
        #: Depth inside an element that is not text of the cell: a note, a drawing.
        self.aside = 0
        self.hears = 0

    def start(self, tag: str, values: dict[str, str]) -> None:
        if tag == "table:table":
            self.tables += 1
            if self.depth or self.tables == self.chosen:
                self.depth += 1
        if self.depth != 1 or self.is_over:
            return
        if tag == "table:table-row":
            self.repeated = _times(values, "table:number-rows-repeated")
            self.cells, self.column = [], 0
        elif tag in CELLS:
            self.columns = _times(values, "table:number-columns-repeated")
            self.values, self.pieces, self.length = values, [], 0
        elif tag in ("annotation", "office:annotation") or tag.startswith("draw:"):
            self.aside += 1
        elif tag in ("text:p", "text:h"):
            self._add("\n" if self.pieces else "")
            self.hears += 1
        elif tag == "text:s":
            spaces = _times(values, "text:c")
            self._add(" " * min(spaces, LONGEST_CELL + 1))
        elif tag in ("text:tab", "text:line-break"):
            self._add("\t" if tag == "text:tab" else "\n")

    def text(self, text: str) -> None:
        if self.hears and self.depth == 1:
            self._add(SPACE.sub(" ", text))

    def _add(self, text: str) -> None:
        if self.aside or self.values is None:
            return
        self.length += len(text)
        if self.length > LONGEST_CELL:
            raise TooLarge
        self.pieces.append(text)

    def end(self, tag: str) -> None:
        if tag == "table:table" and self.depth:
            self.depth -= 1
            self.is_over = self.is_over or not self.depth
        if self.depth != 1:
            return
        if tag == "table:table-row":
            self._end_row()
        elif tag in CELLS:
            self._end_cell()
        elif tag in ("annotation", "office:annotation") or tag.startswith("draw:"):
            self.aside -= 1
        elif tag in ("text:p", "text:h"):
            self.hears -= 1

    def _end_cell(self) -> None:
        value = _value(self.values or {}, "".join(self.pieces))
        if value is not None and value != "" and self.column < COLUMNS:
            self.cells.extend([None] * (self.column - len(self.cells)))
            self.cells.extend([value] * min(self.columns, COLUMNS - self.column))
        self.column += self.columns
        self.values = None

    def _end_row(self) -> None:
        if self.cells:
            self.count += self.repeated
            if self.count > self.most.rows:
                raise TooLarge
            self.done.extend((self.number + n, self.cells) for n in range(1, self.repeated + 1))
        self.number += self.repeated
        self.cells = []


def _times(values: dict[str, str], name: str) -> int:
    text = values.get(name, "1")
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise Damaged
    return int(text)


def _value(values: dict[str, str], text: str) -> Cell:
    """Return the value of a cell, according to its declared type."""
    kind = values.get("office:value-type", "")
    if kind in NUMBERS:
        number = values["office:value"]
        return int(number) if number.isascii() and number.isdigit() else float(number)
    if kind == "date":
        return _day(values["office:date-value"])
    if kind == "time":
        return _hour(values["office:time-value"], text)
    if kind == "boolean":
        return values["office:boolean-value"] == "true"
    return values.get("office:string-value", text)


def _day(text: str) -> Cell:
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def _hour(duration: str, text: str) -> Cell:
    """Return a time of day; a longer duration stays as its displayed text."""
    found = DURATION.fullmatch(duration)
    if found is None or int(found[1]) > 23:
        return text
    return time(int(found[1]), int(found[2]), int(found[3]))

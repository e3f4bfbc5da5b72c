"""A workbook (.xlsx) as rows of values, read in one pass and in little memory.

The sizes that a file declares are not trusted. Libraries that read a whole sheet allocate memory
for every cell up to the last one, so that two cells in a file of a kilobyte can ask for half a
terabyte. Here only one row is held at a time, and a file with too much of anything is `TooLarge`.
Nothing in a file is executed, and no entity is expanded.
"""

from __future__ import annotations

import io
import operator
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from xml.parsers import expat

from forms.fields.foreign.archive import Parts
from forms.fields.foreign.bounds import COLUMNS, Cell, ContentLimits, Damaged, Row

#: Number formats that are dates or times without being defined in the file.
DATES = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
NOT_FORMAT = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?![hms]+\])[^\]]*\]', re.IGNORECASE)
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
PLACE = re.compile(r"([A-Z]{1,3})[0-9]+")


def rows(content: bytes, most: ContentLimits, sheet: str = "") -> Iterator[Row]:
    """Yield the rows of a sheet that are not empty, each with its number (from 1).

    Reads the sheet with that name, or the first. Raises Damaged and TooLarge, also after some rows.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield from _Workbook(archive, most).rows(sheet)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as fault:
        raise Damaged from fault
    except (expat.ExpatError, KeyError, ValueError, IndexError, OverflowError) as fault:
        raise Damaged from fault


class _Workbook:
    """The relevant parts of an archive: the first sheet, its texts and formats."""

    def __init__(self, archive: zipfile.ZipFile, most: ContentLimits) -> None:
        self.parts = Parts(archive, most)

    def rows(self, wanted: str) -> Iterator[Row]:
        """Yield the rows of a sheet; see the function `rows`."""
        [(path, _)] = [
            found for found in self._related("", "").values() if found[1] == "officeDocument"
        ]
        book = _Book()
        self.parts.read(path, book.start)
        parts = self._related(*posixpath.split(path))
        sheets = [
            (name == wanted, parts[one][0])
            for name, one in book.sheets
            if parts[one][1] == "worksheet"
        ]
        if not sheets:
            return
        _, chosen = max(sheets, key=operator.itemgetter(0))  # of equal ones, the first
        by_kind = {kind: target for target, kind in parts.values()}
        formats, texts = _Formats(), _Texts()
        if "styles" in by_kind:
            self.parts.read(by_kind["styles"], formats.start)
        if "sharedStrings" in by_kind:
            self.parts.read(by_kind["sharedStrings"], texts.start, texts.end, texts.text)
        sheet = _Sheet(texts.all, formats.are_dates, book.starts_1904)
        for _ in self.parts.parsed(chosen, sheet.start, sheet.end, sheet.text):
            yield from sheet.done
            sheet.done.clear()

    def _related(self, folder: str, name: str) -> Mapping[str, tuple[str, str]]:
        """Return the targets of a part by id: path in the archive, last word of the type."""
        related: dict[str, tuple[str, str]] = {}

        def start(tag: str, values: dict[str, str]) -> None:
            if tag == "Relationship" and values.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/", folder, values["Target"]))
                kind = values["Type"].rpartition("/")[2]
                related[values["Id"]] = (target.lstrip("/"), kind)

        self.parts.read(posixpath.join(folder, "_rels", f"{name}.rels"), start)
        return related


class _Book:
    """The sheets of a workbook, and the epoch of its days."""

    def __init__(self) -> None:
        self.sheets: list[tuple[str, str]] = []  # name and id
        self.starts_1904 = False

    def start(self, tag: str, values: dict[str, str]) -> None:
        if tag == "sheet":
            self.sheets.extend(
                (values.get("name", ""), value)
                for name, value in values.items()
                if name.rpartition(":")[2] == "id"
            )
        elif tag == "workbookPr":
            self.starts_1904 = values.get("date1904") in ("1", "true")


class _Formats:
    """The cell styles that are dates or times."""

    def __init__(self) -> None:
        self.own: dict[str, bool] = {}
        self.inside = ""
        self.are_dates: list[bool] = []

    def start(self, tag: str, values: dict[str, str]) -> None:
        if tag == "numFmt":
            code = NOT_FORMAT.sub("", values.get("formatCode", "").partition(";")[0])
            self.own[values["numFmtId"]] = any(sign in "dmyhs" for sign in code.lower())
        elif tag in ("cellXfs", "cellStyleXfs", "dxfs"):
            self.inside = tag
        elif tag == "xf" and self.inside == "cellXfs":
            number = values.get("numFmtId", "0")
            self.are_dates.append(self.own.get(number, int(number) in DATES))


class _Texts:
    """The texts that cells refer to by number, without phonetic readings of Asian characters."""

    def __init__(self) -> None:
        self.all: list[str] = []
        self.pieces: list[str] = []
        self.hears = False
        self.aside = False

    def start(self, tag: str, _: dict[str, str]) -> None:
        if tag == "si":
            self.pieces = []
        elif tag == "rPh":
            self.aside = True
        elif tag == "t":
            self.hears = not self.aside

    def text(self, text: str) -> None:
        if self.hears:
            self.pieces.append(text)

    def end(self, tag: str) -> None:
        if tag == "t":
            self.hears = False
        elif tag == "rPh":
            self.aside = False
        elif tag == "si":
            self.all.append(_unescaped("".join(self.pieces)))


class _Sheet:
    """A collector of cells into rows; `done` are the complete ones."""

    def __init__(self, texts: list[str], are_dates: list[bool], starts_1904: bool) -> None:
        self.texts = texts
        self.are_dates = are_dates
        self.epoch = datetime(1904, 1, 1) if starts_1904 else datetime(1899, 12, 30)  # noqa: DTZ001
        self.done: list[Row] = []
        self.number = 0
        self.cells: list[Cell] = []
        self.column = 0
        self.kind = ""
        self.style = 0
        self.hears = False
        self.aside = False
        self.pieces: list[str] = []

    def start(self, tag: str, values: dict[str, str]) -> None:
        if tag == "c":
            place = values.get("r")
            self.column = _column(place) if place else self.column + 1
            self.kind = values.get("t", "n")
            self.style = int(values.get("s", "0"))
            self.pieces = []
        elif tag in ("v", "t"):
            self.hears = not self.aside
        elif tag == "rPh":
            self.aside = True
        elif tag == "row":
            self.number = int(values["r"]) if "r" in values else self.number + 1
            self.cells = []
            self.column = 0

    def text(self, text: str) -> None:
        if self.hears:
            self.pieces.append(text)

    def end(self, tag: str) -> None:
        if tag == "c":
            if self.pieces and self.column <= COLUMNS:
                missing = self.column - 1 - len(self.cells)
                if missing > 0:
                    self.cells.extend([None] * missing)
                self.cells.append(self._value("".join(self.pieces)))
        elif tag in ("v", "t"):
            self.hears = False
        elif tag == "rPh":
            self.aside = False
        elif tag == "row" and self.cells:
            self.done.append((self.number, self.cells))
            self.cells = []

    def _value(self, text: str) -> Cell:
        kind = self.kind
        if kind == "s":
            return self.texts[int(text)]
        if kind in ("inlineStr", "str"):
            return _unescaped(text)
        if kind == "n":
            is_date = self.style < len(self.are_dates) and self.are_dates[self.style]
            return _number(text, self.epoch if is_date else None)
        if kind == "b":
            return text == "1"
        if kind == "d":
            return datetime.fromisoformat(text.removesuffix("Z"))
        return None  # an error such as #REF!


def _column(place: str) -> int:
    """Return the number of a cell's column, from 1."""
    found = PLACE.fullmatch(place)
    if found is None:
        raise Damaged
    number = 0
    for letter in found[1]:
        number = number * 26 + ord(letter) - 64
    return number


def _number(text: str, epoch: datetime | None) -> Cell:
    """Return a number, or the day, time or moment that it represents."""
    if epoch is None:
        return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else float(text)
    days = float(text)
    if not 0 <= days < 2_958_466:
        return days
    moment = epoch + timedelta(seconds=round(days * 86_400))
    if days < 1:
        return moment.time()
    return moment.date() if days.is_integer() else moment


def _unescaped(text: str) -> str:
    """Decode characters that XML cannot hold, which are written as _x000D_."""
    if "_x" not in text:
        return text
    return ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)

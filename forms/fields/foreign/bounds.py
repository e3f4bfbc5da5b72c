"""Limits, exceptions and cell values shared by all readers of foreign files.

The modules of this folder run in the child process, which `forms.fields.isolated` starts. They
import only the standard library, each other and the library of their format, so that the child
starts at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import NotRequired, TypedDict

MEGABYTE = 1024 * 1024
#: Columns that are read; programs leave formats far to the right.
COLUMNS = 64
#: Characters of one cell; Excel allows 32,767.
LONGEST_CELL = 131_072

Cell = str | int | float | bool | date | datetime | time | None
Row = tuple[int, list[Cell]]


class Damaged(Exception):
    """The file does not have its format, or a part of it cannot be read."""


class TooLarge(Exception):
    """The file holds more than the limits allow: bytes, rows, tags or characters."""


class Broken(Exception):
    """A line of a text cannot be read as a row; `line` counts from 1."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


class Fault(Exception):
    """A photograph cannot be used: `code` says why, `number` which one, from 1."""

    def __init__(self, code: str, number: int = 1) -> None:
        super().__init__(code, number)
        self.code = code
        self.number = number


@dataclass(frozen=True)
class Picture:
    """A page made of a photograph: its sides in points, and a grey JPEG."""

    width: int
    height: int
    jpeg: bytes
    #: Quarters of a turn, clockwise, with which it is drawn.
    turn: int = 0


@dataclass(frozen=True)
class ContentLimits:
    """Limits of a file: unpacked bytes, rows that are not empty, XML tags."""

    unpacked: int
    rows: int
    tags: int
    #: Characters of all cells together.
    characters: int = 150 * MEGABYTE


@dataclass(frozen=True)
class BundleLimits:
    """Limits of a ZIP of documents: files, unpacked bytes in all, and of one file."""

    files: int
    unpacked: int
    file: int


class Order(TypedDict):
    """The order to the child, as JSON in its argument; only `kind` and `bounds` for a whole PDF."""

    kind: str  # pdf, part, photographs, bundle, archive, old_workbook, text, other
    pages: NotRequired[list[int]]  # of a part: the numbers of its pages
    bounds: NotRequired[dict[str, int]]  # of `isolated.Bounds`; added when the child is started
    sheet: NotRequired[str]
    strict: NotRequired[bool]
    most: NotRequired[dict[str, int]]  # of `ContentLimits`, for a bundle `BundleLimits`
    sizes: NotRequired[list[int]]  # bytes of each photograph


class PdfContents(TypedDict):
    """The result for a PDF: its number of pages, and "" or the reason for refusal."""

    pages: int
    fault: str


class PhotographContents(TypedDict):
    """The first line of the result for photographs, before the bytes of their pages.

    `fault` is "" or why photograph `number` is refused, `pages` has width, height and bytes.
    """

    fault: str
    number: int
    pages: list[tuple[int, int, int]]


class MemberFacts(TypedDict):
    """The line about a file of a ZIP, before its bytes.

    `fault` is "" or why it has no bytes: outside, encrypted, too_large, damaged.
    """

    name: str
    size: int
    fault: str

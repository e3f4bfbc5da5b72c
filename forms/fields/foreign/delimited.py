"""A text with cells separated by tabs, semicolons or commas (.csv, .tsv, .txt), as rows."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Sequence

from forms.fields.foreign.bounds import COLUMNS, MEGABYTE, Broken, Damaged, Row, TooLarge

#: Bytes at the start of a text from which its encoding is detected without a BOM.
SAMPLE_SIZE = 4096
TOO_LONG = "field larger than field limit"


def rows(content: bytes, *, strict: bool = True) -> Iterator[Row]:
    """Yield the rows that are not empty, each with its number (from 1).

    `strict`: a missing quote is an error, and so is a cell that swallowed the rows below it. Raises
    Broken, Damaged and TooLarge.
    """
    with io.TextIOWrapper(io.BytesIO(content), encoding_of(content), newline="") as text:
        delimiter = delimiter_of(text.read(50_000))
        text.seek(0)
        reader = csv.reader(text, delimiter=delimiter, strict=strict)
        begins = width = number = 0
        while True:
            try:
                cells = next(reader, None)
            except csv.Error as fault:
                if str(fault).startswith(TOO_LONG):
                    raise TooLarge from None
                raise Broken(begins + 1) from None
            if cells is None:
                return
            number += 1
            if strict and reader.line_num > begins + 1 and _swallowed(cells, delimiter, width):
                raise Broken(begins + 1)
            begins, width = reader.line_num, max(width, len(cells))
            if any(cells):
                yield number, list(cells[:COLUMNS])


def delimiter_of(text: str) -> str:
    """Return the delimiter of a table, tab, semicolon or comma, from its first lines."""
    first = "\n".join([line for line in text[:50_000].splitlines() if line.strip()][:10])
    return max("\t;,", key=first.count)


def encoding_of(content: bytes) -> str:
    """Return the encoding of a text: UTF-16 or UTF-8, otherwise that of Windows in Peru.

    Raises Damaged.
    """
    for encoding in _encodings(content):
        try:
            for _ in codecs.iterdecode(_pieces(content), encoding):
                pass
        except UnicodeDecodeError:
            continue
        return encoding
    raise Damaged


def is_text(content: bytes) -> bool:
    """Return whether a file can be a text: without zero bytes, except those of UTF-16."""
    return b"\0" not in content or "utf-16" in _encodings(content)[0]


def _encodings(content: bytes) -> Sequence[str]:
    """Return the encodings to try, in order."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ("utf-16",)
    head = content[:SAMPLE_SIZE]
    pairs = len(head) // 2
    # UTF-16 without a BOM: nearly every second byte of a table is zero, the others are not.
    for start, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        zeros, others = head[start::2].count(0), head[1 - start :: 2].count(0)
        if pairs and zeros > pairs // 2 and not others:
            return (encoding,)
    return ("utf-8-sig", "cp1252")


def _pieces(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), MEGABYTE):
        yield content[start : start + MEGABYTE]


def _swallowed(cells: Sequence[str], delimiter: str, width: int) -> bool:
    """Return whether a cell of several lines holds rows, because a quote is missing.

    From a cell to the one below it there are as many delimiters as in a row; between different
    columns, the resulting row is longer or shorter than those above.
    """
    if width > 1 and len(cells) != width:
        return True
    most = max(width, len(cells), 2) - 1
    return any("\n" in cell and cell.count(delimiter) >= most for cell in cells)

"""The process that reads a foreign file: the file comes in, plain data goes out.

`forms.fields.isolated` starts it by its file name with an order as JSON in its argument. It limits
itself before it reads a byte; if the kernel ends it, the file was too large. Output: a line of JSON
per row (or one about a PDF, or about photographs, followed by the bytes of their pages, or
one about each file of a ZIP, followed by its bytes); the exit code says how it ended.
"""

from __future__ import annotations

import json
import re
import resource
import sys
import types
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
if "forms" not in sys.modules:  # skip the package's imports, which load all forms and take 100 ms
    for depth, name in enumerate(("forms.fields.foreign", "forms.fields", "forms")):
        package = types.ModuleType(name)
        package.__path__ = [str([FOLDER, *FOLDER.parents][depth])]
        sys.modules[name] = package

from forms.fields.foreign.bounds import (  # noqa: E402
    COLUMNS,
    LONGEST_CELL,
    Broken,
    BundleLimits,
    Cell,
    ContentLimits,
    Damaged,
    Fault,
    Order,
    PhotographContents,
    Row,
    TooLarge,
)

#: Characters that a cell can hold but no page or database: `_xD800_` in an .xlsx, a zero.
UNWRITABLE = re.compile("[\0\ud800-\udfff]")
#: Exit codes. The last line of the output names a line that cannot be read.
DAMAGED, TOO_LARGE, BROKEN = 3, 4, 5


def main() -> int:
    """Read the file as the order says, and return the exit code."""
    order: Order = json.loads(sys.argv[1])
    _bound(order["bounds"])
    try:
        if order["kind"] == "bundle":
            from forms.fields.foreign import bundle

            bundle.write(sys.stdin.buffer, sys.stdout.buffer, BundleLimits(**order["most"]))
            return 0
        content = sys.stdin.buffer.read()
        if order["kind"] == "pdf":
            from forms.fields.foreign import pdf

            _write(pdf.examine(content))
        elif order["kind"] == "part":
            from forms.fields.foreign import parts

            sys.stdout.buffer.write(parts.part(content, order["pages"]))
        elif order["kind"] == "photographs":
            _write_pages(content, order["sizes"])
        else:
            _write_rows(_rows(content, order), order["most"])
    except Damaged:
        return DAMAGED
    except (TooLarge, MemoryError, RecursionError):
        return TOO_LARGE
    except Broken as fault:
        _write({"line": fault.line})
        return BROKEN
    return 0


def _bound(bounds: dict[str, int]) -> None:
    """Limit this process for good: memory and output in bytes, processor time in seconds.

    It starts no other process, nor a thread unless the order allows it.
    """
    for kind, most in (
        (resource.RLIMIT_AS, bounds["memory"]),
        (resource.RLIMIT_FSIZE, bounds["output"]),
        (resource.RLIMIT_CPU, bounds["seconds"]),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))
    if not bounds.get("threads"):
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


def _rows(content: bytes, order: Order) -> Iterator[Row]:
    """Yield the rows of a table, from the reader of its format."""
    most, sheet = ContentLimits(**order["most"]), order["sheet"]
    if order["kind"] == "text":
        from forms.fields.foreign import delimited

        return delimited.rows(content, strict=order["strict"])
    if order["kind"] == "old_workbook":
        from forms.fields.foreign import old_workbook

        return old_workbook.rows(content, sheet)
    from forms.fields.foreign import open_document, workbook

    if open_document.is_one(content):
        return open_document.rows(content, most, sheet)
    return workbook.rows(content, most, sheet)


def _write_rows(rows: Iterator[Row], most: dict[str, int]) -> None:
    """Write each row that is not empty as `[number, cells]`. Raises TooLarge."""
    characters = 0
    for written, (number, cells) in enumerate(rows, 1):
        if written > most["rows"]:
            raise TooLarge
        for cell in cells:
            if isinstance(cell, str):
                characters += len(cell)
                if len(cell) > LONGEST_CELL:
                    raise TooLarge
        if characters > most["characters"]:
            raise TooLarge
        _write([number, _plain(cells[:COLUMNS])])


def _write_pages(content: bytes, sizes: Sequence[int]) -> None:
    """Write a line about the photographs, then the pages made of them, one after the other."""
    from forms.fields.foreign import photographs

    found: PhotographContents = {"fault": "", "number": 0, "pages": []}
    made = []
    try:
        made = photographs.pages(content, sizes)
        found["pages"] = [(one.width, one.height, len(one.jpeg)) for one in made]
    except Fault as fault:
        found |= {"fault": fault.code, "number": fault.number}
    _write(found)
    sys.stdout.flush()
    sys.stdout.buffer.write(b"".join(one.jpeg for one in made))


def _plain(cells: Sequence[Cell]) -> list[Any]:
    """Return cells for JSON; days and times become a pair of their type and ISO text."""
    return [
        UNWRITABLE.sub("\ufffd", cell)
        if isinstance(cell, str)
        else [type(cell).__name__, cell.isoformat()]
        if isinstance(cell, date | datetime | time)
        else cell
        for cell in cells
    ]


def _write(value: Any) -> None:
    sys.stdout.write(json.dumps(value, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    sys.exit(main())

"""Read foreign files in a separate process, with limits on memory, time and output.

Whatever a file does to its reader, it does there: the kernel ends a child that exceeds its limits,
and the caller gets `TooLarge`. The result is plain data (see `foreign.child`), in an unnamed
temporary file. This module knows no database: call it before a transaction begins.
"""

from __future__ import annotations

import json
import logging
import shutil
import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import IO, Any

from forms.fields.foreign.bounds import (
    MEGABYTE,
    Broken,
    BundleLimits,
    Cell,
    ContentLimits,
    Damaged,
    Fault,
    MemberFacts,
    Order,
    PdfContents,
    PhotographContents,
    Picture,
    TooLarge,
)
from forms.fields.foreign.child import BROKEN, DAMAGED, TOO_LARGE

logger = logging.getLogger(__name__)

CHILD = Path(__file__).parent / "foreign" / "child.py"
#: Isolated (-I): no path or environment variable of the caller decides what it imports.
COMMAND = [sys.executable, "-I", str(CHILD)]
#: Children of this process at the same time; others wait for their turn.
SLOTS = threading.BoundedSemaphore(2)
#: How many times its processor seconds a child may run, since others share the processor.
TIME_FACTOR = 4

READ_AS: Mapping[str, type[date | time]] = {"date": date, "datetime": datetime, "time": time}


@dataclass(frozen=True)
class Bounds:
    """Limits of a child: memory and output in bytes, processor time in seconds."""

    memory: int = 512 * MEGABYTE
    output: int = 256 * MEGABYTE
    seconds: int = 30
    #: Whether it may start threads, which the kernel counts as processes.
    threads: bool = False


USUAL = Bounds()


@dataclass(frozen=True)
class Rows:
    """The rows of a table, read; they can be iterated repeatedly."""

    spool: IO[bytes]

    def __post_init__(self) -> None:
        """Close the temporary file together with the rows."""
        weakref.finalize(self, self.spool.close)

    def __iter__(self) -> Iterator[tuple[int, list[Cell]]]:
        place = 0
        while True:
            self.spool.seek(place)  # another iteration may run at the same time
            line = self.spool.readline()
            if not line:
                return
            place += len(line)
            number, cells = json.loads(line)
            yield number, [read_cell(cell) for cell in cells]


def read_cell(cell: Any) -> Cell:
    """Return a cell from JSON, in which a date or a time is a pair: the type's name and ISO."""
    if not isinstance(cell, list):
        plain: Cell = cell
        return plain
    kind, text = cell
    value: Cell = READ_AS[kind].fromisoformat(text)
    return value


def rows(
    content: bytes,
    kind: str,
    most: ContentLimits,
    *,
    sheet: str = "",
    strict: bool = True,
    bounds: Bounds = Bounds(),
) -> Rows:
    """Read a table: `kind` is "archive" (.xlsx, .ods), "old_workbook" (.xls) or "text".

    Of a workbook, read the sheet with that name, or the first. Raises Damaged, TooLarge, and Broken
    for a line of a text.
    """
    order: Order = {"kind": kind, "sheet": sheet, "strict": strict, "most": asdict(most)}
    return Rows(_read(content, order, bounds))


def pdf(content: bytes, bounds: Bounds = USUAL) -> PdfContents:
    """Return what `foreign.pdf.examine` returns for a PDF. Raises TooLarge."""
    try:
        with _read(content, {"kind": "pdf"}, bounds) as answer:
            contents: PdfContents = json.load(answer)
            return contents
    except Damaged:
        return {"fault": "damaged", "pages": 0}


def part(content: bytes, pages: Sequence[int], bounds: Bounds = USUAL) -> bytes:
    """Return some pages of a PDF as a PDF. Raises Damaged, TooLarge."""
    with _read(content, {"kind": "part", "pages": list(pages)}, bounds) as answer:
        return answer.read()


def photographs(contents: Sequence[bytes], bounds: Bounds) -> list[Picture]:
    """Return a page per photograph. Raises Fault for one that cannot be used, and TooLarge."""
    order: Order = {"kind": "photographs", "sizes": [len(one) for one in contents]}
    try:
        with _read(b"".join(contents), order, bounds) as answer:
            found: PhotographContents = json.loads(answer.readline())
            if found["fault"]:
                raise Fault(found["fault"], found["number"])
            return [
                Picture(width, height, answer.read(size)) for width, height, size in found["pages"]
            ]
    except Damaged:
        raise TooLarge from None  # a library ended the process: the memory allowed was too little


@dataclass(frozen=True)
class Member:
    """A file of a ZIP: its name there, its bytes, and why it has none (`MemberFacts.fault`)."""

    name: str
    content: bytes
    fault: str


def bundle(stream: IO[bytes], most: BundleLimits, bounds: Bounds) -> Iterator[Member]:
    """Yield the files of a ZIP. Raises Damaged for what is none, and TooLarge."""
    with tempfile.TemporaryFile() as source:  # the child needs a file in which it can seek
        shutil.copyfileobj(stream, source)
        source.seek(0)
        answer = _read(source, {"kind": "bundle", "most": asdict(most)}, bounds)
    with answer:
        while line := answer.readline():
            facts: MemberFacts = json.loads(line)
            yield Member(facts["name"], answer.read(facts["size"]), facts["fault"])


def answer(child: Path, content: bytes, bounds: Bounds) -> bytes:
    """Run another child of this kind, a Python file, and return its output.

    It limits itself by the `bounds` of the order in its argument. Raises Damaged if it fails,
    TooLarge.
    """
    with _read(content, {"kind": "other"}, bounds, child) as output:
        return output.read()


def _read(
    content: bytes | IO[bytes], order: Order, bounds: Bounds, child: Path = CHILD
) -> IO[bytes]:
    """Run a child and return its output, at the start. Raises Damaged, TooLarge and Broken.

    `content`: bytes, or a file that the child reads itself.
    """
    order_text = json.dumps({**order, "bounds": asdict(bounds)})
    spool = tempfile.TemporaryFile()  # noqa: SIM115 - it is returned
    try:
        with SLOTS:
            done = subprocess.run(  # noqa: S603
                [*COMMAND[:-1], str(child), order_text],
                input=content if isinstance(content, bytes) else None,
                stdin=None if isinstance(content, bytes) else content,
                stdout=spool,
                stderr=subprocess.DEVNULL,
                timeout=TIME_FACTOR * bounds.seconds,
                check=False,
            )
        spool.seek(0)
        _must_be_good(done.returncode, spool)
    except subprocess.TimeoutExpired:
        spool.close()
        raise TooLarge from None
    except BaseException:
        spool.close()
        raise
    return spool


def _must_be_good(code: int, output: IO[bytes]) -> None:
    """Raise the exception for a child's exit code."""
    if code == BROKEN:
        raise Broken(json.loads(output.read().splitlines()[-1])["line"])
    if code == TOO_LARGE or code < 0:  # ended by the kernel
        raise TooLarge
    if code:
        if code != DAMAGED:
            logger.warning("a foreign file ended its reader with exit code %s", code)
        raise Damaged

"""The process that runs Typst: it reads orders as JSON and answers each with a PDF.

`app.cases.papers.typesetting` starts it by its file name; it imports nothing of the application,
so that it starts quickly. Its limits are JSON in its argument, and the kernel ends it if an order
exceeds them. It answers one order after the other (see `helper_process`) until its input ends,
until no order has come for `idle` seconds, or until it holds more than `held` bytes: Typst keeps
its layouts, and only the end of the process frees them quickly.
"""

from __future__ import annotations

import json
import os
import re
import resource
import select
import signal
import sys
import zlib
from datetime import datetime
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import typst

#: For archives, and for screen readers.
STANDARDS: list[Any] = ["a-3a", "ua-1"]

#: From this size (bytes) a PDF is compressed: the tags of a long table take most of its space.
LARGE = 300_000
#: Objects that are compressed together.
TOGETHER = 500


def main() -> None:
    """Answer orders. The first limits of the kernel hold for the whole life of the process."""
    bounds: dict[str, float] = json.loads(sys.argv[1])
    for limited, most in (
        (resource.RLIMIT_AS, int(bounds["memory"])),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limited, (most, most))
    source, target = sys.stdin.buffer, sys.stdout.buffer
    while select.select([source], [], [], bounds["idle"])[0] and (line := source.readline()):
        order = json.loads(source.read(int(line)))
        signal.setitimer(signal.ITIMER_REAL, bounds["seconds"])
        kind, content = answer(order)
        signal.setitimer(signal.ITIMER_REAL, 0)
        target.write(f"{kind} {len(content)}\n".encode() + content)
        target.flush()
        if held() > bounds["held"]:
            os._exit(0)  # without freeing one layout after the other


def answer(order: dict[str, Any]) -> tuple[str, bytes]:
    """Return kind and content of the answer to an order."""
    try:
        content = set_sheet(order)
        return "paper", packed(content) if len(content) >= LARGE else content
    except typst.TypstError as fault:
        return "fault", f"{fault.message}\n{fault.diagnostic}".encode()
    except MemoryError:
        return "fault", b"takes too much memory"


def set_sheet(order: dict[str, Any]) -> bytes:
    """Return the PDF of an order. A character that Inter lacks loses only the PDF/A profile."""
    compiler = typst.Compiler(
        order["template"],
        root=order["root"],
        font_paths=fonts_of(order["fonts"]),
        ignore_system_fonts=True,
    )

    def compiled(standards: list[Any]) -> bytes:
        content = compiler.compile(
            format="pdf",
            sys_inputs={"sheet": order["sheet"]},
            pdf_standards=standards,
            timestamp=datetime.fromisoformat(order["made_at"]),
        )
        if not isinstance(content, bytes):
            raise TypeError("Typst gave no PDF")
        return content

    try:
        return compiled(STANDARDS)
    except typst.TypstError:
        return compiled([])


@cache
def fonts_of(folder: str) -> typst.Fonts:
    """Return the fonts of a folder, and no others."""
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder]
    )


def held() -> int:
    """Return the resident memory of this process, in bytes."""
    pages = Path("/", "proc", "self", "statm").read_text("ascii").split()[1]
    return int(pages) * resource.getpagesize()


# Compression -------------------------------------------------------------------------------------

#: The end of a file that Typst writes: the table of its objects, and the entries of its trailer.
END = re.compile(rb"xref\n0 (\d+)\n(.*)trailer\n<<(.*)>>\nstartxref\n\d+\n%%EOF\s*\Z", re.DOTALL)
#: An object that is not a stream.
PLAIN = re.compile(rb"(\d+) 0 obj\n(.*)\nendobj\s*", re.DOTALL)
#: The place of a number without an object.
FREE = (0, 0, 65535)


def packed(content: bytes) -> bytes:
    """Return the same document with its objects in compressed streams.

    qpdf does the same in four times the time. This understands what Typst writes; any other
    document is returned as it is.
    """
    table = int(content[content.rindex(b"startxref") :].split()[1])
    end = END.match(content, table)
    if end is None:
        return content
    offsets = sorted(int(line[:10]) for line in end[2].splitlines() if line.endswith(b"n"))
    whole, plain = bytearray(content[: offsets[0]]), []
    # Of each object: 1, its offset, 0; or 2, the number of its stream, its place in it.
    places: dict[int, tuple[int, int, int]] = {}
    for start, stop in pairwise([*offsets, table]):
        one = content[start:stop]
        found = None if b"endstream" in one else PLAIN.fullmatch(one)
        if found:
            plain.append((int(found[1]), found[2]))
        else:
            places[int(one[: one.index(b" ")])] = (1, len(whole), 0)
            whole += one
    number = int(end[1])
    for first in range(0, len(plain), TOGETHER):
        group = plain[first : first + TOGETHER]
        places |= {inner: (2, number, place) for place, (inner, _) in enumerate(group)}
        places[number] = (1, len(whole), 0)
        whole += object_stream(number, group)
        number += 1
    places[number] = (1, len(whole), 0)
    return bytes(whole + table_stream(number, places, end[3], len(whole)))


def object_stream(number: int, objects: list[tuple[int, bytes]]) -> bytes:
    """Return a stream of objects, given as numbers and contents."""
    heads, offset = [], 0
    for inner, body in objects:
        heads.append(b"%d %d" % (inner, offset))
        offset += len(body) + 1
    head = b" ".join(heads) + b"\n"
    entries = b"/Type/ObjStm/N %d/First %d" % (len(objects), len(head))
    return stream(number, entries, head + b"\n".join(body for _, body in objects))


def table_stream(
    number: int, places: dict[int, tuple[int, int, int]], trailer: bytes, offset: int
) -> bytes:
    """Return the table of all objects as a stream at an offset, and the end of the file."""
    rows = (
        b"%c%b%b" % (kind, where.to_bytes(4, "big"), place.to_bytes(2, "big"))
        for kind, where, place in (places.get(one, FREE) for one in range(number + 1))
    )
    entries = re.sub(rb"/Size \d+", b"/Type/XRef/W[1 4 2]/Size %d" % (number + 1), trailer, count=1)
    return stream(number, entries, b"".join(rows)) + b"startxref\n%d\n%%%%EOF\n" % offset


def stream(number: int, entries: bytes, content: bytes) -> bytes:
    """Return a compressed stream as an object."""
    small = zlib.compress(content)
    head = b"%d 0 obj\n<<%b/Filter/FlateDecode/Length %d>>\nstream\n" % (
        number,
        entries,
        len(small),
    )
    return head + small + b"\nendstream\nendobj\n"


if __name__ == "__main__":
    main()

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
        return "paper", finished(set_sheet(order))
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


# The file ----------------------------------------------------------------------------------------

#: The end of a file that Typst writes: the table of its objects, and the entries of its trailer.
END = re.compile(rb"xref\n0 \d+\n(.*)trailer\n<<(.*)>>\nstartxref\n\d+\n%%EOF\s*\Z", re.DOTALL)
OBJECT = re.compile(rb"(\d+) 0 obj\n(.*)\nendobj\s*", re.DOTALL)
Objects = dict[int, bytes]
#: The place of a number without an object.
FREE = (0, 0, 65535)


def finished(content: bytes) -> bytes:
    """Return a paper of Typst with fields for its signatures; a large one is compressed.

    This understands what Typst writes; any other document is returned as it is.
    """
    parts = parts_of(content)
    if parts is None:
        return content
    head, objects, trailer = parts
    fields = fields_of(objects, trailer)
    write = compressed if len(content) >= LARGE else plain
    return write(head, objects | fields, trailer)


def parts_of(content: bytes) -> tuple[bytes, Objects, bytes] | None:
    """Return the head of a file, its objects by number, and the entries of its trailer."""
    table = int(content[content.rindex(b"startxref") :].split()[1])
    end = END.match(content, table)
    if end is None:
        return None
    offsets = sorted(int(line[:10]) for line in end[1].splitlines() if b" n" in line)
    found = [OBJECT.fullmatch(content, *ends) for ends in pairwise([*offsets, table])]
    objects = {int(one[1]): one[2] for one in found if one}
    return (content[: offsets[0]], objects, end[2]) if all(found) else None


def plain(head: bytes, objects: Objects, trailer: bytes) -> bytes:
    """Return a file with its objects as they are."""
    whole, lines = bytearray(head), [b"0000000000 65535 f \n"] * (max(objects) + 1)
    for number, body in objects.items():
        lines[number] = b"%010d 00000 n \n" % len(whole)
        whole += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = b"xref\n0 %d\n%btrailer\n<<%b>>\n" % (
        len(lines),
        b"".join(lines),
        sized(trailer, len(lines)),
    )
    return bytes(whole) + table + b"startxref\n%d\n%%%%EOF\n" % len(whole)


def compressed(head: bytes, objects: Objects, trailer: bytes) -> bytes:
    """Return a file whose objects are in compressed streams: qpdf takes four times the time."""
    whole, loose = bytearray(head), []
    # Of each object: 1, its offset, 0; or 2, the number of its stream, its place in it.
    places: dict[int, tuple[int, int, int]] = {}
    for number, body in objects.items():
        if b"endstream" in body:
            places[number] = (1, len(whole), 0)
            whole += b"%d 0 obj\n%b\nendobj\n" % (number, body)
        else:
            loose.append((number, body))
    number = max(objects) + 1
    for first in range(0, len(loose), TOGETHER):
        group = loose[first : first + TOGETHER]
        places |= {inner: (2, number, place) for place, (inner, _) in enumerate(group)}
        places[number] = (1, len(whole), 0)
        whole += object_stream(number, group)
        number += 1
    places[number] = (1, len(whole), 0)
    return bytes(whole + table_stream(number, places, trailer, len(whole)))


def sized(trailer: bytes, count: int, more: bytes = b"") -> bytes:
    """Return the entries of a trailer for another number of objects."""
    return re.sub(rb"/Size \d+", b"%b/Size %d" % (more, count), trailer, count=1)


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
    entries = sized(trailer, number + 1, b"/Type/XRef/W[1 4 2]")
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


# Fields for signatures ---------------------------------------------------------------------------

#: The attached data of a paper: where its signatures go (`boxes_attached` in paper.typ).
DATA = re.compile(rb"<<(.*?)>>\nstream\n(.*)\nendstream", re.DOTALL)
IS_DATA = b"/Type/EmbeddedFile/Subtype/application#2Fjson"


def fields_of(objects: Objects, trailer: bytes) -> Objects:
    """Return the objects that give each box an empty field for a signature, and a tag for it."""
    found = next((one for one in objects.values() if IS_DATA in one[:200]), b"")
    data = DATA.fullmatch(found)
    if data is None:
        return {}
    text = zlib.decompress(data[2]) if b"/FlateDecode" in data[1] else data[2]
    root = reference(b"/Root ", trailer)
    tree = reference(b"/StructTreeRoot ", objects[root])
    top = reference(b"/K[", objects[tree])
    pages = pages_of(objects, reference(b"/Pages ", objects[root]))
    made = {number: objects[number] for number in (root, tree, top)}
    number, key = max(objects) + 1, reference(b"/ParentTreeNextKey ", objects[tree])
    fields = []
    for place, box in enumerate(json.loads(text)["firmas"], 1):
        page = pages[box["pagina"] - 1]
        made |= field(number, box, b"firma-%d" % place, page=page, top=top, key=key)
        made[page] = added(made.get(page, objects[page]), b"/Annots", b"%d 0 R" % number)
        made[top] = added(made[top], b"/K", b"%d 0 R" % (number + 2))
        made[tree] = added(made[tree], b"/Nums", b"%d %d 0 R" % (key, number + 2))
        fields.append(b"%d 0 R" % number)
        number, key = number + 3, key + 1
    made[tree] = re.sub(rb"(/ParentTreeNextKey )\d+", rb"\g<1>%d" % key, made[tree])
    made[root] = made[root][:-2] + b"/AcroForm<</Fields[%b]>>>>" % b" ".join(fields)
    return made


def field(
    number: int, box: dict[str, Any], name: bytes, *, page: int, top: int, key: int
) -> Objects:
    """Return an empty field, what it shows (nothing), and its tag, as three objects."""
    left, bottom, wide, high = (box[side] for side in ("izquierda", "abajo", "ancho", "alto"))
    sides = b"%.2f %.2f %.2f %.2f" % (left, bottom, left + wide, bottom + high)
    words = ("Firma: " + box["rol"]).encode("utf-16-be").hex().encode()
    look = b"<</Type/XObject/Subtype/Form/BBox[0 0 %.2f %.2f]/Length 0>>" % (wide, high)
    return {
        number: b"<</Type/Annot/Subtype/Widget/FT/Sig/T(%b)/TU<FEFF%b>/Rect[%b]/F 4/P %d 0 R"
        b"/StructParent %d/AP<</N %d 0 R>>>>" % (name, words, sides, page, key, number + 1),
        number + 1: look + b"\nstream\n\nendstream",
        number + 2: b"<</Type/StructElem/S/Form/P %d 0 R/K<</Type/OBJR/Obj %d 0 R/Pg %d 0 R>>>>"
        % (top, number, page),
    }


def reference(name: bytes, body: bytes) -> int:
    """Return the first number after a name in an object."""
    start = body.index(name) + len(name)
    return int(re.split(rb"\D", body[start : start + 12], maxsplit=1)[0])


def pages_of(objects: Objects, number: int) -> list[int]:
    """Return the numbers of the pages below an object, in their order."""
    start = objects[number].find(b"/Kids[")
    if start < 0:
        return [number]
    kids = objects[number][start + 6 : objects[number].index(b"]", start)]
    found = re.findall(rb"(\d+) 0 R", kids)
    return [page for kid in found for page in pages_of(objects, int(kid))]


def added(body: bytes, name: bytes, one: bytes) -> bytes:
    """Return an object whose list of a name has one entry more."""
    start = body.find(name + b"[")
    if start < 0:
        return body[:-2] + b"%b[%b]>>" % (name, one)
    end = body.index(b"]", start)
    return body[:end] + b" " + one + body[end:]


if __name__ == "__main__":
    main()

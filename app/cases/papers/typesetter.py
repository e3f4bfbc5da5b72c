"""The process that runs Typst: an order as JSON comes in, a PDF goes out.

`app.cases.papers.typesetting` starts it by its file name; it imports nothing of the application, so
that it starts at once. With STAYS it takes order after order until its input ends: each order,
and each answer, comes after a line with its length in bytes.
"""

from __future__ import annotations

import io
import json
import sys
from datetime import datetime
from typing import Any

import typst

#: For the archive, and for readers of screens.
STANDARDS: list[Any] = ["a-3a", "ua-1"]

#: From this size on (bytes) a PDF is packed: the tags of a long table take most of its room.
LARGE = 300_000


#: The argument that makes it stay.
STAYS = "--stay"


def main() -> None:
    """Reads an order, writes the PDF; what Typst refuses goes to stderr, with exit code 1."""
    if STAYS in sys.argv:
        stay()
        return
    try:
        content = paper(json.load(sys.stdin.buffer))
    except typst.TypstError as fault:
        sys.exit(told(fault))
    sys.stdout.buffer.write(content)


def stay() -> None:
    """Answers order after order; before the length of an answer stands what it is."""
    source, target = sys.stdin.buffer, sys.stdout.buffer
    while line := source.readline():
        try:
            kind, content = "paper", paper(json.loads(source.read(int(line))))
        except typst.TypstError as fault:
            kind, content = "fault", told(fault).encode()
        target.write(f"{kind} {len(content)}\n".encode() + content)
        target.flush()


def told(fault: typst.TypstError) -> str:
    """What Typst says of a template that does not fit its sheet."""
    return f"{fault.message}\n{fault.diagnostic}"


def paper(order: dict[str, Any]) -> bytes:
    """The PDF of an order, packed where it is large."""
    content = set_sheet(order)
    return packed(content) if len(content) >= LARGE else content


def set_sheet(order: dict[str, Any]) -> bytes:
    """The PDF of an order. A sign that Inter lacks costs the archive's profile, not the paper."""
    fonts = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[order["fonts"]]
    )
    compiler = typst.Compiler(
        order["template"], root=order["root"], font_paths=fonts, ignore_system_fonts=True
    )

    def compiled(standards: list[Any]) -> bytes:
        content = compiler.compile(
            format="pdf",
            sys_inputs={"sheet": json.dumps(order["sheet"])},
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


def packed(content: bytes) -> bytes:
    """The same document with its objects in compressed streams; alike for alike."""
    import pikepdf

    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as pdf:
        pdf.save(
            target,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            deterministic_id=True,
        )
    return target.getvalue()


if __name__ == "__main__":
    main()

"""The process that runs Typst: it reads an order as JSON and writes a PDF.

`app.cases.papers.typesetting` starts it by its file name; it imports nothing of the application,
so that it starts quickly. With STAYS it takes one order after the other until its input ends: each
order, and each answer, follows a line with its length in bytes.
"""

from __future__ import annotations

import io
import json
import sys
from datetime import datetime
from typing import Any

import typst

#: For archives, and for screen readers.
STANDARDS: list[Any] = ["a-3a", "ua-1"]

#: From this size (bytes) a PDF is compressed: the tags of a long table take most of its space.
LARGE = 300_000


#: The argument that makes it take several orders.
STAYS = "--stay"


def main() -> None:
    """Read an order, write the PDF; errors of Typst go to stderr, with exit code 1."""
    if STAYS in sys.argv:
        stay()
        return
    try:
        content = paper(json.load(sys.stdin.buffer))
    except typst.TypstError as fault:
        sys.exit(error_text(fault))
    sys.stdout.buffer.write(content)


def stay() -> None:
    """Answer one order after the other; each answer starts with its status and length."""
    source, target = sys.stdin.buffer, sys.stdout.buffer
    while line := source.readline():
        try:
            kind, content = "paper", paper(json.loads(source.read(int(line))))
        except typst.TypstError as fault:
            kind, content = "fault", error_text(fault).encode()
        target.write(f"{kind} {len(content)}\n".encode() + content)
        target.flush()


def error_text(fault: typst.TypstError) -> str:
    """Return the error of Typst for a template that does not fit its sheet."""
    return f"{fault.message}\n{fault.diagnostic}"


def paper(order: dict[str, Any]) -> bytes:
    """Return the PDF of an order, compressed if it is large."""
    content = set_sheet(order)
    return packed(content) if len(content) >= LARGE else content


def set_sheet(order: dict[str, Any]) -> bytes:
    """Return the PDF of an order. A character that Inter lacks loses only the PDF/A profile."""
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
    """Return the same document with compressed object streams; equal input, equal output."""
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

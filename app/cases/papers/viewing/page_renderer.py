"""The process that reads the pages of a PDF: their sizes and texts, and pictures of them.

`app.cases.papers.viewing.page_pictures` starts it by its file name; it imports nothing of the
application. It limits itself before it reads a byte, and the kernel ends it if an order exceeds its
limits, which are JSON in its argument. It answers one order after the other (see `helper_process`)
until its input ends, or until no order has come for `IDLE` seconds.
"""

from __future__ import annotations

import io
import json
import resource
import select
import signal
import sys
from pathlib import Path
from typing import Any

import pypdfium2
from PIL import Image
from pypdfium2 import raw

#: The part of the processor's seconds that the texts of some pages may take.
FOR_TEXTS = 0.5
#: Seconds without an order after which the process ends.
IDLE = 300
#: Longest side of a picture, as a multiple of its shorter side.
LONGEST = 4
#: Colours of a picture of text and drawings.
COLOURS = 128
#: Characters of the text of one page.
LONGEST_TEXT = 20_000
#: Objects of a page that are looked at to say what it holds.
MOST_OBJECTS = 500
HEAD = b"%PDF-"
#: The file in a paper made here that says where its signatures go (`layouts/paper.typ`).
ATTACHED = "firmas.json"


class Fault(Exception):
    """The pages cannot be shown; the message is the reason, a key of `page_pictures.FAULTS`."""


def main() -> None:
    """Answer orders. The first limits of the kernel hold for the whole life of the process."""
    bounds: dict[str, float] = json.loads(sys.argv[1])
    for kind, most in (
        (resource.RLIMIT_AS, int(bounds["memory"])),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(kind, (most, most))
    source, target = sys.stdin.buffer, sys.stdout.buffer
    while select.select([source], [], [], IDLE)[0] and (line := source.readline()):
        order = json.loads(source.read(int(line)))
        signal.setitimer(signal.ITIMER_PROF, bounds["cpu"])
        signal.setitimer(signal.ITIMER_REAL, bounds["seconds"])
        status, content = answer(order)
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        target.write(f"{status} {len(content)}\n".encode() + content)
        target.flush()


def answer(order: dict[str, Any]) -> tuple[str, bytes]:
    """Return kind and content of the answer to an order."""
    try:
        with opened(order["path"]) as pdf:
            if "side" in order:
                how = order.get("part"), order.get("turned", 0)
                return "picture", picture(pdf, order["page"], order["side"], *how)
            if "boxes" in order:
                return "boxes", json.dumps(boxes(pdf)).encode()
            found = pages(pdf, order["first"], order["last"], reads=order["reads"])
            return "pages", json.dumps({"count": len(pdf), "pages": found}).encode()
    except Fault as fault:
        return "fault", str(fault).encode()
    except (MemoryError, RecursionError):
        return "fault", b"too_large"
    except (pypdfium2.PdfiumError, ValueError, OSError):
        return "fault", b"damaged"


def opened(path: str) -> pypdfium2.PdfDocument:
    """Return a document with its form fields. Raise Fault."""
    with Path(path).open("rb") as source:
        if source.read(len(HEAD)) != HEAD:
            raise Fault("no_pdf")
    try:
        pdf = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as fault:
        wants = fault.err_code in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY)
        raise Fault("encrypted" if wants else "damaged") from None
    if not len(pdf):
        raise Fault("damaged")
    if pdf.get_formtype():
        pdf.init_forms()
    return pdf


def pages(
    pdf: pypdfium2.PdfDocument, first: int, last: int, *, reads: bool
) -> list[dict[str, Any]]:
    """Return size (points), text and contents of pages, from `first` to `last`; `reads`: texts."""
    found, given = [], signal.getitimer(signal.ITIMER_PROF)[0]
    for number in range(first, min(last, len(pdf)) + 1):
        has_time = signal.getitimer(signal.ITIMER_PROF)[0] >= given * (1 - FOR_TEXTS)
        found.append(page_facts(pdf, number, reads=reads and has_time))
    return found


def page_facts(pdf: pypdfium2.PdfDocument, number: int, *, reads: bool) -> dict[str, Any]:
    """Return the facts of one page; `holds`: text, image, drawing, nothing, unread or damaged."""
    facts = {"width": 595.0, "height": 842.0, "text": "", "holds": "unread"}
    try:
        facts["width"], facts["height"] = pdf.get_page_size(number - 1)
        if reads:
            page = pdf[number - 1]
            facts["text"] = text_of(page)
            facts["holds"] = "text" if facts["text"] else contents_of(page)
            page.close()
    except pypdfium2.PdfiumError:
        facts["holds"] = "damaged"
    return facts


def text_of(page: pypdfium2.PdfPage) -> str:
    """Return the text of a page, without control characters and spaces at the ends of lines."""
    found = page.get_textpage()
    text = found.get_text_bounded() if found.count_chars() else ""
    spaced = (" ".join(line.split()) for line in text.splitlines())
    lines = ("".join(filter(str.isprintable, line)) for line in spaced)
    return "\n".join(line for line in lines if line)[:LONGEST_TEXT]


def contents_of(page: pypdfium2.PdfPage) -> str:
    """Return what a page holds besides text, by its first objects: image, drawing or nothing."""
    holds = "nothing"
    for looked, one in enumerate(page.get_objects(max_depth=3)):
        if one.type == raw.FPDF_PAGEOBJ_IMAGE:
            return "image"
        holds = "drawing"
        if looked >= MOST_OBJECTS:
            break
    return holds


def boxes(pdf: pypdfium2.PdfDocument) -> list[dict[str, Any]]:
    """Return where the signatures of a paper go, with the size of its pages (points).

    It is in a file that papers made here have attached; none without it.
    """
    for number in range(raw.FPDFDoc_GetAttachmentCount(pdf)):
        attached = pdf.get_attachment(number)
        if attached.get_name() == ATTACHED:
            wide, high = pdf.get_page_size(0)
            sizes = {"pagina_ancho": wide, "pagina_alto": high}
            return [box | sizes for box in json.loads(bytes(attached.get_data()))["firmas"]]
    return []


def picture(
    pdf: pypdfium2.PdfDocument,
    number: int,
    side: int,
    part: list[float] | None = None,
    turned: int = 0,
) -> bytes:
    """Return a picture of a page whose shorter side has `side` pixels, or less on a long page.

    `part`: left, top, right and bottom of what is shown, as parts of the page's sides.
    `turned`: degrees by which the page is turned clockwise; what is shown is turned back.
    A scanned page is a JPEG. Any other is a PNG with few colours, which is smaller, made faster,
    and sharp.
    """
    if not 0 < number <= len(pdf):
        raise Fault("no_page")
    page = pdf[number - 1]
    sides = [max(one, 1.0) for one in page.get_size()]
    scale = min(side / min(sides), LONGEST * side / max(sides))
    bitmap = page.render(scale=scale, rev_byteorder=True)
    image, target = bitmap.to_pil(), io.BytesIO()
    if part:
        wide, high = image.size
        left, top, right, bottom = part
        image = image.crop(
            (int(left * wide), int(top * high), int(right * wide) + 1, int(bottom * high) + 1)
        )
    if turned % 360:
        image = image.rotate(turned, expand=True)  # the other way round
    if contents_of(page) == "image":
        image.save(target, "JPEG", quality=85)
    else:
        few = image.quantize(COLOURS, method=Image.Quantize.FASTOCTREE)
        few.save(target, "PNG", compress_level=3)
    return target.getvalue()


if __name__ == "__main__":
    main()

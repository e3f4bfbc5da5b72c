"""A document that was photographed: up to twenty photographs become the pages of one PDF.

The photographs are read in a child process (`isolated`). Only the pages made there, grey JPEGs
of ours, go into the PDF.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import pikepdf
from pikepdf import Dictionary, Name

from forms.fields import isolated
from forms.fields.foreign.bounds import MEGABYTE, Fault, Picture, TooLarge

#: Greatest number of pages of a photographed document, and greatest size of a photograph in bytes.
MOST = 20
LIMIT = 10 * MEGABYTE
#: What file inputs of documents offer to choose.
ACCEPT = (
    "application/pdf,.pdf,image/jpeg,.jpg,.jpeg,image/png,.png,image/heic,image/heif,.heic,.heif"
)
ACCEPTED = (
    "Un PDF de 10 MB como máximo, o fotografías (JPEG, PNG o HEIC) de hasta 20 páginas y hasta "
    "30 MB en total. Fotografía cada página entera, de frente y con buena luz."
)
BOUNDS = isolated.Bounds(memory=768 * MEGABYTE, output=8 * MEGABYTE, seconds=60)
#: Sides of an upright A4 sheet in points of PDF, to the hundredth.
SHORT, LONG = 595.28, 841.89
#: Starts of a JPEG and of a PNG; a HEIC has its brand at the fifth byte.
STARTS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
BRANDS = re.compile(rb"....ftyp(?:hei[cxms]|mif1)", re.DOTALL)

#: Result of `foreign.photographs` → how the sentence about a photograph goes on.
FAULTS: Mapping[str, str] = {
    "no_photograph": "no es JPEG, PNG ni HEIC. Elige una de esos tipos, o un PDF.",
    "empty": "está vacía. Elígela otra vez.",
    "heavy": "pesa más de 10 MB. Tómala con menor resolución.",
    "damaged": "está dañada o incompleta. Tómala otra vez, o guárdala como JPEG.",
    "too_large": "es demasiado grande al abrirla. Tómala con menor resolución.",
    "too_small": "es demasiado pequeña para leerse. Sube la original, no una miniatura.",
    "animated": "es una animación. Sube una fotografía de cada página.",
}
TOO_MANY = f"Son más de {MOST} fotografías. Escanea el documento como un solo PDF."
TOO_LARGE = "Las fotografías son demasiado grandes al abrirlas. Tómalas con menor resolución."


class Unfit(Exception):
    """Photographs that cannot become a document; the message is the sentence for their sender."""


def is_photograph(head: bytes) -> bool:
    """Return whether a file begins like a photograph of an accepted format."""
    return head.startswith(STARTS) or BRANDS.match(head) is not None


def in_order(names: Iterable[str]) -> list[int]:
    """Return the places of names in their order: 2 before 10, equal names as they were sent."""
    keys = [
        [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)]
        for name in (name[:200].lower() for name in names)
    ]
    return sorted(range(len(keys)), key=keys.__getitem__)


def pages_of(contents: Sequence[bytes], names: Sequence[str] = ()) -> list[Picture]:
    """Return a page per photograph, in the same order. Raises Unfit.

    `names`: what its sender calls each photograph; without names, a number stands for each.
    """
    if len(contents) > MOST:
        raise Unfit(TOO_MANY)
    try:
        _check(contents)
        has_heic = any(BRANDS.match(content) for content in contents)
        bounds = replace(BOUNDS, threads=has_heic)  # its decoder starts one, or ends the process
        return isolated.photographs(contents, bounds)
    except Fault as fault:
        which = names[fault.number - 1] if names else str(fault.number)
        which = f"La fotografía {which}" if len(contents) > 1 else "La fotografía"
        raise Unfit(f"{which} {FAULTS[fault.code]}") from None
    except TooLarge:
        raise Unfit(TOO_LARGE) from None


def _check(contents: Sequence[bytes]) -> None:
    """Raise Fault for a file that need not even be opened."""
    for number, content in enumerate(contents, 1):
        if fault := _fault_of(content):
            raise Fault(fault, number)


def _fault_of(content: bytes) -> str:
    """Return why a file is not opened; "" if it is."""
    if not content:
        return "empty"
    if len(content) > LIMIT:
        return "heavy"
    return "" if is_photograph(content[:16]) else "no_photograph"


def pdf_of(pages: Sequence[Picture]) -> bytes:
    """Return a PDF of A4 sheets with a page each; the same pages make the same bytes."""
    target = io.BytesIO()
    with pikepdf.new() as pdf:
        for picture in pages:
            _add(pdf, picture)
        pdf.save(target, deterministic_id=True)
    return target.getvalue()


def _add(pdf: pikepdf.Pdf, picture: Picture) -> None:
    """Add a sheet with a page in its middle, as large as fits; a wide page gets a wide sheet."""
    wide, high = picture.width, picture.height
    if picture.turn % 2:
        wide, high = high, wide
    width, height = (SHORT, LONG) if high >= wide else (LONG, SHORT)
    scale = min(width / wide, height / high)
    across, up = wide * scale, high * scale
    image = pdf.make_stream(
        picture.jpeg,
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=picture.width,
        Height=picture.height,
        ColorSpace=Name.DeviceGray,
        BitsPerComponent=8,
        Filter=Name.DCTDecode,
    )
    sheet = pdf.add_blank_page(page_size=(width, height))
    sheet.obj.Resources = Dictionary(XObject=Dictionary(Page=image))
    left, below = (width - across) / 2, (height - up) / 2
    matrix = (
        (across, 0, 0, up, left, below),
        (0, -up, across, 0, left, below + up),
        (-across, 0, 0, -up, left + across, below + up),
        (0, up, -across, 0, left + across, below),
    )[picture.turn]
    drawn = f"q {' '.join(f'{number:.2f}' for number in matrix)} cm /Page Do Q"
    sheet.obj.Contents = pdf.make_stream(drawn.encode())

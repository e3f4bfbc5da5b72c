"""Pages of a PDF: their sizes and texts, and the codes of `/verificar/` on them.

A code is read in the text, in the pictures of the page, and in what is drawn. A scanned page is a
picture: it is decoded at a reduced size, which is much faster than rendering the page.
"""

from __future__ import annotations

import hashlib
import io
import math
import time
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import pypdfium2
from PIL import Image, UnidentifiedImageError
from pypdfium2 import raw

from app.cases.papers.preflight.facts import Code, PageFacts
from app.cases.papers.preflight.foreign import codes
from app.cases.papers.preflight.foreign.codes import Addresses, Drawn
from app.cases.papers.preflight.foreign.signers import clean
from app.cases.papers.viewing import page_renderer

#: Pages that are looked at, and seconds of the processor after which no further page is.
MOST_PAGES, SECONDS = 60, 2.5
#: Characters of the name of a program that are returned.
LONGEST_PRODUCER = 100
#: Objects of a page that are looked at, and pictures of it; a page with more is rendered.
MOST_OBJECTS, MOST_PICTURES = 500, 4
#: Part of a page that pictures cover if it is a scan, and pictures of a page that are measured.
COVERED, MOST_PICTURES_MEASURED = 0.8, 100
#: Pixels: the shorter side at which a picture is searched, and at least; and the most in all.
SIDE, LEAST_SIDE, MOST_PIXELS = 1_100, 40, 40_000_000
#: Resolution of a rendered page and of its corners (dots per inch), and the longest side.
DPI, CORNER_DPI, LONGEST_SIDE = 150, 220, 2_600
#: Points of a corner of the page: the QR of an issued paper is in one (`layouts/paper.typ`).
CORNER = 70.0
#: What a page cannot be read for; none of it ends the reading of the others.
FAULTS = (
    *(pypdfium2.PdfiumError, UnidentifiedImageError, Image.DecompressionBombError, SyntaxError),
    *(ValueError, TypeError, LookupError, OverflowError, OSError),
)

Found = tuple[list[Drawn], int]


@dataclass(frozen=True)
class Looked:
    """The first pages of a file, whether there was no time for all, and what wrote the file."""

    pages: list[PageFacts]
    cut_short: bool
    producer: str


def look(path: str, addresses: Addresses) -> Looked:
    """Return the facts of the first pages. Raise `page_renderer.Fault`."""
    until, found = time.process_time() + SECONDS, []
    with page_renderer.opened(path) as pdf:
        producer = clean(pdf.get_metadata_value("Producer"), LONGEST_PRODUCER)
        count = len(pdf)
        for number in range(min(count, MOST_PAGES)):
            if time.process_time() > until:
                break
            found.append(_facts(pdf, number, addresses))
    return Looked(found, len(found) < count, producer)


def _facts(pdf: Any, number: int, addresses: Addresses) -> PageFacts:
    facts: PageFacts = {
        "width": 595.0,
        "height": 842.0,
        "holds": "damaged",
        "codes": [],
        "foreign_codes": 0,
        "text": "",
    }
    try:
        facts["width"], facts["height"] = pdf.get_page_size(number)
        page = pdf[number]
        text = _text_of(page)
        facts["text"] = _digest(text)
        is_typeset = bool(text) and not _is_covered(page)
        facts["holds"] = _holds(page, text, is_typeset)
        written = codes.in_text(text, addresses)
        drawn, facts["foreign_codes"] = _in_pictures(page, addresses, written if is_typeset else [])
        # A program that reads scans may have misread a letter of the code: its QR is right.
        facts["codes"] = _together(written if is_typeset or not drawn else [], drawn)
        page.close()
    except FAULTS:
        pass
    return facts


def _holds(page: Any, text: str, is_typeset: bool) -> str:
    """Return what a page holds; a scan stays an image if a program added what it read in it."""
    if text:
        return "text" if is_typeset else "image"
    return page_renderer.contents_of(page)


def _text_of(page: Any) -> str:
    """Return the text of a page, in the order of the page before it was turned."""
    if not (turned := page.get_rotation()):
        return page_renderer.text_of(page)
    page.set_rotation(0)
    text = page_renderer.text_of(page)
    page.set_rotation(turned)
    return text


def _digest(text: str) -> str:
    """Return a digest of a text, however a program breaks its words and lines; "" if it is empty.

    The text itself, with its names and numbers, is not stored.
    """
    plain = codes.BREAKS.sub("", unicodedata.normalize("NFKC", text))
    return hashlib.sha256(plain.encode()).hexdigest() if plain else ""


def _is_covered(page: Any) -> bool:
    """Return whether pictures cover the page: a scan, whole or in strips."""
    left, bottom, right, top = page.get_bbox()
    covered, kinds = 0.0, [raw.FPDF_PAGEOBJ_IMAGE]
    for one in islice(page.get_objects(kinds, max_depth=3), MOST_PICTURES_MEASURED):
        sides, form = one.get_bounds(), one.container
        while form is not None:
            sides, form = form.get_matrix().on_rect(*sides), form.container
        wide = min(sides[2], right) - max(sides[0], left)
        high = min(sides[3], top) - max(sides[1], bottom)
        covered += max(wide, 0.0) * max(high, 0.0)
    return bool(covered >= COVERED * (right - left) * (top - bottom))


def _together(written: list[str], drawn: list[Drawn]) -> list[Code]:
    """Return each code once, with its page if a QR names one."""
    first = {one.code: one for one in reversed(drawn)}
    every = [first.get(code, Drawn(code, 0, None)) for code in dict.fromkeys([*written, *first])]
    return [
        {"code": one.code, "page": one.page, "in_text": one.code in written, "turned": one.turned}
        for one in every
    ]


def _in_pictures(page: Any, addresses: Addresses, written: list[str]) -> Found:
    """Return what the QR codes of a page say: in its pictures, in its corners, or anywhere on it.

    The whole page is rendered only if nothing was found and something is drawn on it.
    """
    found: list[Drawn] = []
    foreign, images, is_drawn = 0, [], False
    for looked, one in enumerate(page.get_objects(max_depth=3)):
        if one.type == raw.FPDF_PAGEOBJ_IMAGE:
            images.append(one)
        is_drawn = is_drawn or one.type not in (raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_TEXT)
        if looked >= MOST_OBJECTS or len(images) > MOST_PICTURES:
            images, is_drawn = [], True
            break
    pictures = list(_decoded(images))
    for picture, turned in pictures:
        own, others = codes.in_picture(picture, addresses, turned)
        found += own
        foreign += others
    if not found and written and (corners := _corners(page)):
        for picture in corners:
            own, _ = codes.in_picture(picture, addresses)
            found += own
    # A scan may be in strips, with the QR across two of them.
    is_in_parts = len(images) > 1 or len(pictures) < len(images)
    if not found and not written and (is_drawn or is_in_parts):
        found, foreign = codes.in_picture(_rendered(page, DPI), addresses)
    return found, foreign


def _decoded(images: list[Any]) -> Iterator[tuple[Image.Image, int | None]]:
    """Yield pictures in grey, reduced so that the shorter side has at least `SIDE` pixels, and by
    how many degrees the page shows each turned.
    """
    for one in images:
        width, height = one.get_px_size()
        if min(width, height) < LEAST_SIDE:
            yield Image.new("L", (1, 1)), None
            continue
        try:
            if one.get_filters() == ["DCTDecode"]:
                yield _jpeg(bytes(one.get_data())), _turn_of(one)
            elif width * height <= MOST_PIXELS:
                picture = one.get_bitmap().to_pil().convert("L")
                yield picture.reduce(max(1, min(picture.size) // SIDE)), _turn_of(one)
        except FAULTS:
            continue


def _turn_of(image: Any) -> int | None:
    """Return by how many degrees a page shows a picture turned clockwise; None if mirrored."""
    matrix, form = image.get_matrix(), image.container
    while form is not None:
        matrix, form = matrix.multiply(form.get_matrix()), form.container
    if matrix.a * matrix.d <= matrix.b * matrix.c:
        return None
    against = math.degrees(math.atan2(matrix.b, matrix.a))
    return (int(image.page.get_rotation()) - round(against / 90) * 90) % 360


def _jpeg(content: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(content), formats=("JPEG",))
    scale = max(1, min(picture.size) // SIDE)
    picture.draft("L", (picture.width // scale, picture.height // scale))
    if picture.width * picture.height > MOST_PIXELS:
        raise ValueError
    picture.load()  # raises OSError if it is cut
    return picture if picture.mode == "L" else picture.convert("L")


def _corners(page: Any) -> list[Image.Image]:
    """Return pictures of the four corners of a page: turned pages have the QR in another one."""
    width, height = page.get_size()
    across, along = width - CORNER, height - CORNER
    if min(across, along) <= 0 or max(width, height) > 20 * CORNER:
        return []
    crops = [(0.0, 0.0, across, along), (across, 0.0, 0.0, along)]
    crops += [(0.0, along, across, 0.0), (across, along, 0.0, 0.0)]
    return [_rendered(page, CORNER_DPI, crop) for crop in crops]


def _rendered(
    page: Any, dpi: int, crop: tuple[float, float, float, float] = (0, 0, 0, 0)
) -> Image.Image:
    scale = min(dpi / 72, LONGEST_SIDE / max(*page.get_size(), 1.0))
    picture: Image.Image = page.render(scale=scale, crop=crop, grayscale=True).to_pil()
    return picture

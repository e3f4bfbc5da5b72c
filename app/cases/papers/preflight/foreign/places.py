"""Where the visible part of a signature is: its page, and its box on it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

#: Nodes of the tree of pages that are looked at.
MOST_NODES = 2_000
FAULTS = (PdfError, ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError)


def place_of(one: EmbeddedPdfSignature) -> tuple[int, list[float]]:
    """Return the page from 1 (0 if none), and left, bottom, right, top in points."""
    try:
        widget = _widget(one.sig_field)
        box = _box(widget["/Rect"])
        return (_number(one.reader, widget.raw_get("/P")), box) if box else (0, [])
    except FAULTS:
        return 0, []


def _widget(field: Any) -> Any:
    if "/Rect" in field:
        return field
    return field["/Kids"][0]


def _box(rectangle: Any) -> list[float]:
    left, bottom, right, top = (float(one) for one in rectangle)
    box = [min(left, right), min(bottom, top), max(left, right), max(bottom, top)]
    is_visible = box[2] - box[0] > 1 and box[3] - box[1] > 1
    return box if is_visible and all(abs(one) < 100_000 for one in box) else []


def _number(reader: Any, page: Any) -> int:
    if not isinstance(page, generic.IndirectObject):
        return 0
    for number, reference in enumerate(_leaves(reader), 1):
        if reference == page.reference:
            return number
    return 0


def _leaves(reader: Any) -> Iterator[Any]:
    """Yield the references of the pages in their order."""
    waiting, looked = [reader.root.raw_get("/Pages")], 0
    while waiting and looked < MOST_NODES:
        looked += 1
        node = waiting.pop()
        found = node.get_object()
        if "/Kids" in found:
            kids = found["/Kids"]
            waiting += [kids.raw_get(place) for place in reversed(range(len(kids)))]
        elif isinstance(node, generic.IndirectObject):
            yield node.reference

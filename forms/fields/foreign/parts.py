"""Some pages of a PDF, as another PDF."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pikepdf

from forms.fields.foreign.bounds import Damaged


def part(content: bytes, pages: Sequence[int]) -> bytes:
    """Return the pages with these numbers, from 1, in this order. Raises Damaged."""
    target = io.BytesIO()
    try:
        with pikepdf.open(io.BytesIO(content)) as whole, pikepdf.new() as made:
            made.add_pages_from(whole, [whole.pages.p(number).index for number in pages])
            made.remove_unreferenced_resources()
            made.save(target, deterministic_id=True)
    except (pikepdf.PdfError, ValueError, IndexError, KeyError, TypeError):
        raise Damaged from None
    return target.getvalue()

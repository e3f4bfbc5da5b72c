"""The issued file that an upload begins with."""

from __future__ import annotations

import hashlib

import pytest

from app.cases.papers.preflight import originals

ISSUED = b"%PDF-1.7 issued %%EOF"


@pytest.mark.parametrize("ending", [b"", b"\n", b"\r", b"\r\n"])
@pytest.mark.parametrize("more", [b"", b"1 0 obj signed %%EOF\n", b"%%EOF" * 50])
def test_the_beginning_of_a_file_is_known_up_to_the_end_of_a_pdf_in_it(ending: bytes, more: bytes):
    issued = ISSUED + ending
    found = originals.beginnings(issued + more)
    assert hashlib.sha256(issued).hexdigest() in found
    assert len(found) <= originals.MOST_ENDS


def test_a_file_without_an_end_begins_with_nothing():
    assert originals.beginnings(b"%PDF-1.7 " * 9) == []

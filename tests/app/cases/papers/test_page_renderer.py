"""What the helper that draws pages answers is what its code answers in this process.

Coverage does not see helper processes; other tests bound and end them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.cases.papers.helper_process import HelperProcess
from app.cases.papers.viewing import page_pictures, page_renderer
from tests.app.cases.papers import drawn_pdfs
from tests.app.cases.papers.test_page_pictures import encrypted

FILES = {
    "a text": drawn_pdfs.pdf([drawn_pdfs.TEXT]),
    "a scan": drawn_pdfs.scanned(),
    "a form": drawn_pdfs.with_a_form(),
    "many pages": drawn_pdfs.many_pages(30),
    "encrypted": encrypted(),
    "damaged": b"%PDF-1.7\n" + bytes(range(256)) * 8,
    "no PDF": b"PK\x03\x04 a workbook",
}
ORDERS: dict[str, dict[str, Any]] = {
    "texts": {"first": 1, "last": 10, "reads": True},
    "sizes": {"first": 1, "last": 10, "reads": False},
    "boxes of signatures": {"boxes": True},
    "a picture": {"page": 1, "side": 300},
    "a part, turned back": {"page": 1, "side": 300, "part": [0.1, 0.1, 0.9, 0.4], "turned": 90},
    "a picture of no page": {"page": 31, "side": 300},
}


@pytest.fixture(scope="module")
def helper() -> Iterator[HelperProcess]:
    """Yield a helper for all tests."""
    made = page_pictures.new_helper()
    yield made
    made.close()


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
@pytest.mark.parametrize("content", FILES.values(), ids=FILES)
def test_the_helper_answers_as_its_code_does(
    helper: HelperProcess, tmp_path: Path, content: bytes, order: dict[str, Any]
):
    file = tmp_path / "paper"
    file.write_bytes(content)
    whole = {"path": str(file), **order}
    with helper.turn():
        answer = helper.ask(json.dumps(whole).encode())
    assert page_renderer.answer(whole) == answer
    assert answer[0] in ("fault", "pages", "boxes", "picture")

"""What is said of a copy whose pages are not those that were issued."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from app.cases.papers.preflight import findings
from app.cases.papers.preflight.facts import PageContent
from tests.app.cases.papers.test_findings import (
    COPY,
    EXPECTED,
    OURS,
    PAPER,
    facts,
    page,
    signature,
)

#: The pages of the paper as it was issued.
ISSUED: list[PageContent] = [{"text": "a", "drawn": 3}, {"text": "b", "drawn": 3}]
SECOND = page(2, text="b", drawn=3)
AS_ISSUED = (page(1, text="a", drawn=3), SECOND)
DRAWN_ON = (page(1, text="a", drawn=4), SECOND)
WRITTEN_ON = (page(1, text="c", drawn=3), SECOND)
REWRITTEN = (page(1, text="a"), page(2, text="c"))
SIGNED = (signature(),)
CHANGED_AFTER = (signature(word="invalid", reasons=["changed_after"]),)
#: name → pages, signatures, whether it begins with the issued file, the codes that stop.
CASES: dict[str, tuple[Any, Any, bool, set[str]]] = {
    "signed": (AS_ISSUED, SIGNED, True, set()),
    "drawn on, then signed": (DRAWN_ON, SIGNED, True, {"added"}),
    "written on, then signed": (WRITTEN_ON, SIGNED, True, {"added"}),
    "drawn on, not signed": (DRAWN_ON, (), True, {"unsigned", "added"}),
    "signed, then drawn on": (DRAWN_ON, CHANGED_AFTER, True, {"signature"}),
    "with a page behind it": ((*AS_ISSUED, page(0, code="", text="d")), SIGNED, True, set()),
    "saved again": (AS_ISSUED, SIGNED, False, {"resaved"}),
    "saved again with another text": (REWRITTEN, SIGNED, False, {"other_text"}),
    "saved again in another order": (AS_ISSUED[::-1], SIGNED, False, {"resaved", "page_order"}),
    "a page without its number": (
        (page(0, text="a"), page(0, text="c")),
        SIGNED,
        False,
        {"other_text"},
    ),
    "scanned, one page typeset": (
        (page(1, "image"), page(2, text="c")),
        SIGNED,
        False,
        {"other_text"},
    ),
    "scanned with a layer of text": (
        (page(1, "image", text="c"), page(2, "image", text="d")),
        (),
        False,
        set(),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_copy_is_compared_with_the_issued_pages(name: str):
    pages, signatures, begins, stops = CASES[name]
    matched = replace(OURS if begins else COPY, contents={PAPER.code: ISSUED})
    found = findings.judge(facts(*pages, signatures=signatures), EXPECTED, matched)
    assert {one.code for one in found if one.stops} == stops


@pytest.mark.parametrize("matched", [OURS, COPY])
def test_pages_that_are_not_known_are_not_compared(matched: Any):
    found = findings.judge(facts(*WRITTEN_ON, signatures=SIGNED), EXPECTED, matched)
    assert not {"added", "other_text"} & {one.code for one in found}

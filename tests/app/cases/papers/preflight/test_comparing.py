"""What is said of a copy whose pages are not those that were issued."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from app.cases.papers.preflight import findings
from tests.app.cases.papers.test_findings import (
    COPY,
    EXPECTED,
    OURS,
    PAPER,
    facts,
    page,
    signature,
)

#: The texts of the pages of the paper as it was issued.
ISSUED = ["a", "b"]
AS_ISSUED = facts(page(1, text="a"), page(2, text="b"), signatures=(signature(),))
REWRITTEN = facts(page(1, text="a"), page(2, text="c"), signatures=(signature(),))
CHANGED_AFTER = (signature(word="invalid", reasons=["changed_after"]),)
#: name → facts, whether it begins with the issued file, the codes that stop.
CASES: dict[str, tuple[Any, bool, set[str]]] = {
    "signed": (AS_ISSUED, True, set()),
    "changed, then signed": (AS_ISSUED | {"added": True}, True, {"added"}),
    "changed, not signed": (facts(added=True), True, {"unsigned", "added"}),
    "signed, then changed": (
        facts(signatures=CHANGED_AFTER, added=True),
        True,
        {"signature"},
    ),
    "with a page behind it": (
        facts(page(1), page(2), page(0, code="", text="d"), signatures=(signature(),)),
        True,
        set(),
    ),
    "saved again": (AS_ISSUED, False, {"resaved"}),
    "saved again with another text": (REWRITTEN, False, {"other_text"}),
    "saved again in another order": (
        AS_ISSUED | {"looked": AS_ISSUED["looked"][::-1]},
        False,
        {"resaved", "page_order"},
    ),
    "a page without its number": (
        facts(page(0, text="a"), page(0, text="c"), signatures=(signature(),)),
        False,
        {"other_text"},
    ),
    "scanned, one page typeset": (
        facts(page(1, "image"), page(2, text="c"), signatures=(signature(),)),
        False,
        {"other_text"},
    ),
    "scanned with a layer of text": (
        facts(page(1, "image", text="c"), page(2, "image", text="d")),
        False,
        set(),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_copy_is_compared_with_the_issued_paper(name: str):
    read, begins, stops = CASES[name]
    matched = replace(OURS if begins else COPY, texts={PAPER.code: ISSUED})
    found = findings.judge(read, EXPECTED, matched)
    assert {one.code for one in found if one.stops} == stops


def test_texts_that_are_not_known_are_not_compared():
    found = findings.judge(REWRITTEN, EXPECTED, COPY)
    assert "other_text" not in {one.code for one in found}

"""Papers to which something was added behind their bytes: honest signatures, and changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.app.cases.papers import added
from tests.app.cases.papers import altered as a
from tests.app.cases.papers.preflight.bench import (
    INVALID,
    LONG_CODE,
    ONE,
    VALID,
    Bench,
    Case,
    Reader,
    signed,
)
from tests.app.cases.papers.signed import authority

LATER = authority.SIGNED_AT + timedelta(minutes=1)
#: A rule above the table, and a white sheet over its rows: the page has as many objects as before.
RULE, SHEET = b"0 0 m 762.5197 0 l\nS", b"1 1 1 rg 0 0 762 200 re\nf"


def honest(make: Callable[[Bench], bytes], signatures: int = 1, code: str = a.CODE) -> Case:
    """Return a paper that has only valid signatures."""
    return Case(make, (), ONE, (VALID,) * signatures, wanted=code)


def before(change: Callable[..., bytes], *given: Any, code: str = a.CODE, **how: Any) -> Case:
    """Return a paper that was changed before it was signed."""
    return Case(
        lambda b: a.signed(change(b.paper(code), *given, **how)),
        ("added",),
        ONE,
        (VALID,),
        wanted=code,
    )


def after(change: Callable[..., bytes], *given: Any, code: str = a.CODE, **how: Any) -> Case:
    """Return a paper that was changed after it was signed."""
    return Case(
        lambda b: change(a.signed(b.paper(code)), *given, **how),
        ("signature",),
        (),
        (INVALID,),
        wanted=code,
    )


def proved(content: bytes) -> bytes:
    """Return a paper with a signature, its proofs, and a document time stamp."""
    return a.time_stamped(a.signed(content, stamper="tsa", long_term=True), LATER)


CASES: dict[str, Case] = {
    # Nothing but signatures
    "signed in its field": honest(signed(field="firma-1")),
    "signed in its field and once more": honest(
        lambda b: a.signed(a.signed(b.paper(), field="firma-1"), visible=True), 2
    ),
    "with proofs and a document time stamp": honest(lambda b: proved(b.paper())),
    "with proofs, a stamp and one more signature": honest(
        lambda b: a.signed(proved(b.paper()), field="Firma2"), 2
    ),
    "with a prepared field": honest(lambda b: a.signed(added.prepared(b.paper()))),
    "with a prepared field that is signed": honest(
        lambda b: a.signed(added.prepared(b.paper()), field="Firma2")
    ),
    "with a field that is prepared and signed later": honest(
        lambda b: a.signed(added.prepared(a.signed(b.paper())), field="Firma2"), 2
    ),
    "with other metadata": honest(lambda b: a.signed(added.with_metadata(b.paper()))),
    "with a page behind it": Case(
        lambda b: a.signed(added.with_page(b.paper())), (), (*ONE, "more_pages"), (VALID,)
    ),
    # Drawn on
    "text overlaid after signing": Case(
        lambda b: added.overlaid(a.signed(b.paper())), ("signature",), (), (INVALID,)
    ),
    "text overlaid before signing": Case(
        lambda b: a.signed(added.overlaid(b.paper())), ("added",), ONE, (VALID,)
    ),
    "text overlaid, not signed": Case(lambda b: added.overlaid(b.paper()), ("unsigned", "added")),
    "white drawn over it before signing": Case(
        lambda b: a.signed(added.overlaid(b.paper(), added.WHITE)),
        ("added",),
        ONE,
        (VALID,),
    ),
    "note added before signing": Case(
        lambda b: a.signed(added.with_note(b.paper())), ("added",), ONE, (VALID,)
    ),
    "text overlaid between two signatures": Case(
        lambda b: a.signed(added.overlaid(a.signed(b.paper())), field="Firma2"),
        ("signature",),
        ONE,
        (INVALID, VALID),
    ),
    "with a field, signed, then filled in": Case(
        lambda b: added.filled(a.signed(added.with_field(b.paper()))),
        ("signature",),
        (),
        (INVALID,),
    ),
    "with a field that is filled in before signing": before(
        lambda content: added.filled(added.with_field(content))
    ),
    "with an empty field before signing": before(added.with_field),
    "with an empty field after signing": after(added.with_field),
    "field for a signature that shows something": before(
        added.with_field, drawn=added.WHITE, kind="/Sig"
    ),
    "field for a signature that shows something later": after(
        added.with_field, drawn=added.WHITE, kind="/Sig"
    ),
    "its own field shows something before it is signed": before(added.repainted, "firma-1"),
    "box of a signature that is in no field": before(added.pretended),
    "box of a signature that is in no field later": after(added.pretended),
    "box of a signature that shows something else later": Case(
        lambda b: added.repainted(a.signed(b.paper(), visible=True)), ("signature",), (), (INVALID,)
    ),
    # Changed in place
    "white in the place of a rule": before(added.redrawn, RULE, SHEET),
    "a font replaced": before(added.with_other_font),
    "a page turned": before(added.turned),
    "a page cropped": before(added.cropped),
    "its field removed": before(added.without_notes),
    "pages in another order": before(added.rearranged, [1, 0]),
    "a page removed": before(added.rearranged, [0]),
    "a page cropped after signing": after(added.cropped),
    "a broken table of objects": Case(
        lambda b: b.paper() + b"\nstartxref\n5\n%%EOF\n", ("unsigned", "added")
    ),
    # A long paper
    "long, signed": honest(signed(code=LONG_CODE), 1, LONG_CODE),
    "long, not signed": Case(lambda b: b.paper(LONG_CODE), ("original",), wanted=LONG_CODE),
    "long, with proofs, a stamp and one more signature": honest(
        lambda b: a.signed(proved(b.paper(LONG_CODE)), field="Firma2"), 2, LONG_CODE
    ),
    "long, white on its last page": Case(
        lambda b: a.signed(added.overlaid(b.paper(LONG_CODE), added.WHITE, page=-1)),
        ("added",),
        (*ONE, "cut_short"),
        (VALID,),
        wanted=LONG_CODE,
    ),
}


@pytest.mark.nightly
@pytest.mark.parametrize("name", CASES)
def test_what_is_added_behind_a_paper_is_found(name: str, bench: Bench, read: Reader):
    CASES[name].check(bench, read)

"""Altered papers, from their bytes to their findings: what the reader finds, and what is said."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import get_args

import pytest

from app.cases.papers.preflight import findings
from app.cases.papers.preflight.facts import Reason
from tests.app.cases.papers import added
from tests.app.cases.papers import altered as a
from tests.app.cases.papers.drawn_pdfs import many_pages
from tests.app.cases.papers.preflight.bench import (
    FOREIGN_CODE,
    HAND,
    INVALID,
    ONE,
    UNDETERMINED,
    VALID,
    VOID_CODE,
    Bench,
    Case,
    Reader,
    scan,
    signed,
)
from tests.app.cases.papers.preflight.conftest import ADDRESS
from tests.app.cases.papers.signed import authority

#: A time at which the certificate that expired was current.
BEFORE = datetime(2024, 3, 1, tzinfo=UTC)
#: What a program read in a scan, with the code misread as that of another paper.
READ_IN_SCAN = f"Formato SIP-RVL-002\nVerifica en localhost/verificar/{VOID_CODE}"


CASES: dict[str, Case] = {
    # The paper that was issued
    "untouched original": Case(lambda b: b.paper(), ("original",)),
    "original with bytes behind it": Case(lambda b: b.paper() + b"\n%\n", ("unsigned",)),
    "signed by who must": Case(signed(), (), ONE, (VALID,)),
    "signed with a DNIe": Case(signed("citizen"), (), ("signature", "citizen"), (VALID,)),
    "signed by a delegate": Case(signed("delegate"), ("other_signer",), ONE, (VALID,)),
    "signed by another entity": Case(
        signed("other-entity"), ("other_signer", "other_ruc"), ONE, (VALID,)
    ),
    "signed visibly": Case(signed(visible=True), (), ONE, (VALID,)),
    "signed by a name of 10,000 characters": Case(
        signed("long-name"), ("other_signer",), ("signature", "citizen"), (VALID,)
    ),
    "signed by a name with marks": Case(
        signed("odd-name"), (), ("signature", "citizen", "no_number"), (VALID,)
    ),
    "two signatures": Case(
        lambda b: a.signed(a.signed(b.paper()), "delegate", field="Firma2"),
        ("other_signer",),
        ONE,
        (VALID, VALID),
    ),
    "two signatures of one person": Case(
        lambda b: a.signed(a.signed(b.paper()), field="Firma2"), (), ONE, (VALID, VALID)
    ),
    "with a time stamp": Case(signed(stamper="tsa"), (), ONE, (VALID,)),
    "with a foreign time stamp": Case(signed(stamper="tsa-foreign"), (), ONE, (UNDETERMINED,)),
    "expired without a time stamp": Case(
        signed("expired", at=BEFORE), ("other_signer",), ONE, (UNDETERMINED,)
    ),
    "expired with a time stamp and proofs": Case(
        signed("expired", at=BEFORE, stamper="tsa", long_term=True),
        ("other_signer",),
        ONE,
        (VALID,),
    ),
    "signed after it had expired": Case(
        signed("expired"), ("other_signer", "signature"), (), (INVALID,)
    ),
    "signed before it was current": Case(
        signed("later"), ("other_signer", "signature"), (), (INVALID,)
    ),
    "revoked": Case(signed("revoked"), ("other_signer", "signature"), (), (INVALID,)),
    "a certificate that is not for signing": Case(
        signed("web-only"), ("other_signer", "signature"), ("citizen",), (INVALID,)
    ),
    "unknown root": Case(signed("stranger"), (), ("signature", "no_number"), (UNDETERMINED,)),
    "one byte flipped": Case(
        lambda b: a.flipped(a.signed(b.paper())), ("signature", "resaved"), (), (INVALID,)
    ),
    "saved again after signing": Case(
        lambda b: a.saved_again(a.signed(b.paper())), ("signature", "resaved"), (), (INVALID,)
    ),
    # Other papers
    "older version, signed": Case(signed(code=a.THIRD_CODE), ("older_version",), ONE, (VALID,)),
    "older version, scanned": Case(scan(a.THIRD_CODE), ("older_version",), HAND),
    "older version, not signed": Case(
        lambda b: b.paper(a.THIRD_CODE), ("original", "older_version")
    ),
    "void, signed": Case(signed(code=VOID_CODE), ("void",), ONE, (VALID,)),
    "void, scanned": Case(scan(VOID_CODE), ("void",), HAND),
    "other paper, signed": Case(signed(code=a.OTHER_CODE), ("other_paper",), ONE, (VALID,)),
    "other paper, scanned": Case(scan(a.OTHER_CODE), ("other_paper",), HAND),
    "other paper, not signed": Case(lambda b: b.paper(a.OTHER_CODE), ("original", "other_paper")),
    "other entity, signed": Case(signed(code=FOREIGN_CODE), ("other_entity",), ONE, (VALID,)),
    "other entity, scanned": Case(scan(FOREIGN_CODE), ("other_entity",), HAND),
    # Other programs
    "saved by another program": Case(lambda b: a.saved_again(b.paper()), ("unsigned", "resaved")),
    "saved by another program and signed": Case(
        lambda b: a.signed(a.saved_again(b.paper())), ("resaved",), ONE, (VALID,)
    ),
    "overlaid and saved by another program": Case(
        lambda b: a.signed(a.saved_again(added.overlaid(b.paper()))), ("other_text",), ONE, (VALID,)
    ),
    "turned by another program": Case(lambda b: a.turned(b.paper(), 90), ("unsigned", "resaved")),
    "without its last page": Case(
        lambda b: a.joined(b.paper(), pages=[0]), ("unsigned", "resaved", "missing_pages")
    ),
    "two papers joined": Case(
        lambda b: a.joined(b.paper(), b.paper(a.OTHER_CODE)), ("unsigned", "several_papers")
    ),
    "page swapped with another paper's": Case(
        lambda b: a.joined(b.paper(), b.paper(a.OTHER_CODE), pages=[0, 3]),
        ("unsigned", "several_papers"),
    ),
    # Paper
    "printed and scanned": Case(scan(), (), HAND),
    "scanned askew": Case(scan(skewed=2.0), (), HAND),
    "scanned out of focus": Case(scan(blurred=0.6), (), HAND),
    "scanned, turned by 90": Case(scan(turned=90), (), HAND),
    "scanned, turned by 180": Case(scan(turned=180), (), HAND),
    "scanned, turned by 270": Case(scan(turned=270), (), HAND),
    "scanned, pages shown turned": Case(lambda b: a.turned(b.scan(), 90), (), HAND),
    "scanned without its codes": Case(scan(without_codes=True), ("no_code",), HAND),
    "scan with a layer of text": Case(
        lambda b: a.with_layer(b.scan(), READ_IN_SCAN, first=True), (), HAND
    ),
    "scan in strips with a layer of text": Case(
        lambda b: a.with_layer(b.pages(0, 1, strips=3), READ_IN_SCAN), (), HAND
    ),
    "scanned in reverse": Case(lambda b: b.pages(1, 0), ("page_order",), HAND),
    "scanned without its last page": Case(lambda b: b.pages(0), ("missing_pages",), HAND),
    "scanned with a page twice": Case(
        lambda b: b.pages(0, 0, 1), (), ("handwritten", "repeated_page")
    ),
    "scanned and signed digitally": Case(lambda b: a.signed(b.scan()), (), ONE, (VALID,)),
    "three papers in one scan": Case(
        lambda b: b.several(a.CODE, a.OTHER_CODE, a.THIRD_CODE), ("several_papers",), HAND
    ),
    "page of another entity in the scan": Case(
        lambda b: b.several(a.CODE, FOREIGN_CODE), ("several_papers",), HAND
    ),
    "a QR that leads elsewhere": Case(
        lambda b: b.scan_with("https://otro.example.org/verificar/7K2M9QXT04BD3F5H"),
        (),
        ("handwritten", "foreign_code", "more_pages"),
    ),
    "only a QR that leads elsewhere": Case(
        lambda b: b.scan_with("https://otro.example.org/x", whole=False),
        ("no_code",),
        ("handwritten", "foreign_code"),
    ),
    "a code that was never issued": Case(
        lambda b: b.scan_with(f"{ADDRESS}ZZZZ000011112222#1", whole=False),
        ("unknown_code",),
        HAND,
    ),
    "blank pages": Case(lambda b: many_pages(2), ("unsigned", "no_code")),
    "20,000 pages": Case(lambda b: many_pages(20_000), ("unsigned", "no_code"), ("cut_short",)),
    # What is refused
    "encrypted": Case(lambda b: a.encrypted(b.paper()), fault="encrypted"),
    "truncated": Case(lambda b: b.paper()[:2_000], fault="damaged"),
    "renamed DOCX": Case(lambda b: a.zipped(b""), fault="no_pdf"),
    "with JavaScript": Case(lambda b: a.with_script(b.paper()), fault="script"),
    "with JavaScript in a scan": Case(lambda b: a.with_script(b.scan()), fault="script"),
    "with a foreign attachment": Case(lambda b: a.with_attachment(b.scan()), fault="attachment"),
    "a PDF and an archive": Case(lambda b: a.zipped(b.scan()), fault="archive"),
    "something before the PDF": Case(lambda b: b"GIF89a" + b.scan(), fault="not_first"),
}


@pytest.mark.nightly
@pytest.mark.parametrize("name", CASES)
def test_an_altered_paper_has_the_findings_of_what_it_is(name: str, bench: Bench, read: Reader):
    CASES[name].check(bench, read)


#: A paper of each kind of answer: signed, read as pictures, refused, and cut short.
BY_HELPER = ("with a time stamp", "printed and scanned", "with JavaScript", "20,000 pages")


@pytest.mark.nightly
@pytest.mark.parametrize("name", BY_HELPER)
def test_the_helper_process_finds_the_same(
    name: str, bench: Bench, read: Reader, read_by_helper: Reader
):
    content = CASES[name].make(bench)
    issued = bench.issued_in(content)
    assert read_by_helper(content, issued=issued) == read(content, issued=issued)


def test_there_are_sixty_altered_papers():
    assert len(CASES) >= 60


def test_every_reason_has_its_words():
    assert set(findings.REASONS) == set(get_args(Reason))


def test_the_facts_of_a_paper_name_its_signer(bench: Bench, read: Reader):
    (one,) = read(signed()(bench))["signatures"]
    assert (one["document"], one["signed_at"]) == ("40000001", authority.SIGNED_AT.isoformat())

"""Altered papers, from their bytes to their findings: what the reader finds, and what is said."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, get_args

import pytest

from app.cases.papers.preflight import findings, judging
from app.cases.papers.preflight.facts import Reason
from app.cases.papers.preflight.findings import Expected, Issued
from app.cases.papers.preflight.judging import Comparable
from forms.fields.documents import FAULTS
from tests.app.cases.papers import altered as a
from tests.app.cases.papers.drawn_pdfs import many_pages
from tests.app.cases.papers.preflight.conftest import ADDRESS, Reader
from tests.app.cases.papers.signed import authority

VOID_CODE, FOREIGN_CODE = "1111222233334444", "5555666677778888"
#: A time at which the certificate that expired was current.
BEFORE = datetime(2024, 3, 1, tzinfo=UTC)
WANTED = Issued(
    code=a.CODE,
    kind="sip_rvl_002",
    title="Formato SIP-RVL-002",
    entity="Municipalidad de Ejemplo",
    entity_id=1,
    instance_id=1,
    document="sip_rvl_002/designation",
    pages=2,
    issued_on="24 de noviembre de 2026",
)
EXPECTED = Expected(
    title=WANTED.title,
    entity_id=1,
    instance_id=1,
    paper=WANTED,
    signers=frozenset({"40000001"}),
    whose="el administrador designado",
    ruc="20123456786",
)
#: Code → what was issued with it. The paper with the third code is an older version.
PAPERS = {
    a.CODE: WANTED,
    a.THIRD_CODE: replace(WANTED, code=a.THIRD_CODE, is_replaced=True),
    VOID_CODE: replace(WANTED, code=VOID_CODE, is_void=True),
    a.OTHER_CODE: replace(
        WANTED, code=a.OTHER_CODE, kind="sip_rvl_001", title="Formato SIP-RVL-001"
    ),
    FOREIGN_CODE: replace(WANTED, code=FOREIGN_CODE, entity_id=2, entity="Otra entidad"),
}


class Bench:
    """The issued papers, from which a test makes what is uploaded."""

    def __init__(self, issued: Callable[..., bytes], read: Reader) -> None:
        self.issued = issued
        self.contents = {code: read(self.paper(code))["looked"] for code in PAPERS}

    def paper(self, code: str = a.CODE) -> bytes:
        """Return an issued paper of two pages."""
        return self.issued(PAPERS[code].kind, code, 40)

    @property
    def known(self) -> list[Comparable]:
        """The issued papers as the entity's case knows them."""
        contents = {code: self.paper(code) for code in PAPERS}
        return [
            Comparable(PAPERS[code], len(one), hashlib.sha256(one).hexdigest())
            for code, one in contents.items()
        ]

    def scan(self, code: str = a.CODE, **how: Any) -> bytes:
        """Return a paper that was printed and scanned."""
        return a.scanned(self.paper(code), dpi=150, **how)

    def pages(self, *numbers: int, code: str = a.CODE, strips: int = 1) -> bytes:
        """Return a scan of some pages, from 0, in this order."""
        pictures = a.pictures(self.paper(code), 150)
        return a.bound([pictures[number] for number in numbers], dpi=150, strips=strips)

    def several(self, *codes: str) -> bytes:
        """Return one scan of several papers."""
        pictures = [one for code in codes for one in a.pictures(self.paper(code), 150)]
        return a.bound(pictures, dpi=150)

    def scan_with(self, text: str, whole: bool = True) -> bytes:
        """Return a scan with one more QR; without `whole`, that page alone."""
        sheet = a.sheet_with(a.qr(text))
        pictures = a.pictures(self.paper(), 150) if whole else []
        return a.bound([*pictures, sheet], dpi=150)


@dataclass(frozen=True)
class Case:
    """An altered paper: how it is made, and the codes of its findings."""

    make: Callable[[Bench], bytes]
    stops: Sequence[str] = ()
    others: Sequence[str] = ()
    words: Sequence[str] = ()
    #: The key of why it is refused; "" if it is accepted.
    fault: str = ""


def signed(who: str = "authority", code: str = a.CODE, **how: Any) -> Callable[[Bench], bytes]:
    """Return how to sign an issued paper."""
    return lambda bench: a.signed(bench.paper(code), who, **how)


def scan(code: str = a.CODE, **how: Any) -> Callable[[Bench], bytes]:
    """Return how to scan an issued paper."""
    return lambda bench: bench.scan(code, **how)


def zipped(content: bytes) -> bytes:
    """Return a file that is a PDF and an archive."""
    import zipfile

    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("otro.txt", "otro")
    return content + target.getvalue()


#: What a program read in a scan, with the code misread as that of another paper.
READ_IN_SCAN = f"Formato SIP-RVL-002\nVerifica en localhost/verificar/{VOID_CODE}"
VALID, INVALID, UNDETERMINED = "VÁLIDO", "NO VÁLIDO", "INDETERMINADO"
ONE = ("signature",)
HAND = ("handwritten",)

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
    "text overlaid after signing": Case(
        lambda b: a.overlaid(a.signed(b.paper())), ("signature",), (), (INVALID,)
    ),
    "text overlaid before signing": Case(
        lambda b: a.signed(a.overlaid(b.paper())), ("added",), ONE, (VALID,)
    ),
    "text overlaid, not signed": Case(lambda b: a.overlaid(b.paper()), ("unsigned", "added")),
    "white drawn over it before signing": Case(
        lambda b: a.signed(a.overlaid(b.paper(), "1 1 1 rg 60 300 400 200 re f")),
        ("added",),
        ONE,
        (VALID,),
    ),
    "note added before signing": Case(
        lambda b: a.signed(a.with_note(b.paper())), ("added",), ONE, (VALID,)
    ),
    "text overlaid between two signatures": Case(
        lambda b: a.signed(a.overlaid(a.signed(b.paper())), field="Firma2"),
        ("signature",),
        ONE,
        (INVALID, VALID),
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
        lambda b: a.signed(a.saved_again(a.overlaid(b.paper()))), ("other_text",), ONE, (VALID,)
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
    "renamed DOCX": Case(lambda b: zipped(b"")[0:], fault="no_pdf"),
    "with JavaScript": Case(lambda b: a.with_script(b.paper()), fault="script"),
    "with JavaScript in a scan": Case(lambda b: a.with_script(b.scan()), fault="script"),
    "with a foreign attachment": Case(lambda b: a.with_attachment(b.scan()), fault="attachment"),
    "a PDF and an archive": Case(lambda b: zipped(b.scan()), fault="archive"),
    "something before the PDF": Case(lambda b: b"GIF89a" + b.scan(), fault="not_first"),
}


@pytest.fixture(scope="module")
def bench(issued: Callable[..., bytes], read: Reader) -> Bench:
    """Return the issued papers."""
    return Bench(issued, read)


@pytest.mark.parametrize("name", CASES)
def test_an_altered_paper_has_the_findings_of_what_it_is(name: str, bench: Bench, read: Reader):
    case = CASES[name]
    content = case.make(bench)
    facts = read(content)
    assert facts["fault"] == case.fault
    if case.fault:
        assert case.fault in FAULTS
        return
    matched = judging.match(io.BytesIO(content), facts, bench.known)
    found = findings.judge(facts, EXPECTED, replace(matched, contents=bench.contents))
    assert {one.code for one in found if one.stops} == set(case.stops)
    assert {one.code for one in found if not one.stops} == set(case.others)
    assert tuple(one.word for one in found if one.word) == tuple(case.words)


def test_there_are_sixty_altered_papers():
    assert len(CASES) >= 60


def test_every_reason_has_its_words():
    assert set(findings.REASONS) == set(get_args(Reason))


def test_the_facts_of_a_paper_name_its_signer(bench: Bench, read: Reader):
    (one,) = read(signed()(bench))["signatures"]
    assert (one["document"], one["signed_at"]) == ("40000001", authority.SIGNED_AT.isoformat())

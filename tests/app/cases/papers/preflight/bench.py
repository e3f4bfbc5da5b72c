"""Issued papers, and what is checked of a file that was made from one."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.cases.papers.preflight import findings, judging
from app.cases.papers.preflight.facts import Facts
from app.cases.papers.preflight.findings import Expected, Issued
from app.cases.papers.preflight.judging import Comparable
from forms.fields.documents import FAULTS
from tests.app.cases.papers import altered as a

Reader = Callable[..., Facts]

VOID_CODE, FOREIGN_CODE = "1111222233334444", "5555666677778888"
LONG_CODE, LONG_PAGES, LONG_ROWS = "6666777788889999", 73, 2_600
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
    LONG_CODE: replace(WANTED, code=LONG_CODE, pages=LONG_PAGES),
}
VALID, INVALID, UNDETERMINED = "VÁLIDO", "NO VÁLIDO", "INDETERMINADO"
#: What is found in a file with one signature, or more, and in a scan without any.
ONE, HAND = ("signature",), ("handwritten",)


class Bench:
    """The issued papers, from which a test makes what is uploaded."""

    def __init__(self, issued: Callable[..., bytes], read: Reader) -> None:
        self.issued = issued
        self.texts = {
            code: [page["text"] for page in read(self.paper(code))["looked"]]
            for code in PAPERS
            if code != LONG_CODE
        }

    def paper(self, code: str = a.CODE) -> bytes:
        """Return an issued paper; all but one have two pages."""
        return self.issued(PAPERS[code].kind, code, LONG_ROWS if code == LONG_CODE else 40)

    @property
    def known(self) -> list[Comparable]:
        """The issued papers as the entity's case knows them."""
        contents = {code: self.paper(code) for code in PAPERS}
        return [
            Comparable(PAPERS[code], len(one), hashlib.sha256(one).hexdigest())
            for code, one in contents.items()
        ]

    def issued_in(self, content: bytes) -> int:
        """Return how many bytes the issued paper has with which a file begins, 0 if none."""
        papers = map(self.paper, PAPERS)
        return next((len(one) for one in papers if content.startswith(one)), 0)

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
    #: The code of the paper that is expected.
    wanted: str = a.CODE

    def check(self, bench: Bench, read: Reader) -> None:
        """Check what is found in the file."""
        content = self.make(bench)
        facts = read(content, issued=bench.issued_in(content))
        assert facts["fault"] == self.fault
        if self.fault:
            assert self.fault in FAULTS
            return
        matched = judging.match(io.BytesIO(content), facts, bench.known)
        expected = replace(EXPECTED, paper=PAPERS[self.wanted])
        found = findings.judge(facts, expected, replace(matched, texts=bench.texts))
        assert {one.code for one in found if one.stops} == set(self.stops)
        assert {one.code for one in found if not one.stops} == set(self.others)
        assert tuple(one.word for one in found if one.word) == tuple(self.words)


def signed(who: str = "authority", code: str = a.CODE, **how: Any) -> Callable[[Bench], bytes]:
    """Return how to sign an issued paper."""
    return lambda bench: a.signed(bench.paper(code), who, **how)


def scan(code: str = a.CODE, **how: Any) -> Callable[[Bench], bytes]:
    """Return how to scan an issued paper."""
    return lambda bench: bench.scan(code, **how)

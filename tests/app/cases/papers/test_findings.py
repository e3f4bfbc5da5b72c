"""Findings on an uploaded paper, from facts that a reader found and what was issued."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple, cast

import pytest

from app.cases.papers.preflight import findings, judging
from app.cases.papers.preflight.facts import Facts
from app.cases.papers.preflight.findings import Expected, Issued, Matched

DNI, RUC = "40000001", "20123456786"
PAPER = Issued(
    code="7K2M9QXT04BD3F5H",
    kind="sip_rvl_001",
    title="Formato SIP-RVL-001",
    entity="Municipalidad de Ejemplo",
    entity_id=1,
    instance_id=1,
    document="sip_rvl_001/designation",
    pages=2,
    issued_on="20 de noviembre de 2026",
)
EXPECTED = Expected(
    title=PAPER.title,
    entity_id=1,
    instance_id=1,
    paper=PAPER,
    signers=frozenset({DNI}),
    whose="la máxima autoridad que figura en el expediente",
    ruc=RUC,
)
OURS = Matched(begins_with=PAPER)
COPY = Matched(by_code={PAPER.code: PAPER})


def signature(**said: Any) -> Any:
    """Return a good signature of the person who signs, changed as said."""
    usual: dict[str, Any] = {
        "field": "Firma1",
        "name": "Ana Persona Ejemplo",
        "document": DNI,
        "ruc": RUC,
        "reasons": [],
        "word": "valid",
        "signed_at": "2026-11-20T15:00:00+00:00",
        "stamped": False,
        "covers_whole": True,
        "changed_after": False,
        "page": 1,
        "box": [0, 0, 10, 10],
    }
    return usual | said


def page(
    number: int = 0,
    holds: str = "text",
    code: str = PAPER.code,
    foreign: int = 0,
    turned: int = 0,
    text: str = "",
) -> Any:
    """Return a page with the code of a paper and the number of its page; "": no code."""
    read = {"code": code, "page": number, "in_text": holds == "text", "turned": turned}
    return {
        "width": 595,
        "height": 842,
        "holds": holds,
        "codes": [read] if code else [],
        "foreign_codes": foreign,
        "text": text,
    }


def facts(*pages: Any, signatures: tuple[Any, ...] = (), **more: Any) -> Facts:
    """Return what was read in a file with these pages: two digital ones unless said."""
    looked = list(pages) or [page(1), page(2)]
    found: Any = {
        "fault": "",
        "pages": len(looked),
        "looked": looked,
        "signatures": list(signatures),
        "added": False,
        "producer": "",
        "cut_short": False,
    }
    return cast("Facts", found | more)


def scan(*numbers: int, code: str = PAPER.code) -> Facts:
    """Return a scan of these pages."""
    return facts(*(page(number, "image", code) for number in numbers))


def signed(**said: Any) -> Facts:
    """Return a file of two digital pages with one signature, changed as said."""
    return facts(signatures=(signature(**said),))


SIGNED = signed()
OTHER_ENTITY = Matched(by_code={"B": replace(PAPER, code="B", entity_id=2, entity="Otra")})


class Case(NamedTuple):
    """What was read in a file, the codes that stop and those that do not, apart by spaces."""

    read: Facts
    stopping: str = ""
    others: str = "signature"
    matched: Matched = OURS
    expected: Expected = EXPECTED


def begins_with(**said: Any) -> Matched:
    """Return that a file begins with the bytes of a paper, changed as said."""
    return Matched(begins_with=replace(PAPER, **said))


CASES = {
    "signed by its signer": Case(SIGNED),
    "the original": Case(facts(), "original", "", Matched(same=PAPER)),
    "something added, no signature": Case(facts(), "unsigned", ""),
    "another signer": Case(signed(document="40000002", name="Luis Persona"), "other_signer"),
    "another entity's certificate": Case(signed(ruc="20999999991"), "other_ruc"),
    "a DNI electrónico": Case(signed(ruc=""), "", "signature citizen"),
    "a certificate without a number": Case(signed(document=""), "", "signature no_number"),
    "a signature that was not read": Case(
        signed(name="", document="", ruc="", word="undetermined", reasons=["unread"])
    ),
    "a certificate with a RUC that is a person's": Case(signed(ruc="10400000028"), "other_ruc"),
    "the version that was observed": Case(
        SIGNED,
        "presented",
        matched=begins_with(is_presented=True),
        expected=replace(EXPECTED, must_be_new=True),
    ),
    "the version that was presented, which nobody observed": Case(
        SIGNED, matched=begins_with(is_presented=True)
    ),
    "another entity's, in a case of before the codes": Case(
        scan(1, 2), "other_entity", "handwritten", OTHER_ENTITY, replace(EXPECTED, paper=None)
    ),
    "changed after it was signed": Case(
        signed(word="invalid", reasons=["broken"]), "signature", ""
    ),
    "an unknown root": Case(signed(word="undetermined", reasons=["unknown_root"])),
    "two signatures": Case(
        facts(signatures=(signature(), signature(document="40000002"))), "other_signer"
    ),
    "printed and scanned": Case(scan(1, 2), "", "handwritten", COPY),
    "a scan without its last page": Case(scan(1), "missing_pages", "handwritten", COPY),
    "a scan in which a code cannot be read": Case(
        facts(page(1, "image"), page(0, "image", "")), "", "handwritten unread_pages", COPY
    ),
    "a scan in reverse": Case(scan(2, 1), "page_order", "handwritten", COPY),
    "a scan with a page twice": Case(scan(1, 1, 2), "", "handwritten repeated_page", COPY),
    "a scan with pages of something else behind": Case(
        facts(page(1, "image"), page(2, "image"), page(0, "image", ""), page(0, "image", "")),
        "",
        "handwritten more_pages",
        COPY,
    ),
    "a page added before it was signed": Case(
        facts(page(1), page(2), page(code=""), signatures=(signature(),)),
        "",
        "signature more_pages",
    ),
    "a scan without a code": Case(scan(1, 2, code=""), "no_code", "handwritten", Matched()),
    "a scan without a code while no paper is in force": Case(
        scan(1, 2, code=""), "no_code", "handwritten", Matched(), replace(EXPECTED, paper=None)
    ),
    "a code of nothing": Case(
        scan(1, 2, code="0" * 16),
        "unknown_code",
        "handwritten",
        Matched(by_code={"0" * 16: None}),
    ),
    "saved by another program": Case(
        facts(producer="Otro 1.0", signatures=(signature(),)), "resaved", matched=COPY
    ),
    "fewer pages, without numbers": Case(facts(page()), "unsigned resaved fewer_pages", "", COPY),
    "an older version": Case(
        SIGNED, "older_version", matched=begins_with(code="OLD", is_replaced=True)
    ),
    "a void one": Case(SIGNED, "void", matched=begins_with(code="OLD", is_void=True)),
    "another paper": Case(
        SIGNED,
        "other_paper",
        matched=begins_with(code="B", kind="sip_rvl_002", title="SIP-RVL-002"),
    ),
    "another entity": Case(SIGNED, "other_entity", matched=OTHER_ENTITY),
    "another case": Case(SIGNED, "other_case", matched=begins_with(code="B", instance_id=9)),
    "three papers in one scan": Case(
        scan(1, 2),
        "several_papers",
        "handwritten",
        Matched(by_code={one: replace(PAPER, code=one) for one in "ABC"}),
    ),
    "one file for two papers": Case(
        SIGNED, "same_file", expected=replace(EXPECTED, same_as="Oficio de designación")
    ),
    "the entity's own oficio": Case(
        facts(page(code=""), signatures=(signature(),)),
        matched=Matched(),
        expected=replace(EXPECTED, is_own=True),
    ),
    "attendance lists, which nobody issued": Case(
        facts(page(code="")), "", "", Matched(), replace(EXPECTED, is_made=False, paper=None)
    ),
    "a QR that leads elsewhere": Case(
        facts(page(1, "image", foreign=1), page(2, "image")),
        "",
        "handwritten foreign_code",
        COPY,
    ),
    "a QR of an earlier address, in our bytes": Case(
        facts(page(1, code="", foreign=1), signatures=(signature(),))
    ),
    "not looked at to its end": Case(
        facts(signatures=(signature(),), cut_short=True), "", "signature cut_short"
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_file_has_the_findings_of_what_it_is_which_say_no_number_of_a_document(case: Case):
    found = findings.judge(case.read, case.expected, case.matched)
    assert {one.code for one in found if one.stops} == set(case.stopping.split())
    assert {one.code for one in found if not one.stops} == set(case.others.split())
    assert all(one.advice for one in found if one.stops)
    for said in (one.text + one.advice for one in found):
        assert DNI not in said
        assert "40000002" not in said


def test_verdicts_come_first_with_the_words_of_the_state():
    signatures = (
        signature(),
        signature(word="invalid", reasons=["revoked"]),
        signature(word="undetermined", reasons=["unknown_root", "no_revocation_data"]),
    )
    found = findings.judge(facts(signatures=signatures), EXPECTED, Matched(same=PAPER))
    assert [one.word for one in found] == ["VÁLIDO", "NO VÁLIDO", "INDETERMINADO", ""]
    assert "el certificado está revocado" in found[1].text
    assert "no conocemos a quien emitió el certificado y no pudimos" in found[2].text


def test_pages_behind_the_paper_are_counted_without_those_that_are_repeated():
    read = facts(*(page(number, "image") for number in (1, 2, 2)), page(0, "image", ""))
    repeated, more = findings.judge(read, EXPECTED, COPY)[1:]
    assert repeated.code == "repeated_page"
    assert more.text == "Trae 1\u00a0página más que el documento: las mira quien revisa."


def test_a_paper_that_is_not_made_here_was_not_downloaded_to_be_signed():
    broken = signed(word="invalid", reasons=["broken"])
    for other in (replace(EXPECTED, is_made=False, paper=None), replace(EXPECTED, is_own=True)):
        (found,) = findings.judge(broken, other, Matched())
        assert found.stops
        assert found.advice == "Pide que se firme otra vez, sin cambiar el archivo después."
    found, *_ = findings.judge(broken, EXPECTED, OURS)
    assert "que descargaste" in found.advice


def test_a_scan_has_no_word_and_does_not_stop():
    (only,) = findings.judge(scan(1, 2), EXPECTED, COPY)
    assert (only.text, only.word, only.stops) == (findings.HANDWRITTEN, "", False)


def test_the_papers_of_a_file_are_named_in_the_order_of_its_pages():
    codes = [f"{number:016}" for number in range(30, 0, -1)]
    read = facts(*(page(1, "image", code) for code in [*codes, *codes]))
    assert judging.codes_in(read) == codes

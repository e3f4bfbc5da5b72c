"""Findings on an uploaded paper, from facts that a reader found and what was issued."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

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
    codes = [read] if code else []
    return {
        "width": 595,
        "height": 842,
        "holds": holds,
        "codes": codes,
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


SIGNED = facts(signatures=(signature(),))
MOVED = facts(page(1, code="", foreign=1), signatures=(signature(),))
#: name → facts, matched, expected, the codes that stop, the codes that do not.
CASES: dict[str, tuple[Facts, Matched, Expected, set[str], set[str]]] = {
    "signed by its signer": (SIGNED, OURS, EXPECTED, set(), {"signature"}),
    "the original": (facts(), Matched(same=PAPER), EXPECTED, {"original"}, set()),
    "something added, no signature": (facts(), OURS, EXPECTED, {"unsigned"}, set()),
    "another signer": (
        facts(signatures=(signature(document="40000002", name="Luis Persona"),)),
        OURS,
        EXPECTED,
        {"other_signer"},
        {"signature"},
    ),
    "another entity's certificate": (
        facts(signatures=(signature(ruc="20999999991"),)),
        OURS,
        EXPECTED,
        {"other_ruc"},
        {"signature"},
    ),
    "a DNI electrónico": (
        facts(signatures=(signature(ruc=""),)),
        OURS,
        EXPECTED,
        set(),
        {"signature", "citizen"},
    ),
    "a certificate without a number": (
        facts(signatures=(signature(document=""),)),
        OURS,
        EXPECTED,
        set(),
        {"signature", "no_number"},
    ),
    "a signature that was not read": (
        facts(
            signatures=(
                signature(name="", document="", ruc="", word="undetermined", reasons=["unread"]),
            )
        ),
        OURS,
        EXPECTED,
        set(),
        {"signature"},
    ),
    "a certificate with a RUC that is a person's": (
        facts(signatures=(signature(ruc="10400000028"),)),
        OURS,
        EXPECTED,
        {"other_ruc"},
        {"signature"},
    ),
    "the version that was observed": (
        SIGNED,
        Matched(begins_with=replace(PAPER, is_presented=True)),
        replace(EXPECTED, must_be_new=True),
        {"presented"},
        {"signature"},
    ),
    "the version that was presented, which nobody observed": (
        SIGNED,
        Matched(begins_with=replace(PAPER, is_presented=True)),
        EXPECTED,
        set(),
        {"signature"},
    ),
    "another entity's, in a case of before the codes": (
        scan(1, 2),
        Matched(by_code={"B": replace(PAPER, code="B", entity_id=2, entity="Otra")}),
        replace(EXPECTED, paper=None),
        {"other_entity"},
        {"handwritten"},
    ),
    "changed after it was signed": (
        facts(signatures=(signature(word="invalid", reasons=["broken"]),)),
        OURS,
        EXPECTED,
        {"signature"},
        set(),
    ),
    "an unknown root": (
        facts(signatures=(signature(word="undetermined", reasons=["unknown_root"]),)),
        OURS,
        EXPECTED,
        set(),
        {"signature"},
    ),
    "two signatures": (
        facts(signatures=(signature(), signature(document="40000002"))),
        OURS,
        EXPECTED,
        {"other_signer"},
        {"signature"},
    ),
    "printed and scanned": (scan(1, 2), COPY, EXPECTED, set(), {"handwritten"}),
    "a scan without its last page": (
        scan(1),
        COPY,
        EXPECTED,
        {"missing_pages"},
        {"handwritten"},
    ),
    "a scan in which a code cannot be read": (
        facts(page(1, "image"), page(0, "image", "")),
        COPY,
        EXPECTED,
        set(),
        {"handwritten", "unread_pages"},
    ),
    "a scan in reverse": (scan(2, 1), COPY, EXPECTED, {"page_order"}, {"handwritten"}),
    "a scan with a page twice": (
        scan(1, 1, 2),
        COPY,
        EXPECTED,
        set(),
        {"handwritten", "repeated_page"},
    ),
    "a scan with pages of something else behind": (
        facts(page(1, "image"), page(2, "image"), page(0, "image", ""), page(0, "image", "")),
        COPY,
        EXPECTED,
        set(),
        {"handwritten", "more_pages"},
    ),
    "a page added before it was signed": (
        facts(page(1), page(2), page(code=""), signatures=(signature(),)),
        OURS,
        EXPECTED,
        set(),
        {"signature", "more_pages"},
    ),
    "a scan without a code": (
        scan(1, 2, code=""),
        Matched(),
        EXPECTED,
        {"no_code"},
        {"handwritten"},
    ),
    "a scan without a code while no paper is in force": (
        scan(1, 2, code=""),
        Matched(),
        replace(EXPECTED, paper=None),
        {"no_code"},
        {"handwritten"},
    ),
    "a code of nothing": (
        scan(1, 2, code="0" * 16),
        Matched(by_code={"0" * 16: None}),
        EXPECTED,
        {"unknown_code"},
        {"handwritten"},
    ),
    "saved by another program": (
        facts(producer="Otro 1.0", signatures=(signature(),)),
        COPY,
        EXPECTED,
        {"resaved"},
        {"signature"},
    ),
    "fewer pages, without numbers": (
        facts(page(0)),
        COPY,
        EXPECTED,
        {"unsigned", "resaved", "fewer_pages"},
        set(),
    ),
    "an older version": (
        SIGNED,
        Matched(begins_with=replace(PAPER, code="OLD", is_replaced=True)),
        EXPECTED,
        {"older_version"},
        {"signature"},
    ),
    "a void one": (
        SIGNED,
        Matched(begins_with=replace(PAPER, code="OLD", is_void=True)),
        EXPECTED,
        {"void"},
        {"signature"},
    ),
    "another paper": (
        SIGNED,
        Matched(begins_with=replace(PAPER, code="B", kind="sip_rvl_002", title="SIP-RVL-002")),
        EXPECTED,
        {"other_paper"},
        {"signature"},
    ),
    "another entity": (
        SIGNED,
        Matched(by_code={"B": replace(PAPER, code="B", entity_id=2, entity="Otra")}),
        EXPECTED,
        {"other_entity"},
        {"signature"},
    ),
    "another case": (
        SIGNED,
        Matched(begins_with=replace(PAPER, code="B", instance_id=9)),
        EXPECTED,
        {"other_case"},
        {"signature"},
    ),
    "three papers in one scan": (
        scan(1, 2),
        Matched(by_code={one: replace(PAPER, code=one) for one in "ABC"}),
        EXPECTED,
        {"several_papers"},
        {"handwritten"},
    ),
    "one file for two papers": (
        SIGNED,
        OURS,
        replace(EXPECTED, same_as="Oficio de designación"),
        {"same_file"},
        {"signature"},
    ),
    "the entity's own oficio": (
        facts(page(code=""), signatures=(signature(),)),
        Matched(),
        replace(EXPECTED, is_own=True),
        set(),
        {"signature"},
    ),
    "attendance lists, which nobody issued": (
        facts(page(code="")),
        Matched(),
        replace(EXPECTED, is_made=False, paper=None),
        set(),
        set(),
    ),
    "a QR that leads elsewhere": (
        facts(page(1, "image", foreign=1), page(2, "image")),
        COPY,
        EXPECTED,
        set(),
        {"handwritten", "foreign_code"},
    ),
    "a QR of an earlier address, in our bytes": (MOVED, OURS, EXPECTED, set(), {"signature"}),
    "not looked at to its end": (
        facts(signatures=(signature(),), cut_short=True),
        OURS,
        EXPECTED,
        set(),
        {"signature", "cut_short"},
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_file_has_the_findings_of_what_it_is(case: Any):
    read, matched, expected, stopping, others = case
    found = findings.judge(read, expected, matched)
    assert {one.code for one in found if one.stops} == stopping
    assert {one.code for one in found if not one.stops} == others
    assert all(one.advice for one in found if one.stops)


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
    broken = facts(signatures=(signature(word="invalid", reasons=["broken"]),))
    for other in (replace(EXPECTED, is_made=False, paper=None), replace(EXPECTED, is_own=True)):
        (found,) = findings.judge(broken, other, Matched())
        assert found.stops
        assert found.advice == "Pide que se firme otra vez, sin cambiar el archivo después."
    found, *_ = findings.judge(broken, EXPECTED, OURS)
    assert "que descargaste" in found.advice


def test_a_scan_has_no_word_and_does_not_stop():
    (only,) = findings.judge(scan(1, 2), EXPECTED, COPY)
    assert (only.text, only.word, only.stops) == (findings.HANDWRITTEN, "", False)


def test_no_finding_says_a_number_of_a_document():
    for read, matched, expected, *_ in CASES.values():
        for found in findings.judge(read, expected, matched):
            assert DNI not in found.text + found.advice
            assert "40000002" not in found.text + found.advice


def test_the_papers_of_a_file_are_named_in_the_order_of_its_pages():
    codes = [f"{number:016}" for number in range(30, 0, -1)]
    read = facts(*(page(1, "image", code) for code in [*codes, *codes]))
    assert judging.codes_in(read) == codes

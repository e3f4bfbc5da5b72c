"""Issued papers: their codes, their versions, and what the code on each page leads to."""

from __future__ import annotations

import pypdfium2
import zxingcpp
from flask import Flask

from app.base import files
from app.base.models import IssuedPaper
from app.cases import papers
from app.cases.case import Case
from app.cases.papers import issued
from tests.app.cases.papers.test_papers import MADE_ON, pages_of, roster, values
from tests.app.cases.papers.test_papers_of_cases import write

CODE = "7K2M9QXT04BD3F5H"


def codes_of(content: bytes, dpi: int) -> list[list[str]]:
    """Return the texts of the QR codes on each page, as a scan of `dpi` shows them."""
    with pypdfium2.PdfDocument(content) as pdf:
        pictures = [page.render(scale=dpi / 72, grayscale=True).to_pil() for page in pdf]
    return [[one.text for one in zxingcpp.read_barcodes(picture)] for picture in pictures]


def test_each_page_of_each_kind_leads_to_its_verification(app: Flask):
    with app.app_context():
        for kind in papers.KINDS:
            content = papers.render(kind, values(roster=roster(60)), MADE_ON, CODE)
            found = codes_of(content, 150)
            expected = f"http://localhost/verificar/{CODE}#"
            assert found == [[f"{expected}{page}"] for page in range(1, len(found) + 1)], kind
            written = "localhost/verificar/7K2M-9QXT-04BD-3F5H"
            assert all(written in text for text in pages_of(content)), kind


def test_a_draft_has_no_code(app: Flask):
    with app.app_context():
        content = papers.render("constancia", values(), MADE_ON)
    assert codes_of(content, 150) == [[]]
    assert "Verifica" not in " ".join(pages_of(content))


def test_a_paper_that_is_issued_again_replaces_the_earlier_one(case: Case):
    write(case, "entity", "authority", "administrator")
    uses = [papers.issue(case, "sip_rvl_001") for _ in range(2)]
    papers.issue(case, "oficio_designacion")
    first, second = (
        case.session.query(IssuedPaper).filter_by(file_id=use.id).one() for use in uses
    )
    assert first.replaced_by == second.code
    assert second.replaced_by is None
    assert issued.in_force(case.session, case.instance.id, "sip_rvl_001") is second
    assert first.sha256 == uses[0].sha256
    assert first.size == files.path_of(uses[0].sha256).stat().st_size


def test_a_signed_letter_is_not_replaced_by_the_next_one(case: Case):
    write(case, "entity", "authority", "letter")
    draft, signed = (papers.issue(case, "oficio_reiteracion") for _ in range(2))
    issued.note_signed(case, {"oficio_reiteracion": signed.id}, {})
    papers.issue(case, "oficio_reiteracion")
    rows = {row.file_id: row for row in case.session.query(IssuedPaper)}
    assert rows[draft.id].replaced_by == rows[signed.id].code
    assert rows[signed.id].replaced_by is None
    assert (rows[signed.id].signed_id, rows[signed.id].signed_at) == (signed.id, case.at)


def test_a_typed_code_is_understood():
    assert issued.typed(" 7k2m-9qxt o4bd 3f5h ") == CODE
    assert issued.typed("7K2M-9QXT-04BD") == ""
    assert issued.typed("7K2M-9QXT-04BD-3F5U") == ""
    assert issued.typed("7" * 1_000_000) == ""
    assert issued.in_groups(CODE) == "7K2M-9QXT-04BD-3F5H"

"""Issued papers: their codes, their versions, and what the code on each page leads to."""

from __future__ import annotations

from typing import Any

import pypdfium2
import pytest
import zxingcpp
from flask import Flask
from sqlalchemy import select, text

from app.base import files
from app.base.models import FileUse, IssuedPaper, PaperAct
from app.cases import papers
from app.cases.case import Case
from app.cases.papers import issued
from app.cases.papers.issued import series
from tests.app.cases.papers.test_papers import MADE_ON, pages_of, roster, values
from tests.app.cases.papers.test_papers_of_cases import write

CODE = "7K2M9QXT04BD3F5H"


def codes_of(content: bytes, dpi: int) -> list[list[str]]:
    """Return the texts of the QR codes on each page, as a scan of `dpi` shows them."""
    with pypdfium2.PdfDocument(content) as pdf:
        pictures = [page.render(scale=dpi / 72, grayscale=True).to_pil() for page in pdf]
    return [[one.text for one in zxingcpp.read_barcodes(picture)] for picture in pictures]


def issued_row(case: Case, use: FileUse) -> IssuedPaper:
    return case.session.query(IssuedPaper).filter_by(file_id=use.id).one()


@pytest.mark.nightly
def test_each_page_of_each_kind_leads_to_its_verification(app: Flask):
    with app.app_context():
        for kind in papers.KINDS:
            content = papers.render(kind, values(roster=roster(60)), MADE_ON, CODE)
            found = codes_of(content, 150)
            assert found == [
                [f"http://localhost/verificar/{CODE}#{page}"] for page in range(1, len(found) + 1)
            ], kind
            written = "localhost/verificar/7K2M-9QXT-04BD-3F5H"
            assert all(written in text for text in pages_of(content)), kind


def test_a_draft_has_no_code(app: Flask):
    with app.app_context():
        content = papers.render("constancia", values(), MADE_ON)
    assert codes_of(content, 150) == [[]]
    assert "Verifica" not in " ".join(pages_of(content))


@pytest.mark.nightly
def test_a_paper_that_is_issued_again_replaces_the_earlier_one(case: Case):
    write(case, "entity", "authority", "administrator")
    uses = [papers.issue(case, "sip_rvl_001") for _ in range(2)]
    papers.issue(case, "oficio_designacion")
    first, second = (issued_row(case, use) for use in uses)
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
    row = issued_row(case, signed)
    assert issued_row(case, draft).replaced_by == row.code
    assert (row.replaced_by, row.signed_id) == (None, signed.id)


FOLLOWING = ("number", "has_blanks", "dated_on", "replaced_by", "void_at", "signed_id")


def said(paper: IssuedPaper) -> list[Any]:
    return [getattr(paper, name) for name in FOLLOWING]


@pytest.mark.postgresql
def test_what_follows_the_issue_is_acts_and_the_row_never_changes(case: Case):
    write(case, "entity", "authority", "letter")
    first, second = (papers.issue(case, "oficio_reiteracion") for _ in range(2))
    old, new = (issued_row(case, one) for one in (first, second))
    before = case.session.execute(select(IssuedPaper.__table__)).all()
    marks = {"oficio_reiteracion": ("12-2026", MADE_ON)}
    issued.note_signed(case, {"oficio_reiteracion": second.id}, marks)
    new.add_act(case.at, void_at=case.at)
    wanted = ["12-2026", True, MADE_ON, None, case.at, second.id]
    assert said(new) == wanted, "at once"
    case.session.flush()
    case.session.expire_all()
    assert (said(old), said(new)) == (["", False, None, new.code, None, None], wanted)
    assert case.session.execute(select(IssuedPaper.__table__)).all() == before
    acts = case.session.scalars(select(PaperAct).order_by(PaperAct.id)).all()
    assert [one.code for one in acts] == [old.code, new.code, new.code]
    issued.note_signed(case, {"oficio_reiteracion": first.id}, marks)
    case.session.expire_all()
    assert (old.signed_id, new.signed_id) == (None, second.id), "it is void"


def test_the_newest_act_counts(case: Case):
    write(case, "entity", "authority", "letter")
    first, second = (papers.issue(case, "oficio_reiteracion") for _ in range(2))
    for copy in (first, second):
        issued.note_signed(case, {"oficio_reiteracion": copy.id}, {})
    found = [
        case.session.query(IssuedPaper).filter(IssuedPaper.has_copy(one.id)).count()
        for one in (first, second)
    ]
    assert found == [0, 1]


def test_no_value_of_a_paper_is_assigned(case: Case):
    write(case, "entity", "authority", "letter")
    papers.issue(case, "oficio_reiteracion")
    paper = case.session.query(IssuedPaper).one()
    for name in FOLLOWING:
        with pytest.raises(AttributeError, match="use add_act"):
            setattr(paper, name, None)


@pytest.mark.postgresql
def test_numbers_and_signed_copies_are_found_by_their_indexes(case: Case):
    session = case.session
    conditions = {
        "ix_paper_act_number": series.has_number("12-2026"),
        "ix_paper_act_signed_id": IssuedPaper.has_copy("0"),
        "ix_paper_act_code": IssuedPaper.signed_id == "0",
    }
    explain = "explain query plan"
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("set local enable_seqscan = off"))
        explain = "explain"
    for index, condition in conditions.items():
        sent = select(IssuedPaper.code).where(condition)
        made = sent.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
        plan = session.execute(text(f"{explain} {made}")).all()
        assert index in str(plan)


def test_a_typed_code_is_understood():
    assert issued.typed(" 7k2m-9qxt o4bd 3f5h ") == CODE
    assert issued.typed("7K2M-9QXT-04BD") == ""
    assert issued.typed("7K2M-9QXT-04BD-3F5U") == ""
    assert issued.typed("7" * 1_000_000) == ""
    assert issued.in_groups(CODE) == "7K2M-9QXT-04BD-3F5H"

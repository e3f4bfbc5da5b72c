"""The box of a signature, cut out of a scan for the person who looks at it."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask import current_app
from PIL import Image, ImageChops, ImageDraw

from app.base import calendar, files
from app.base.models import FileUse, IssuedPaper, ReadFile
from app.cases import papers
from app.cases.case import Case
from app.cases.papers.viewing import page_pictures, signature_boxes
from tests.app.cases.papers import altered
from tests.app.cases.papers.test_findings import page as page_facts
from tests.app.cases.papers.test_papers_of_cases import write

DPI = 100


@pytest.fixture
def issued(case: Case) -> IssuedPaper:
    """Return an issued SIP-RVL-001, whose second page is signed."""
    write(case, "entity", "authority", "administrator")
    use = papers.issue(case, "sip_rvl_001")
    use.file.checked_at = calendar.now()  # a check would be noted in another transaction
    return case.session.query(IssuedPaper).filter_by(file_id=use.id).one()


def scan(
    case: Case,
    paper: IssuedPaper,
    findings: list[Any],
    order: list[int],
    turned: int = 0,
    known: bool = True,
) -> FileUse:
    """Return the scan of a paper whose box has a black rectangle; `order`: its pages, from 0.

    `turned`: degrees by which the pages are turned clockwise. `known`: their codes were read.
    """
    pictures = altered.pictures(files.path_of(paper.sha256).read_bytes(), DPI)
    (box,) = page_pictures.boxes_of(paper.file.file)
    ink = ImageDraw.Draw(pictures[box["pagina"] - 1])
    left, top = box["izquierda"], box["pagina_alto"] - box["abajo"] - box["alto"]
    sides = (left, top, left + box["ancho"], top + box["alto"])
    ink.rectangle([one * DPI / 72 for one in sides], fill=0)
    pictures = [one.rotate(-turned, expand=True) for one in pictures]
    use = files.keep(
        case.session,
        io.BytesIO(altered.bound([pictures[number] for number in order], dpi=DPI)),
        media_type="application/pdf",
        owner=files.Owner(case.entity.id),
        paper=paper.kind,
        pages=len(order),
    )
    use.findings, use.file.checked_at = findings, calendar.now()
    code = paper.code if known else ""
    looked = [page_facts(number + 1, "image", code, turned=turned) for number in order]
    facts = {"looked": looked}
    case.session.add(ReadFile(sha256=use.sha256, facts=facts, read_at=calendar.now()))
    paper.add_act(calendar.now(), signed_id=use.id)
    case.session.flush()
    return use


HANDWRITTEN = [{"code": "handwritten", "text": "", "advice": "", "stops": False, "word": ""}]


@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
def test_the_box_is_cut_out_of_the_page_with_its_code(
    case: Case, issued: IssuedPaper, order: list[int]
):
    use = scan(case, issued, HANDWRITTEN, order)
    with current_app.test_request_context():
        (one,) = signature_boxes.shown(case.session, use)
    assert one.page == order.index(1) + 1
    content = signature_boxes.picture(case.session, use, 1)
    cut = Image.open(io.BytesIO(content)).convert("L")
    dark = sum(cut.histogram()[:60]) / (cut.width * cut.height)
    assert 0.3 < dark < 0.95
    assert cut.getpixel((2, 2)) > 200


@pytest.mark.parametrize("turned", [90, 180, 270])
def test_the_box_of_a_page_that_was_scanned_turned_is_cut_upright(
    case: Case, issued: IssuedPaper, turned: int
):
    upright = signature_boxes.picture(case.session, scan(case, issued, HANDWRITTEN, [0, 1]), 1)
    use = scan(case, issued, HANDWRITTEN, [0, 1], turned)
    (wanted, cut) = (
        Image.open(io.BytesIO(content)).convert("L")
        for content in (upright, signature_boxes.picture(case.session, use, 1))
    )
    assert abs(wanted.width - cut.width) <= 2
    assert abs(wanted.height - cut.height) <= 2
    differing = ImageChops.difference(wanted, cut.resize(wanted.size)).histogram()
    assert sum(differing[60:]) < 0.05 * wanted.width * wanted.height


def test_of_a_page_whose_code_was_not_read_the_whole_page_is_shown(case: Case, issued: IssuedPaper):
    use = scan(case, issued, HANDWRITTEN, [0, 1], known=False)
    (cut,) = signature_boxes.cuts_of(case.session, use)
    assert (cut.page, cut.sides) == (2, signature_boxes.WHOLE)


def test_a_file_that_is_no_scan_has_no_cut(case: Case, issued: IssuedPaper):
    use = scan(case, issued, [], [0, 1])
    assert signature_boxes.shown(case.session, use) == ()


def test_a_file_that_is_a_signed_copy_no_more_has_no_cut(case: Case, issued: IssuedPaper):
    use = scan(case, issued, HANDWRITTEN, [0, 1])
    scan(case, issued, HANDWRITTEN, [1, 0])
    assert signature_boxes.shown(case.session, use) == ()
    with pytest.raises(page_pictures.NoPicture):
        signature_boxes.picture(case.session, use, 1)

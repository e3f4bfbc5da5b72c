"""The box for each visible signature: drawn where the attached data of the paper says."""

from __future__ import annotations

import io
import json
from typing import Any

import pikepdf
import pypdfium2
import pytest
from flask import Flask
from PIL import ImageChops

from app.cases import papers
from forms.fields.documents import examine
from tests.app.cases.papers import altered
from tests.app.cases.papers.test_papers import MADE_ON, values

#: Pixels of a picture for each point.
SCALE = 2


@pytest.fixture
def issued(app: Flask) -> dict[str, bytes]:
    """Return an issued paper of each kind."""
    with app.app_context():
        return {kind: altered.issued(kind, altered.CODE, 40) for kind in papers.KINDS}


def attached(content: bytes) -> dict[str, Any]:
    """Return the data attached to a paper, its only attachment."""
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert list(pdf.attachments) == ["firmas.json"]
        found: dict[str, Any] = json.loads(pdf.attachments["firmas.json"].get_file().read_bytes())
        assert found["paginas"] == len(pdf.pages)
    return found


def box_of(content: bytes) -> tuple[int, tuple[int, int, int, int]]:
    """Return the page and left, bottom, right, top of the only box of a paper, in whole points."""
    (box,) = attached(content)["firmas"]
    left, bottom = box["izquierda"], box["abajo"]
    right, top = left + box["ancho"], bottom + box["alto"]
    return box["pagina"], (round(left), round(bottom), round(right), round(top))


@pytest.mark.nightly
def test_each_signed_paper_has_a_box_where_its_data_says(issued: dict[str, bytes]):
    for kind, content in issued.items():
        said = attached(content)
        assert (said["codigo"], said["tipo"]) == (altered.CODE, kind)
        number, box = box_of(content)
        with pypdfium2.PdfDocument(content) as pdf:
            page = pdf[number - 1]
            drawn = [one.get_bounds() for one in page.get_objects()]
            assert any(one == pytest.approx(box, abs=1) for one in drawn), kind
            assert page.get_textpage().get_text_bounded(*box).strip() == "Firma", kind
            below = page.get_textpage().get_text_bounded(0, box[1] - 60, page.get_width(), box[1])
            assert said["firmas"][0]["rol"].split()[0] in below, kind


@pytest.mark.nightly
def test_a_visible_signature_fills_its_box_and_changes_nothing_outside(issued: dict[str, bytes]):
    for kind in ("sip_rvl_001", "sip_rvl_002"):
        content = issued[kind]
        number, box = box_of(content)
        signed = altered.signed(content, visible=True, box=box, page=number)
        with pypdfium2.PdfDocument(content) as before, pypdfium2.PdfDocument(signed) as after:
            after.init_forms()
            height = before[number - 1].get_height()
            pictures = [pdf[number - 1].render(scale=SCALE).to_pil() for pdf in (before, after)]
        changed = ImageChops.difference(*pictures).getbbox()
        assert changed
        left, top, right, bottom = (side / SCALE for side in changed)
        inside = (left - box[0], height - bottom - box[1], box[2] - right, box[3] - height + top)
        assert min(inside) >= -1, kind
        assert right - left > 50, kind
        assert examine(io.BytesIO(signed)).fault == ""


def test_a_draft_has_a_box_and_no_data():
    content = papers.render("constancia", values(), MADE_ON)
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert not pdf.attachments
    with pypdfium2.PdfDocument(content) as pdf:
        assert "Firma\r" in pdf[0].get_textpage().get_text_bounded()

"""Issued papers are PDF/A-3a and PDF/UA-1, with their fields for signatures: veraPDF judges."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from flask import Flask

from app.cases import papers
from app.cases.papers.typesetting import typesetter
from tests.app.cases.papers import altered
from tests.app.cases.papers.conforming.verapdf import broken_rules
from tests.app.cases.papers.test_papers import MADE_ON, roster, values


@pytest.fixture
def issued(app: Flask) -> dict[str, bytes]:
    """Return an issued paper of each kind, and one that is compressed."""
    with app.app_context():
        made = {kind: altered.issued(kind) for kind in papers.KINDS}
        long = papers.render("sip_rvl_002", values(roster=roster(200)), MADE_ON, altered.CODE)
    assert b"/ObjStm" in long
    return made | {"compressed": long}


def without_parts(content: bytes) -> bytes:
    """Return a paper whose field has no tag and no appearance."""
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as pdf:
        field = pdf.Root.AcroForm.Fields[0]
        del field.StructParent, field.AP
        pdf.save(target)
    return target.getvalue()


@pytest.mark.starts("java")
@pytest.mark.nightly
def test_issued_papers_are_for_archives_and_for_all_readers(
    issued: dict[str, bytes], tmp_path: Path
):
    given = issued | {
        "draft": papers.render("constancia", values(), MADE_ON),
        "signed": altered.signed(issued["constancia"]),
        "without parts": without_parts(issued["constancia"]),
    }
    found = broken_rules(given, tmp_path)
    assert found.pop("without parts") >= {"3a 6.3.3-1", "ua1 7.18.4-1"}
    assert found == {name: set() for name in found}


@pytest.mark.nightly
def test_each_box_has_an_empty_field_with_a_tag(issued: dict[str, bytes]):
    for kind, content in issued.items():
        with pikepdf.open(io.BytesIO(content)) as pdf:
            (box,) = json.loads(pdf.attachments["firmas.json"].get_file().read_bytes())["firmas"]
            (field,) = pdf.Root.AcroForm.Fields
            assert (str(field.FT), str(field["/T"]), "/V" in field) == ("/Sig", "firma-1", False)
            assert str(field.TU) == f"Firma: {box['rol']}"
            left, bottom = box["izquierda"], box["abajo"]
            sides = [left, bottom, left + box["ancho"], bottom + box["alto"]]
            assert [float(side) for side in field.Rect] == pytest.approx(sides, abs=0.01)
            page = pdf.pages[box["pagina"] - 1]
            assert field.P.objgen == page.objgen
            assert [one.objgen for one in page.obj.Annots] == [field.objgen]
            parents = pdf.Root.StructTreeRoot.ParentTree.Nums
            tag = parents[list(parents).index(field.StructParent) + 1]
            assert (str(tag.S), tag.K.Obj.objgen) == ("/Form", field.objgen), kind
        with pypdfium2.PdfDocument(content) as shown:
            assert shown.get_formtype()


def test_screen_readers_say_where_a_paper_is_verified(issued: dict[str, bytes]):
    for kind, content in issued.items():
        with pikepdf.open(io.BytesIO(content)) as pdf:
            figures = [one for one in pdf.objects if isinstance(one, pikepdf.Dictionary)]
            said = [str(one.Alt) for one in figures if one.get("/S") == "/Figure"]
        address = "localhost/verificar/7K2M-9QXT-04BD-3F5H"
        assert said == [f"Código QR. Verifica este documento en {address}"], kind


def test_a_paper_without_boxes_has_no_fields():
    content = papers.render("constancia", values(), MADE_ON)
    _, objects, trailer = typesetter.parts_of(content) or pytest.fail("Typst wrote another file")
    assert typesetter.fields_of(objects, trailer) == {}


@pytest.mark.parametrize("name", ["Villa 😀", "/Type/EmbeddedFile endstream endobj startxref 0"])
def test_a_strange_name_costs_no_field(app: Flask, name: str):
    said = values(entity=values()["entity"] | {"name": name})
    with app.app_context():
        content = papers.render("constancia", said, MADE_ON, altered.CODE)
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert pdf.check_pdf_syntax() == []
        assert len(pdf.Root.AcroForm.Fields) == 1
        assert list(pdf.attachments) == ["firmas.json"]

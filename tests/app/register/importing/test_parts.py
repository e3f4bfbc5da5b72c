"""Numbers of persons within the texts of past visits, and texts that look like formulas."""

from __future__ import annotations

import pytest

from app.register.importing import parts
from app.register.importing.sentences import REMARKS
from tests.app.register.importing.past_files import row, table
from tests.app.register.importing.past_imports import imported, visits
from tests.app.register.importing.test_judging import judged
from tests.app.register.public.test_public_visit import html_of
from tests.app.visited import Visited


@pytest.mark.parametrize(
    ("written", "entity", "ruc"),
    [
        ("Entidad privada - PEREZ JUAN RUC 10000043216", "PEREZ JUAN", "10000043216"),
        ("Entidad privada - PEREZ JUAN (R.U.C. N° 10000043216)", "PEREZ JUAN", "10000043216"),
        ("Entidad privada - RUC: 20131370301 - BETA S.A.", "BETA S.A.", "20131370301"),
        ("Entidad privada - BETA S.A. 20131370301", "BETA S.A.", "20131370301"),
        ("Entidad privada - BETA S.A. 20131370302", "BETA S.A. 20131370302", ""),
        ("Entidad privada - BETA S.A.", "BETA S.A.", ""),
        ("Entidad privada - BETA (PERÚ) RUC Nº 20131370301", "BETA (PERÚ)", "20131370301"),
        ("Persona natural - RUC 10000043216", "", ""),
        ("Entidad privada - RUC 20131370301", "RUC 20131370301", ""),
        ("Entidad privada - RUC 10000043216", "RUC ********216", ""),
    ],
)
def test_a_ruc_within_the_entity_goes_to_its_own_field(written, entity, ruc):
    found = judged(Entidad_del_visitante=written)
    assert found.visit is not None
    assert (found.visit["visitor_entity"], found.visit["visitor_entity_ruc"]) == (entity, ruc)
    assert ("ruc_apart" in found.codes) is bool(ruc)


def test_three_digits_of_a_persons_number_in_a_text_stay_and_other_numbers_do():
    for written, left in [
        ("Cita de ANA, DNI 00000501, por obras", "Cita de ANA, DNI *****501, por obras"),
        ("Cita (d.n.i. N° 00000501)", "Cita (d.n.i. N° *****501)"),
        ("DNI Nº 00000501", "DNI Nº *****501"),
        ("Pago a RUC 10000043216", "Pago a RUC ********216"),
        ("DNI00000501 y DNI: 00000777", "DNI*****501 y DNI: *****777"),
    ]:
        assert parts.without_numbers(written) == (left, "number_masked")
        assert parts.without_numbers(left) == (left, "")
    for written in ["Expediente 00000501", "RUC 20131370301", "DNI 000005011234"]:
        assert parts.without_numbers(written) == (written, "")


def test_a_long_text_of_punctuation_is_read_quickly():
    for sign in ("-", " (", "RUC N", "DNI N"):
        text = sign * (5000 // len(sign))
        assert parts.ruc_apart(text) == ((text, ""), "")
        assert parts.without_numbers(text) == (text, "")


@pytest.mark.nightly
def test_no_page_shows_numbers_that_a_file_had_in_its_texts(visited: Visited):
    numbers = {"Motivo": "Otros - DNI 00000501", "Lugar específico": "Sala, DNI 00000501"}
    private = "Entidad privada - PEREZ INVENTADO JUAN RUC 10000005015 DNI 00000501"
    rows = [row(Visitante="PEREZ JUAN DNI 00000501", Entidad_del_visitante=private) | numbers]
    page = imported(visited, table(rows))
    assert REMARKS["number_masked"] in page
    assert REMARKS["ruc_apart"] in page
    [visit] = visits(visited)
    assert visit.visitor_entity_ruc == "10000005015"
    html = html_of(visited, visit.id)
    assert "00000501" not in html
    assert "DNI *****501" in html


def test_a_visitor_that_looks_like_a_formula_has_a_remark():
    for written in ["=HYPERLINK(A)", "'=HYPERLINK(A)", "@SUM(A)", "+QUISPE"]:
        found = judged(Visitante=written)
        assert found.visit is not None
        assert found.visit["visitor_name"] == written.lstrip("'")
        assert found.codes == ["formula"]

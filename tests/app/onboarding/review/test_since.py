"""All changes since an observation, when there are too many for the page of the review."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from app.base import calendar
from tests.app.walk import Walk
from tests.conftest import Clock


@pytest.fixture
def observed(walk: Walk, clock: Clock) -> Walk:
    """Return a case under a second look, after a row of its roster was observed."""
    walk.begin_filed()
    walk.answer("record_reception")
    address, sip = f"/tareas/{walk.task('review_designation').id}", walk.browser("sip")
    code = re.findall(r"observar=(row\.[0-9a-f]+)", sip.get(f"{address}/relacion").text)[0]
    said = {
        "observations-0-anchor": code,
        "observations-0-text": "El documento es de otra persona.",
    }
    sip.post(f"{address}/respuesta", data=said | {"result": "observed", "action": "next"})
    assert sip.get(f"{address}/relacion?frente=observada").status_code == 404
    sip.post(f"{address}/revisar", data={"action": "submit"})
    clock.set(calendar.now() + timedelta(hours=3))
    return walk


@pytest.mark.nightly
def test_more_changes_than_a_page_shows_are_listed_row_by_row(observed: Walk):
    new = {"given_names": "Nora", "post": "Analista", "profile": "operator"}
    numbers = [f"{number:08d}" for number in range(1, 131)]
    observed.change_roster(
        lambda rows: [*rows, *(rows[0] | new | {"document_number": one} for one in numbers)],
    )
    observed.answer("correct_designation")
    sip, task = observed.browser("sip"), observed.task("review_designation").id
    page = sip.get(f"/tareas/{task}/respuesta").text
    part = page[page.index('id="cambio-desde-entonces"') : page.index('id="los-datos"')]
    (way,) = set(re.findall(r'href="([^"]+/relacion[^"]*)"', part))
    assert re.search(r"Y 3\d más: <a", part)
    every = sip.get(f"{way}&cambio=alta&pagina=2").text
    assert "Comparada con la que se observó" in every
    assert 29 < every.count('class="row-change row-change--alta"') < 40
    assert all(
        "frente=observada" in tab for tab in re.findall(r'href="([^"]*cambio=[^"]*)"', every)
    )
    assert sip.get(f"/tareas/{task}/relacion?frente=otra").status_code == 404


@pytest.mark.nightly
def test_a_corrected_document_number_is_the_answer_to_its_observation(observed: Walk):
    number = "00000999"
    observed.change_roster(lambda rows: [rows[0] | {"document_number": number}, *rows[1:]])
    observed.answer("correct_designation")
    sip, task = observed.browser("sip"), observed.task("review_designation").id
    page = sip.get(f"/tareas/{task}/respuesta").text
    earlier = page[page.index('id="observado-antes"') : page.index('id="cambio-desde-entonces"')]
    assert "DNI *****999 (otro número)" in earlier
    assert "ya no está" not in earlier
    assert number not in page
    since = page[page.index('id="cambio-desde-entonces"') : page.index('id="los-datos"')]
    assert re.search(r">1\sfila cambió<", since)
    assert "persona nueva" not in since
    assert "relacion?frente=observada" in since
    assert "Documento, de «DNI" in since

"""Sheets on paper, corrected visits and statements of the register, in a real browser."""

from __future__ import annotations

import io
from typing import Any

import pikepdf
import pytest
from flask import Flask

from tests.app import cast
from tests.app.visited import PARTS, Visited
from tests.browser.examined import NARROW, WIDE, Examiner
from tests.conftest import Clock

pytestmark = pytest.mark.nightly

P = "/registro/E90001/produccion"


@pytest.fixture
def visited(app: Flask, clock: Clock) -> Visited:
    return Visited(app)


@pytest.fixture
def inside(visited: Visited, live_server: str, page: Any) -> Any:
    """Return a page of the operator, who has signed in."""
    return sign_in(page, live_server, "operator")


def sign_in(page: Any, server: str, name: str) -> Any:
    """Return the page of a user who has signed in."""
    page.goto(f"{server}/ingresar")
    page.fill("#document_number", PARTS[name][0])
    page.fill("#password", cast.PASSWORD)
    page.click("main button[type=submit]")
    return page


def test_the_sheet_is_one_page_on_its_side(inside: Any, live_server: str):
    inside.goto(f"{live_server}{P}/cortes/hoja")
    with pikepdf.open(io.BytesIO(inside.pdf(prefer_css_page_size=True))) as paper:
        [only] = paper.pages
        _, _, width, height = (float(side) for side in only.mediabox)
        assert (round(width), round(height)) == (842, 595)  # A4


def test_a_corrected_visit_shows_its_former_data(
    visited: Visited, inside: Any, live_server: str, browser: Any
):
    visit_id = visited.visit()
    code = visited.row(visit_id).code
    examiner = Examiner(browser)
    inside.goto(f"{live_server}{P}/visitas")
    inside.click("text=Quispe Inventada Ana")
    inside.click("text=Corregir")
    inside.fill("#motive", "Revisión de un expediente")
    inside.click("text=Guardar la corrección")
    assert inside.locator(":focus").get_attribute("class") == "govuk-error-summary"
    assert examiner.faults_here(inside, (WIDE, NARROW)) == []
    inside.fill("#reason", "Se escribió otro motivo")
    inside.click("text=Guardar la corrección")
    inside.wait_for_url(f"**/visitas/{code}")
    assert inside.locator(".differences del").inner_text().endswith("Coordinación de un convenio")
    assert inside.locator(".differences ins").inner_text().endswith("Revisión de un expediente")
    assert examiner.faults_here(inside, (WIDE, NARROW)) == []
    assert visited.row(visit_id).motive == "Revisión de un expediente"


def test_statement_pages_follow_the_rules_with_and_without_a_statement(
    visited: Visited, live_server: str, page: Any, browser: Any
):
    with visited.writing() as session:
        visited.register(session, "demo").source = "own_system"
    examiner = Examiner(browser)
    sign_in(page, live_server, "sgtd")
    page.goto(f"{live_server}{P}/constatacion")
    assert examiner.faults_here(page, (WIDE, NARROW)) == []
    assert page.locator("main form").count() == 0
    page.goto(f"{live_server}/registro/E90001/demo/constatacion")
    assert examiner.faults_here(page, (WIDE, NARROW)) == []
    page.click("text=Dejar la constatación")
    assert page.locator(":focus").get_attribute("class") == "govuk-error-summary"
    assert examiner.faults_here(page, (WIDE, NARROW)) == []

"""No page says that a visitor of a past day is inside: the exit was not recorded."""

from __future__ import annotations

import csv
import io
import json
from html import unescape

import pytest
from sqlalchemy import select

from app.base.models import Visit
from app.register.visits import present_visitors
from tests.app.visited import Visited
from tests.conftest import Clock

DESK = "/registro/E90001/produccion"
INSIDE = ("Todavía dentro", "todavía no salió", "Todavía no sale", "no ha salido", ">Dentro<")


@pytest.fixture
def code(visited: Visited) -> str:
    """Return the code of a visit without an exit."""
    made = visited.visit(name="Quispe Inventada Ana")
    return visited.row(made).code


def said(visited: Visited, path: str, who: str = "") -> str:
    answer = visited.browser(who).get(path)
    assert answer.status_code == 200
    text = unescape(answer.text)
    if path.endswith("json"):
        text = json.dumps(json.loads(answer.text), ensure_ascii=False)
    return " ".join(text.split())


PUBLIC = ("/visita/{code}", "/visitas", "/visitas/E90001", "/visitas.json", "/datos/cambios.json")
DESK_PAGES = (
    DESK + "/visitas/{code}",
    DESK + "/visitas?q=inventada",
    DESK + "/visitas/{code}/corregir",
)


@pytest.mark.nightly
def test_no_page_and_no_file_says_inside_of_a_past_day(visited: Visited, clock: Clock, code: str):
    places = [(path, "") for path in PUBLIC] + [(path, "operator") for path in DESK_PAGES]
    for path, who in places:
        page = said(visited, path.format(code=code), who)
        assert any(one in page for one in INSIDE), "today they are inside"
    clock.forward(days=1)
    for path, who in places:
        page = said(visited, path.format(code=code), who)
        assert not [one for one in INSIDE if one in page], path


def test_the_open_file_says_that_the_exit_was_not_recorded(
    visited: Visited, clock: Clock, code: str
):
    def states() -> list[str]:
        text = said_csv(visited)
        return [row["salida_estado"] for row in csv.DictReader(io.StringIO(text))]

    assert states() == ["no ha salido"]
    clock.forward(days=1)
    assert states() == ["no registrada"]


def said_csv(visited: Visited) -> str:
    return visited.browser().get("/visitas.csv?forma=abierto").get_data(as_text=True)


def test_the_desk_lists_missing_exits_of_past_days_apart(visited: Visited, clock: Clock, code: str):
    clock.forward(days=1)
    visited.visit(name="Huamán Ficticio Luis", document_number="00000502")
    page = said(visited, DESK, "operator")
    assert "Dentro ahora: 1" in page
    assert (
        "De días anteriores falta registrar 1\xa0salida"
        in visited.browser("operator").get(DESK).text
    )
    first, _, second = page.partition("De días anteriores")
    assert "Huamán Ficticio Luis" in first
    assert "Quispe Inventada Ana" in second
    closing = said(visited, f"{DESK}/cierre", "operator")
    assert "persona sigue dentro. De días anteriores falta registrar" in closing
    assert "Quispe Inventada Ana" in closing


def test_an_exit_after_midnight_can_still_be_recorded(visited: Visited, clock: Clock, code: str):
    clock.forward(days=1)
    answer = visited.browser("operator").post(f"{DESK}/salidas/{code}")
    assert answer.status_code == 303
    (visit,) = visited.all(select(Visit).where(Visit.code == code))
    assert visit.exit_state == "left"
    assert not present_visitors.is_inside(visit)


def test_the_desk_does_not_say_inside_of_a_past_visitor(visited: Visited, clock: Clock, code: str):
    clock.forward(days=1)
    form = {"visitors-0-document_type": "DNI", "visitors-0-document_number": "00000501"}
    page = visited.browser("operator").post(f"{DESK}/visitante", data=form | {"who": "visitors-0"})
    assert "Ya está dentro" not in page.text
    assert "falta registrar su salida" in page.text

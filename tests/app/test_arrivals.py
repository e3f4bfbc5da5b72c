"""What the desk finds at an arrival that the office did not expect: a minor, another official."""

from __future__ import annotations

from datetime import date

import pytest

from app.models import Official
from app.visits import planned as planning
from tests.app.test_agenda import AGENDA, ARRIVAL, arrival_of, plan, planned, visits
from tests.app.visited import Visited
from tests.conftest import Clock


@pytest.fixture
def visited(app, clock: Clock) -> Visited:
    return Visited(app)


def test_of_a_minor_nothing_stays_in_the_agenda(visited: Visited):
    desk = visited.browser("operator")
    plan(desk)
    answer = desk.post(arrival_of(visited), data=ARRIVAL | {"document_type": "MENOR"})
    assert answer.status_code == 303
    page = desk.get(answer.location).text
    assert "menores de edad no se registran" in page
    assert "La visita programada quedó cancelada." in page
    [row] = planned(visited)
    assert row.state == "cancelled"
    for kept in (page, str(row.entry), desk.get(arrival_of(visited)).text):
        for said in ("Quispe", "00000501", "Ejemplos del Norte", "20131370301"):
            assert said not in kept
    assert planning.A_MINOR in page
    assert visits(visited) == []


def test_a_minor_whose_visit_was_cancelled_before_is_forgotten_too(visited: Visited):
    desk = visited.browser("operator")
    plan(desk)
    desk.post(arrival_of(visited).replace("llegada", "cancelar"))
    desk.post(arrival_of(visited), data=ARRIVAL | {"document_type": "MENOR"})
    assert "Quispe" not in str(planned(visited)[0].entry)


def test_who_arrived_is_no_minor_afterwards(visited: Visited):
    desk = visited.browser("operator")
    plan(desk)
    desk.post(arrival_of(visited), data=ARRIVAL)
    answer = desk.post(arrival_of(visited), data=ARRIVAL | {"document_type": "MENOR"})
    assert "quedó cancelada" not in desk.get(answer.location).text
    assert planned(visited)[0].state == "arrived"


def test_another_official_receives_who_was_expected_by_one_who_left(visited: Visited):
    desk = visited.browser("operator")
    plan(desk)
    with visited.writing() as session:
        expected = session.get_one(Official, planned(visited)[0].official_id)
        expected.to_on = date(2026, 3, 1)
    refused = desk.post(arrival_of(visited), data=ARRIVAL)
    assert refused.status_code == 422
    assert "elige a otra persona" in refused.text
    assert "Lo recibe otra persona" in desk.get(arrival_of(visited)).text
    taken = desk.post(arrival_of(visited), data=ARRIVAL | {"official": "gárate"})
    assert taken.status_code == 303
    [visit] = visits(visited)
    assert visit.official_name == "Gárate Ficticia Lucía"
    assert "Llegó a las" in desk.get(AGENDA).text

"""Visits that offices plan: expected, confirmed once at the desk, or cancelled."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import func, select

from app.base import calendar
from app.base.models import PlannedVisit, Visit
from tests.app.posted import refuses
from tests.app.visited import CODE, SITE, Visited, lima
from tests.conftest import Clock
from tests.pages import CheckingClient

AGENDA = f"/registro/{CODE}/produccion/agenda"
DEMO = f"/registro/{CODE}/demo/agenda"
PLAN = {
    "submission": "office-form",
    "on": "03/03/2026",
    "hour": "10:30",
    "official": "rojas",
    "surnames": "Quispe Inventada",
    "given_names": "Ana",
    "document_type": "DNI",
    "document_number": "00000501",
    "kind": "private",
    "entity": "Ejemplos del Norte S.A.C.",
    "entity_ruc": "20131370301",
    "category": "work",
    "motive": "Coordinación de un convenio",
    "where": "inside",
    "site": SITE,
    "place": "Oficina 201",
}
ARRIVAL = {
    "surnames": "Quispe Inventada",
    "given_names": "Ana",
    "document_type": "DNI",
    "document_number": "00000501",
}


def plan(desk: CheckingClient, address: str = AGENDA, **changed: str) -> int:
    """Plan a visit as the office does. Return the status."""
    return desk.post(f"{address}/nueva", data=PLAN | changed).status_code


def planned(visited: Visited) -> list[PlannedVisit]:
    return visited.all(select(PlannedVisit).order_by(PlannedVisit.id))


def arrival_of(visited: Visited, address: str = AGENDA) -> str:
    """Return the address where the newest planned visit is confirmed."""
    return f"{address}/{planned(visited)[-1].id}/llegada"


def visits(visited: Visited) -> list[Visit]:
    return visited.all(select(Visit).order_by(Visit.id))


# Planning -------------------------------------------------------------------------------------


def test_expected_visits_are_in_the_agenda_by_day(visited: Visited):
    desk = visited.browser("operator")
    answer = desk.post(f"{AGENDA}/nueva", data=PLAN)
    assert answer.status_code == 303
    page = desk.get(answer.location).text
    for said in (
        "La visita quedó programada: 3 de marzo de 2026, 10:30.",
        "Martes 3 de marzo de 2026",
        "10:30",
        "Quispe Inventada Ana",
        "Ejemplos del Norte S.A.C.",
        "Rojas Ejemplo Jorge",
        "Coordinación de un convenio",
        "Oficina 201",
    ):
        assert said in page
    assert "00000501" not in page
    assert visits(visited) == []
    [row] = visited.all(select(PlannedVisit))
    assert row.expected_at == lima("2026-03-03 10:30")
    assert row.by_id == visited.people["operator"]


def test_a_plan_that_is_sent_twice_is_one_and_another_is_another(visited: Visited):
    desk = visited.browser("operator")
    assert [plan(desk), plan(desk)] == [303, 303]
    assert len(planned(visited)) == 1
    assert plan(desk, given_names="Luis") == 303  # typed again into a page that the browser cached
    assert plan(desk, submission="another-form") == 303
    assert len(planned(visited)) == 3


@pytest.mark.nightly
def test_of_several_with_the_same_words_the_page_asks_which(visited: Visited):
    desk = visited.browser("operator")
    page = desk.post(f"{AGENDA}/nueva", data=PLAN | {"official": "mue fic eje"})
    assert "Nadie con ese nombre ocupa un cargo ese día." in page.text
    page = desk.post(f"{AGENDA}/nueva", data=PLAN | {"official": "alcald"})
    assert page.status_code == 303
    page = desk.post(f"{AGENDA}/nueva", data=PLAN | {"official": "aría"})
    assert page.status_code == 422
    page = desk.post(f"{AGENDA}/nueva", data=PLAN | {"official": "eje"})
    assert page.status_code == 422
    offered = re.findall(r'name="official_id"[^>]*value="(\d+)"', page.text)
    assert len(offered) == 2
    chosen = PLAN | {"official": "eje", "official_id": offered[1]}
    assert desk.post(f"{AGENDA}/nueva", data=chosen).status_code == 303
    assert str(planned(visited)[-1].official_id) == offered[1]


REFUSED: list[tuple[dict[str, str], str]] = [
    ({"on": "02/03/2026", "hour": "07:59"}, "Una visita se programa para más adelante"),
    ({"on": "02/03/2026", "hour": "08:00"}, "Una visita se programa para más adelante"),
    ({"on": "01/01/2020"}, "Nadie con ese nombre ocupa un cargo ese día."),
    ({"official": "nadie"}, "Nadie con ese nombre ocupa un cargo ese día."),
    ({"official": "%"}, "Escribe al menos tres letras de su nombre."),
    ({"given_names": "=HYPERLINK(1)"}, "escribe solo letras"),
    ({"document_number": "1234567"}, "El DNI tiene 8 dígitos"),
    ({"entity_ruc": "20131370302"}, "su último dígito no corresponde"),
    ({"entity": ""}, "Escribe la entidad que representa."),
    ({"where": "outside", "place": ""}, "Escribe el lugar de la reunión."),
]


@pytest.mark.nightly
def test_an_impossible_plan_is_refused_and_not_stored(visited: Visited, subtests: pytest.Subtests):
    refuses(subtests, visited.browser("operator"), f"{AGENDA}/nueva", PLAN, REFUSED)
    assert planned(visited) == []


def test_in_demo_only_invented_documents_are_planned(visited: Visited):
    desk = visited.browser("operator")
    answer = desk.post(f"{DEMO}/nueva", data=PLAN | {"document_number": "41234567"})
    assert answer.status_code == 422
    assert "usa documentos inventados" in answer.text
    assert plan(desk, DEMO) == 303
    assert "Nada de lo que registres aquí se publica." in desk.get(DEMO).text
    assert "Quispe" not in desk.get(AGENDA).text
    assert desk.get(arrival_of(visited, AGENDA)).status_code == 404
    real = ARRIVAL | {"document_number": "41234567"}
    assert desk.post(arrival_of(visited, DEMO), data=real).status_code == 422
    assert desk.post(arrival_of(visited, DEMO), data=ARRIVAL).status_code == 303
    assert visits(visited)[0].audience == "demo"


# At the desk ----------------------------------------------------------------------------------


@pytest.mark.nightly
def test_the_desk_only_confirms_an_expected_visit(visited: Visited, clock: Clock):
    desk = visited.browser("operator")
    plan(desk)
    clock.set(lima("2026-03-03 10:27"))
    desk = visited.browser("operator2")
    page = desk.get(arrival_of(visited)).text
    for said in ("Quispe Inventada", "Rojas Ejemplo Jorge", 'value="00000501"', "Oficina 201"):
        assert said in page
    answer = desk.post(arrival_of(visited), data=ARRIVAL)
    assert answer.status_code == 303
    assert "El ingreso quedó registrado, a las 10:27." in desk.get(answer.location).text
    [visit] = visits(visited)
    assert (visit.visitor_name, visit.document_number) == ("Quispe Inventada Ana", "00000501")
    assert (visit.visitor_entity, visit.visitor_entity_ruc) == (
        "Ejemplos del Norte S.A.C.",
        "20131370301",
    )
    assert (visit.official_name, visit.site, visit.place) == (
        "Rojas Ejemplo Jorge",
        SITE,
        "Oficina 201",
    )
    assert (visit.entry_at, visit.exit_state) == (lima("2026-03-03 10:27"), "inside")
    assert visit.recorded_by_id == visited.people["operator2"]
    [row] = planned(visited)
    assert (row.state, row.visit_id) == ("arrived", visit.id)
    assert "Llegó a las 10:27" in desk.get(AGENDA).text


def test_an_arrival_that_is_confirmed_twice_is_one_visit(visited: Visited):
    desk = visited.browser("operator")
    plan(desk)
    for said in ("El ingreso quedó registrado", "El ingreso ya estaba registrado"):
        answer = desk.post(arrival_of(visited), data=ARRIVAL)
        assert said in desk.get(answer.location).text
    assert len(visits(visited)) == 1
    assert "Su ingreso ya está registrado." in desk.get(arrival_of(visited)).text


def test_the_name_of_the_arrival_replaces_the_planned_one_until_it_is_reserved(visited: Visited):
    desk = visited.browser("operator")
    plan(desk)
    came = {"surnames": "Quispe Inventado", "given_names": "Luis", "document_number": "00000502"}
    assert desk.post(arrival_of(visited), data=ARRIVAL | came).status_code == 303
    [visit] = visits(visited)
    assert (visit.visitor_name, visit.document_number) == ("Quispe Inventado Luis", "00000502")
    visited.reserve(visit.id)
    page = desk.get(AGENDA).text
    assert "Visita reservada" in page
    assert "Quispe" not in page
    assert desk.get(arrival_of(visited)).status_code == 404
    assert "Quispe" in visited.browser("administrator").get(AGENDA).text


def test_a_late_confirmation_is_recorded_like_a_late_entry(visited: Visited, clock: Clock):
    plan(visited.browser("operator"))
    clock.set(lima("2026-03-04 09:00"))
    desk = visited.browser("operator")
    assert "No llegó" in desk.get(f"{AGENDA}?ver=anteriores").text
    earlier = ARRIVAL | {"on": "03/03/2026", "hour": "10:31"}
    refused = desk.post(arrival_of(visited), data=earlier)
    assert refused.status_code == 422
    assert "elige la observación que corresponde" in refused.text
    answer = desk.post(arrival_of(visited), data=earlier | {"observation": "late"})
    assert answer.status_code == 303
    [visit] = visits(visited)
    assert (visit.entry_at, visit.observation) == (lima("2026-03-03 10:31"), "late")


def test_an_impossible_arrival_is_refused_and_a_missing_document_is_typed_at_the_desk(
    visited: Visited, subtests: pytest.Subtests
):
    desk = visited.browser("operator")
    assert plan(desk, document_number="") == 303
    wrong = [
        ({"document_number": ""}, "Escribe el número de documento."),
        ({"document_number": "1234567"}, "El DNI tiene 8 dígitos"),
        ({"official": "nadie así"}, "Nadie con ese nombre ocupa un cargo ese día"),
        ({"hour": "23:59"}, "El ingreso no puede ser después de ahora."),
        ({"on": "01/03/2026"}, "Escribe también la hora del ingreso."),
    ]
    refuses(subtests, desk, arrival_of(visited), ARRIVAL, wrong)
    assert visits(visited) == []
    assert planned(visited)[0].state == "expected"
    assert desk.post(arrival_of(visited), data=ARRIVAL).status_code == 303
    assert visits(visited)[0].document_number == "00000501"


# Cancelling -----------------------------------------------------------------------------------


@pytest.mark.nightly
def test_a_visit_that_is_cancelled_stays_in_the_agenda_and_cannot_arrive(visited: Visited):
    desk = visited.browser("operator")
    plan(desk)
    address = arrival_of(visited)
    cancelling = address.replace("llegada", "cancelar")
    assert "La visita quedó cancelada." in desk.get(desk.post(cancelling).location).text
    page = desk.get(AGENDA).text
    assert "Cancelada" in page
    assert address not in page
    assert "Esta visita se canceló." in desk.get(address).text
    refused = desk.post(address, data=ARRIVAL)
    assert refused.status_code == 422
    assert "Esta visita se canceló" in refused.text
    assert "ya no se puede cancelar" in desk.get(desk.post(cancelling).location).text
    assert visits(visited) == []


def test_a_visit_that_arrived_is_not_cancelled_and_no_document_number_stays(visited: Visited):
    desk = visited.browser("operator")
    plan(desk)
    assert planned(visited)[0].entry["visitor"]["document_number"] == "00000501"
    address = arrival_of(visited)
    desk.post(address, data=ARRIVAL)
    answer = desk.post(address.replace("llegada", "cancelar"))
    assert "ya no se puede cancelar" in desk.get(answer.location).text
    assert planned(visited)[0].state == "arrived"
    plan(desk, submission="another-form")
    desk.post(arrival_of(visited).replace("llegada", "cancelar"))
    assert {row.entry["visitor"]["document_number"] for row in planned(visited)} == {""}


# The agenda of each entity --------------------------------------------------------------------


@pytest.mark.nightly
def test_a_long_agenda_comes_in_pages(visited: Visited):
    with visited.writing() as session:
        register = visited.register(session)
        for number in range(51):
            session.add(
                PlannedVisit(
                    register_id=register.id,
                    expected_at=lima("2026-03-03 10:00"),
                    official_id=visited.official(session, "Rojas"),
                    entry={
                        "visitor": {
                            "name": f"Visita {number:03}",
                            "document_type": "DNI",
                            "document_number": "",
                        },
                        "category": "work",
                        "motive": "De la prueba",
                        "site": SITE,
                        "place": "",
                    },
                    created_at=calendar.now(),
                    submission=str(number),
                )
            )
    desk = visited.browser("operator")
    assert "Visita 050" not in desk.get(AGENDA).text
    assert "Visita 050" in desk.get(f"{AGENDA}?pagina=2").text
    assert desk.get(f"{AGENDA}?pagina=3").status_code == 404
    assert visited.one(select(func.count()).select_from(PlannedVisit)) == 51

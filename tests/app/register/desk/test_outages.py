"""Outages: declared and ended; a visit recorded afterwards in one gets its observation."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.base.models import LogEntry, Outage
from app.register.facts.values import Refused
from app.register.registers import outages
from tests.app.posted import refuses
from tests.app.register.desk import desks
from tests.app.together import together
from tests.app.visited import Visited, lima
from tests.conftest import Clock

P = "/registro/E90001/produccion/cortes"
FORM = {
    "from_at-date": "02/03/2026",
    "from_at-time": "06:00",
    "lasts": "no",
    "to_at-date": "02/03/2026",
    "to_at-time": "07:00",
    "cause": "external",
    "note": "Corte de luz en la cuadra",
}
LASTING = FORM | {"lasts": "yes", "to_at-date": "", "to_at-time": ""}


def rows(visited: Visited) -> list[Outage]:
    return visited.all(select(Outage).order_by(Outage.id))


def declared(visited: Visited, start: str, end: str | None, environment: str = "production") -> Any:
    with visited.writing() as session:
        return outages.declare(
            session,
            visited.register(session, environment),
            from_at=lima(f"2026-03-02 {start}"),
            to_at=lima(f"2026-03-02 {end}") if end else None,
            cause="internal",
            note="",
            actor_id=visited.people["operator"],
        )


def test_entries_recorded_after_an_outage_get_its_observation(visited: Visited, clock: Clock):
    operator = visited.browser("operator")
    assert operator.post(P, data=LASTING).status_code == 303
    [outage] = rows(visited)
    assert outage.to_at is None
    page = operator.get(P).text
    assert "Todavía dura" in page
    clock.set(lima("2026-03-02 10:00"))
    operator = visited.browser("operator")
    ended = {"to_at-date": "02/03/2026", "to_at-time": "09:30"}
    for _ in "ab":  # a repeated request has no effect
        answer = operator.post(f"{P}/{outage.id}/terminar", data=ended)
        assert answer.status_code == 303
    [outage] = rows(visited)
    assert outage.to_at == lima("2026-03-02 09:30")
    for hour in ("08:20", "09:45"):  # the desk sends no observation
        sent = desks.filled({}, entry_on="02/03/2026", entry_hour=hour)
        assert operator.post(desks.DESK, data=sent).status_code == 303
    assert [row.observation for row in desks.rows(visited)] == ["outage_external", ""]
    listed = operator.get("/registro/E90001/produccion/visitas").text
    assert "Registro retroactivo por interrupción del sistema por factor externo" in listed
    kinds = visited.all(select(LogEntry.kind).order_by(LogEntry.id))
    assert [kind for kind in kinds if "outage" in kind] == [
        "register.outage_declared",
        "register.outage_ended",
    ]
    history = visited.browser("auditor").get("/entidades/E90001/historial").text
    assert "Se declaró un corte" in history
    assert "Terminó un corte" in history


def test_an_impossible_outage_is_refused_and_one_of_thirty_days_ago_is_not(
    visited: Visited, subtests: pytest.Subtests
):
    operator = visited.browser("operator")
    wrong = (
        ({"from_at-time": "08:30", "to_at-time": "08:45"}, "no puede empezar después de ahora"),
        ({"to_at-time": "06:00"}, "tiene que terminar después de su inicio"),
        ({"to_at-time": "05:00"}, "tiene que terminar después de su inicio"),
        ({"to_at-time": "08:01"}, "no puede terminar después de ahora"),
        ({"to_at-time": ""}, "escribe también la hora"),
        ({"from_at-date": "30/01/2026", "from_at-time": "07:59"}, "dentro de 30 días"),
        ({"from_at-date": "31/12/2024", "from_at-time": "23:59"}, "se abrió el 1 de enero de 2025"),
    )
    refuses(subtests, operator, P, FORM, wrong)
    assert rows(visited) == []
    said = {"from_at-date": "31/01/2026", "from_at-time": "08:01"}
    assert operator.post(P, data=FORM | said).status_code == 303


def test_outages_do_not_overlap(visited: Visited):
    declared(visited, "06:00", "07:00")
    declared(visited, "05:00", None, "demo")  # another environment's
    for start, end in [
        ("05:00", "06:01"),
        ("06:59", "07:30"),
        ("06:15", "06:30"),
        ("05:00", "07:30"),
        ("05:00", None),
    ]:
        with pytest.raises(Refused) as refused:
            declared(visited, start, end)
        assert refused.value.field == "from_at"
    assert len(rows(visited)) == 2
    # One may end where another begins.
    for start, end in [("05:00", "06:00"), ("07:00", "07:30"), ("07:30", None)]:
        declared(visited, start, end)
    with pytest.raises(Refused):  # the one that lasts
        declared(visited, "07:45", "07:50")
    assert len(rows(visited)) == 5


@pytest.mark.postgresql
def test_declared_twice_at_once_it_is_one(visited: Visited):
    both = [visited.browser(who) for who in ("operator", "operator2")]
    answers = together(*(lambda b=browser: b.post(P, data=FORM) for browser in both))
    assert {answer.status_code for answer in answers} == {303}
    assert len(rows(visited)) == 1


def test_no_outage_ends_before_it_began_nor_after_now_nor_once_withdrawn(visited: Visited):
    made = declared(visited, "06:00", None)
    operator = visited.browser("operator")
    for hour in ("06:00", "05:00", "08:01"):
        ended = {"to_at-date": "02/03/2026", "to_at-time": hour}
        assert operator.post(f"{P}/{made.id}/terminar", data=ended).status_code == 422
    assert rows(visited)[0].to_at is None
    operator.post(f"{P}/{made.id}/retirar", data={"reason": "Fue en la otra sede"})
    operator.post(
        f"{P}/{made.id}/terminar", data={"to_at-date": "02/03/2026", "to_at-time": "07:00"}
    )
    assert rows(visited)[0].to_at is None
    assert visited.browser("sgtd").get(f"{P}/{made.id}/retirar").status_code == 404


def test_reviewers_see_outages_and_declare_none(visited: Visited):
    declared(visited, "06:00", None)
    page = visited.browser("sgtd").get(P)
    assert "Todavía dura" in page.text
    assert "Declarar un corte" not in page.text
    assert visited.browser("sgtd").post(P, data=FORM).status_code == 404


def test_the_sheet_has_fifteen_lines_and_says_what_happens_with_the_data(visited: Visited):
    page = visited.browser("operator").get(f"{P}/hoja").text
    assert page.count('<th scope="row">') == 15
    for words in ("Municipalidad Distrital de Ejemplo 1", "Tus datos", "se publica enmascarado"):
        assert words in page


def test_one_declared_wrongly_is_withdrawn_with_a_reason_and_explains_nothing(visited: Visited):
    made = declared(visited, "06:00", "07:30")
    operator, path = visited.browser("operator"), f"{P}/{made.id}/retirar"
    assert "Retirar un corte" in operator.get(path).text
    assert operator.post(path, data={"reason": ""}).status_code == 422
    assert rows(visited)[0].withdrawn_at is None
    for reason in ("Fue en la otra sede", "Otro motivo distinto"):  # the second has no effect
        assert operator.post(path, data={"reason": reason}).status_code == 303
    [row] = rows(visited)
    assert (row.reason, row.withdrawn_by_id) == (
        "Fue en la otra sede",
        visited.people["operator"],
    )
    page = operator.get(P).text
    assert "Retirado" in page
    assert "Fue en la otra sede" in page
    assert path not in page
    assert visited.row(visited.visit(ago=60)).observation == ""
    declared(visited, "06:30", "07:00")  # an outage of other hours does not conflict
    assert visited.row(visited.visit(ago=70)).observation == "outage_internal"
    kinds = visited.all(select(LogEntry.kind))
    assert kinds.count("register.outage_withdrawn") == 1
    history = visited.browser("auditor").get("/entidades/E90001/historial").text
    assert "Se retiró un corte" in history

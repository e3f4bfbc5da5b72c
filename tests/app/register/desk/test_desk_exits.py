"""The desk after the entry: exits, the end of the day, and the known data of returning visitors."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.base import calendar
from app.base.models import DayClosing, PlannedVisit
from app.register.visits import known_visitors, recording
from tests.app.register.desk.desks import DESK, entries, faults, filled, message, rows, value
from tests.app.visited import SITE, Visited, lima
from tests.conftest import Clock
from tests.pages import CheckingClient


def exit_of(visited: Visited, visit_id: int) -> str:
    return f"{DESK}/salidas/{visited.row(visit_id).code}"


# Exits ----------------------------------------------------------------------------------------


def test_present_visitors_are_listed_newest_first(visited: Visited, desk: CheckingClient):
    visited.visit(ago=30, name="Primera Inventada Rosa")
    visited.visit(ago=10, name="Segunda Inventada Rosa")
    visited.visit(ago=60, stayed=10, observation="late", name="Tercera Inventada Rosa")
    visited.visit("demo", name="Cuarta Inventada Rosa")
    page = desk.get(DESK).text
    assert re.findall(r'<span class="strong">(\w+)', page) == ["Segunda", "Primera"]
    assert "Dentro ahora: 2" in page
    assert "DNI 00000501" in page
    assert "desde 07:50" in page


def test_an_exit_is_recorded_now(visited: Visited, desk: CheckingClient, clock: Clock):
    visit_id = visited.visit()
    clock.forward(minutes=25)
    answer = desk.post(exit_of(visited, visit_id))
    assert answer.status_code == 303
    row = visited.row(visit_id)
    assert (row.exit_state, row.exit_at) == ("left", calendar.now())
    page = desk.get(answer.location)
    assert message(page) == "Salida registrada: Quispe Inventada Ana, 08:25."
    assert "Dentro ahora: 0" in page.text


@pytest.mark.nightly
def test_an_exit_that_is_sent_twice_is_one(visited: Visited, desk: CheckingClient, clock: Clock):
    visit_id = visited.visit()
    desk.post(exit_of(visited, visit_id))
    clock.forward(minutes=5)
    answer = desk.post(exit_of(visited, visit_id))
    assert answer.status_code == 303
    assert message(desk.get(answer.location)) == "Salida registrada: Quispe Inventada Ana, 08:00."
    assert visited.row(visit_id).versions == 2


def test_an_impossible_hour_is_refused_in_its_row_and_another_is_taken(
    visited: Visited, desk: CheckingClient
):
    visit_id = visited.visit(ago=30)
    for hour, said in [
        ("07:00", "La salida no puede ser antes del ingreso."),
        ("08:30", "La salida no puede ser después de ahora."),
        ("a las ocho", "Escribe la hora de 00:00 a 23:59"),
    ]:
        answer = desk.post(exit_of(visited, visit_id), data={"hora": hour})
        assert answer.status_code == 422
        place = f"salida-{visited.row(visit_id).code}"
        assert said in faults(answer)[place]
        assert f'id="{place}"' in answer.text
        assert value(answer, "hora") == hour
        assert visited.row(visit_id).exit_state == "inside"
    desk.post(exit_of(visited, visit_id), data={"hora": "7:45"})
    assert visited.row(visit_id).exit_at == lima("2026-03-02 07:45")


@pytest.mark.nightly
def test_fifty_are_shown_and_all_are_a_link_away(visited: Visited, desk: CheckingClient):
    with visited.writing() as session:
        group = [visited.entry(session, document_number=f"000006{n:02}") for n in range(53)]
        register = visited.register(session)
        recording.enter(session, register, group, submission="many", actor_id=None)
    page = desk.get(DESK).text
    assert page.count("data-exit") == 50
    assert "Dentro ahora: 53" in page
    assert desk.get(f"{DESK}?todos=1").text.count("data-exit") == 53


@pytest.mark.nightly
def test_a_reserved_visit_leaves_without_being_named(visited: Visited, desk: CheckingClient):
    visit_id = visited.visit()
    visited.reserve(visit_id)
    page = desk.get(DESK).text
    assert "Visita reservada" in page
    for text in ("Quispe", "00000501", "Rojas"):
        assert text not in page
    answer = desk.post(exit_of(visited, visit_id))
    assert "Quispe" not in desk.get(answer.location).text
    assert visited.row(visit_id).exit_state == "left"


# The end of the day -----------------------------------------------------------------------------


def closing(*said: dict[str, str], rest: str = "") -> dict[str, str]:
    """Return the form that closes the day: the answer for each visit, by its code."""
    data = {"rest": rest}
    for place, one in enumerate(said):
        data |= {f"exits-{place}-{name}": text for name, text in one.items()}
    return data


def test_the_end_of_the_day_asks_for_each_exit(visited: Visited, desk: CheckingClient):
    one, two, three = (visited.row(visited.visit(ago=ago)) for ago in (60, 50, 40))
    yesterday = visited.row(visited.visit(ago=60 * 24, observation="late"))
    page = desk.get(f"{DESK}/cierre").text
    assert "3\xa0personas siguen dentro. De días anteriores falta registrar 1\xa0salida." in page
    assert page.index(yesterday.code) < page.index(one.code)
    answer = desk.post(
        f"{DESK}/cierre",
        data=closing(
            {"visit": one.code, "hour": "07:30"},
            {"visit": two.code, "unknown": "y"},
            {"visit": three.code, "hour": ""},
            {"visit": yesterday.code, "hour": "23:10"},
            rest="inside",
        ),
    )
    assert answer.status_code == 303
    found = {row.code: row for row in rows(visited)}
    assert found[one.code].exit_at == lima("2026-03-02 07:30")
    assert (found[two.code].exit_state, found[two.code].exit_at) == ("unknown", None)
    assert found[three.code].exit_state == "inside"
    assert found[yesterday.code].exit_at == lima("2026-03-01 23:10")
    after = desk.get(answer.location)
    assert message(after) == "Día cerrado a las 08:00. 1\xa0salida quedó sin registrar."
    assert "1\xa0persona sigue dentro" in after.text


def test_closing_twice_changes_nothing(visited: Visited, desk: CheckingClient, clock: Clock):
    visit = visited.row(visited.visit(ago=60))
    data = closing({"visit": visit.code}, rest="unknown")
    desk.post(f"{DESK}/cierre", data=data)
    clock.forward(minutes=5)
    answer = desk.post(f"{DESK}/cierre", data=data)
    assert answer.status_code == 303
    assert visited.row(visit.id).versions == 2
    [entry] = entries(visited, "register.day_closed")
    assert entry.data == {"environment": "production", "on": "2026-03-02", "unknown": 1}
    [row] = visited.all(select(DayClosing))
    assert (row.on, row.unknown_exits) == (date(2026, 3, 2), 1)
    history = visited.browser("administrator").get("/entidades/E90001/historial").text
    assert "Se cerró el día 2 de marzo de 2026 en el registro de visitas (Producción)" in history


def test_an_impossible_exit_closes_nothing(visited: Visited, desk: CheckingClient):
    visits = [visited.row(visited.visit(ago=ago)) for ago in (60, 50)]
    other = {"visit": visits[1].code, "hour": "07:40"}
    for said, rest, place, sentence in [
        ({"hour": "06:00"}, "", "exits-0-hour", "La salida no puede ser antes del ingreso."),
        ({"hour": "09:00"}, "", "exits-0-hour", "La salida no puede ser después de ahora."),
        ({"hour": "99"}, "", "exits-0-hour", "Escribe la hora"),
        ({"hour": "07:30", "unknown": "y"}, "", "exits-0-hour", "una de las dos"),
        ({"hour": ""}, "", "rest", "Di qué pasa con quienes dejas sin marcar."),
        ({"hour": ""}, "left", "rest", "elige una de las opciones"),
    ]:
        data = closing({"visit": visits[0].code, **said}, other, rest=rest)
        answer = desk.post(f"{DESK}/cierre", data=data)
        assert answer.status_code == 422
        assert sentence in faults(answer)[place]
        assert {row.exit_state for row in rows(visited)} == {"inside"}
        assert entries(visited, "register.day_closed") == []


def test_a_day_on_which_nobody_is_left_can_be_closed(visited: Visited, desk: CheckingClient):
    in_demo = visited.row(visited.visit("demo"))
    data = closing({"visit": in_demo.code, "hour": "08:00"})
    assert desk.post(f"{DESK}/cierre", data=data).status_code == 303
    assert visited.row(in_demo.id).exit_state == "inside"
    assert "Ya cerraste el día a las 08:00." in desk.get(f"{DESK}/cierre").text


# Returning visitors -----------------------------------------------------------------------------

FRAGMENT = {"HX-Request": "true"}


@pytest.mark.nightly
def test_a_returning_visitor_is_filled_in_from_the_register(visited: Visited, desk: CheckingClient):
    visited.visit(ago=60, name="De la Cruz Inventada Ana", kind="private", entity="Ficticia")
    data = filled({"surnames": "", "given_names": ""})
    page = desk.post(f"{DESK}/visitante", data=data | {"who": "visitors-0"})
    assert page.status_code == 200
    assert value(page, "visitors-0-surnames") == "De la Cruz Inventada"
    assert value(page, "visitors-0-given_names") == "Ana"
    assert value(page, "visitors-0-entity") == "Ficticia"
    assert value(page, "motive") == "Coordinación de un convenio"
    assert "Ya está dentro desde las 07:00" in page.text
    fragment = desk.post(f"{DESK}/visitante", data=data, headers=FRAGMENT).text
    assert 'data-surnames="De la Cruz Inventada"' in fragment
    assert "<html" not in fragment
    assert "00000501" not in fragment


def test_visitors_of_another_register_are_unknown(visited: Visited, desk: CheckingClient):
    visited.visit("demo")
    reserved, annulled = visited.visit(), visited.visit()
    visited.reserve(reserved)
    visited.annul(annulled)
    fragment = desk.post(f"{DESK}/visitante", data=filled(), headers=FRAGMENT).text
    assert "No hay datos suyos todavía" in fragment
    assert "Quispe" not in fragment


def test_an_invalid_document_is_not_looked_up(visited: Visited, desk: CheckingClient):
    for changed, said in [
        ({"document_number": "123"}, "8 dígitos"),
        ({"document_number": ""}, "Escribe el número"),
        ({"document_type": "MENOR"}, "menores de edad"),
    ]:
        data = filled(changed)
        assert said in desk.post(f"{DESK}/visitante", data=data, headers=FRAGMENT).text
        page = desk.post(f"{DESK}/visitante", data=data)
        assert page.status_code == 422
        assert said in page.text


def test_a_name_is_split_and_joined_again():
    for name, parts in [
        ("Quispe Mamani Ana", ("Quispe Mamani", "Ana")),
        ("De la Cruz del Águila José Luis", ("De la Cruz del Águila", "José Luis")),
        ("Smith John", ("Smith", "John")),
        ("Inventada", ("Inventada", "")),
        ("de la", ("de", "la")),
    ]:
        assert known_visitors.parted(name) == parts
        assert " ".join(parts).strip() == name


# Expected visitors ------------------------------------------------------------------------------


def test_visits_expected_today_are_above_the_form(visited: Visited, desk: CheckingClient):
    with visited.writing() as session:
        for hours, name, state in ((2, "Esperada", "expected"), (3, "Llegada", "arrived")):
            session.add(planned(visited, hours, f"{name} Inventada", state))
        session.add(planned(visited, 30, "Lejana Inventada", "expected"))
    page = desk.get(DESK).text
    assert "Esperada Inventada" in page
    assert re.search(rf'href="{DESK}/agenda/\d+/llegada"', page)
    for other in ("Llegada Inventada", "Lejana Inventada"):
        assert other not in page


def planned(visited: Visited, hours: int, name: str, state: str) -> PlannedVisit:
    with visited.reading() as session:
        register_id = visited.register(session).id
        official_id = visited.official(session, "Rojas")
    return PlannedVisit(
        register_id=register_id,
        state=state,
        expected_at=calendar.now() + timedelta(hours=hours),
        official_id=official_id,
        entry={"visitor": {"name": name}, "site": SITE},
        created_at=calendar.now(),
        submission=name,
    )

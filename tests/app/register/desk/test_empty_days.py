"""Days without visits: declared, withdrawn, and never on the day of a visit."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

import pytest
from sqlalchemy import select

from app.base import calendar
from app.base.models import LogEntry, NonWorkingDay, NoVisitDay, Record, Visit
from app.register.facts.values import Refused
from app.register.registers import empty_days, sources
from tests.app.posted import refuses
from tests.app.together import together
from tests.app.visited import Visited

P = "/registro/E90001/produccion/dias-sin-visitas"
TODAY = date(2026, 3, 2)
FRIDAY = date(2026, 2, 27)


def rows(visited: Visited) -> list[NoVisitDay]:
    return visited.all(select(NoVisitDay).order_by(NoVisitDay.id))


def standing(visited: Visited) -> list[date]:
    return [row.on for row in rows(visited) if row.withdrawn_at is None]


def declare(visited: Visited, on: date) -> None:
    with visited.writing() as session:
        empty_days.declare(session, visited.register(session), on, visited.people["operator"])


def suggested(visited: Visited) -> list[date]:
    with visited.reading() as session:
        register = visited.register(session)
        return empty_days.suggested(session, register, sources.live_since(session, register))


@pytest.mark.nightly
def test_a_day_is_declared_and_withdrawn_with_a_reason(visited: Visited):
    operator = visited.browser("operator")
    assert operator.post(P, data={"on": "27/02/2026"}).status_code == 303
    [row] = rows(visited)
    assert (row.on, row.by_id) == (FRIDAY, visited.people["operator"])
    page = operator.get(f"{P}?mes=2026-02").text
    assert "viernes 27 de febrero de 2026" in page
    path = f"{P}/{row.id}/retirar"
    assert operator.post(path, data={"reason": "corto"}).status_code == 422
    for _ in "ab":  # a repeated request has no effect
        answer = operator.post(path, data={"reason": "Sí vino alguien ese día"})
        assert answer.status_code == 303
    assert standing(visited) == []
    assert "Sí vino alguien ese día" in operator.get(f"{P}?mes=2026-02").text
    assert operator.post(P, data={"on": "2026-02-27"}).status_code == 303
    assert standing(visited) == [FRIDAY]
    kinds = visited.all(select(LogEntry.kind).order_by(LogEntry.id))
    assert [kind for kind in kinds if "no_visits" in kind] == [
        "register.no_visits_declared",
        "register.no_visits_withdrawn",
        "register.no_visits_declared",
    ]
    history = visited.browser("auditor").get("/entidades/E90001/historial").text
    assert "Se declaró sin visitas el 27 de febrero de 2026" in history


def test_an_impossible_declaration_is_refused(visited: Visited, subtests: pytest.Subtests):
    visited.visit()
    declare(visited, FRIDAY)
    operator = visited.browser("operator")
    wrong = (
        ("03/03/2026", "Ese día todavía no llega."),
        ("02/03/2026", "Ese día tiene visitas registradas."),
        ("27/02/2026", "Ese día ya está declarado sin visitas."),
        ("31/12/2024", "Ese día el registro todavía no estaba abierto."),
    )
    refuses(subtests, operator, P, {}, (({"on": day}, sentence) for day, sentence in wrong))
    assert standing(visited) == [FRIDAY]


def test_annulled_visits_and_those_of_the_demo_do_not_count(visited: Visited):
    visit_id = visited.visit()
    visited.annul(visit_id)
    visited.visit("demo")
    declare(visited, TODAY)
    assert standing(visited) == [TODAY]


def test_a_reserved_visit_is_a_visit(visited: Visited):
    visited.reserve(visited.visit())
    with pytest.raises(Refused):
        declare(visited, TODAY)


def test_a_visit_withdraws_the_declaration_and_the_log_says_so(visited: Visited):
    declare(visited, TODAY)
    visited.visit()
    assert standing(visited) == []
    assert rows(visited)[0].reason == empty_days.VISIT_CAME
    kinds = visited.all(select(LogEntry.kind).order_by(LogEntry.id))
    assert kinds[-1] == "register.no_visits_withdrawn"


@pytest.mark.postgresql
def test_a_visit_and_a_declaration_at_the_same_moment_never_both_stand(visited: Visited):
    for back in range(1, 6):
        day = TODAY - timedelta(days=back)
        moment = calendar.midnight(day) + timedelta(hours=15)
        together(
            partial(declare, visited, day),
            partial(visited.visit, entry_at=moment, observation="late"),
        )
    with_visits = set(visited.all(select(Visit.visit_on)))
    assert len(with_visits) == 5
    assert with_visits.isdisjoint(standing(visited))


@pytest.mark.postgresql
def test_declared_twice_at_once_it_is_declared_once(visited: Visited):
    both = [visited.browser(who) for who in ("operator", "operator2")]
    answers = together(
        *(lambda b=browser: b.post(P, data={"on": "27/02/2026"}) for browser in both)
    )
    assert sorted(answer.status_code for answer in answers) == [303, 422]
    assert standing(visited) == [FRIDAY]


def test_only_working_days_without_visits_are_suggested(visited: Visited):
    visited.visit(ago=60 * 24 * 3, observation="late")  # Friday
    declare(visited, date(2026, 2, 26))
    visited.add(NonWorkingDay(on=date(2026, 2, 25), scope="national", place="", norm="De ejemplo"))
    found = suggested(visited)
    assert found[:3] == [TODAY, date(2026, 2, 24), date(2026, 2, 23)]
    assert all(day.weekday() < 5 for day in found)
    declare(visited, date(2026, 3, 1))  # a Sunday may be declared all the same
    assert standing(visited) == [date(2026, 2, 26), date(2026, 3, 1)]


def test_nothing_before_the_register_was_opened_is_suggested(visited: Visited):
    with visited.writing() as session:
        visited.register(session).opened_at = calendar.midnight(FRIDAY) + timedelta(hours=10)
    assert suggested(visited) == [TODAY, FRIDAY]


@pytest.mark.nightly
def test_nothing_before_the_day_of_going_live_is_suggested(visited: Visited):
    with visited.writing() as session:
        data = {"go_live_on": FRIDAY.isoformat()}
        entity = visited.register(session).entity_id
        session.add(Record(entity_id=entity, name="production", data=data, at=calendar.now()))
    assert suggested(visited) == [TODAY, FRIDAY]
    page = visited.browser("operator").get(P).text
    assert "Jueves 26 de febrero" not in page

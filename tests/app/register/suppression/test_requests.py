"""A person requests something about their data: the entity answers within the term."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from app.base import formatting
from app.base.models import LogEntry, Mail, NonWorkingDay, RightsRequest, Visit
from app.register.registers import environments
from app.register.suppression import reviews
from tests.app import cast
from tests.app.posted import refuses
from tests.app.visited import CODE, Visited
from tests.conftest import Clock

ASK, HERE = "/derechos/pedir", "/registro/E90001/produccion/pedidos"
FORM = {
    "kind": "suppression",
    "visit": "",
    "entity": "",
    "name": "Ana Quispe Inventada",
    "contact": "ana@example.org",
    "detail": "No soy yo: nunca fui a esa entidad",
}
FIRST = (
    "La ley ordena publicar las visitas: se corrigen, y se suprimen solo si la persona no es, es "
    "menor de edad o el texto es ilícito"
)


def ask(visited: Visited, visit_id: int = 0, /, **changed: str) -> Any:
    code = visited.row(visit_id).code if visit_id else ""
    return visited.browser().post(ASK, data=FORM | {"visit": code} | changed)


def stored(visited: Visited) -> list[RightsRequest]:
    return visited.all(select(RightsRequest).order_by(RightsRequest.id))


def mails(visited: Visited) -> dict[str, Mail]:
    return {one.kind: one for one in visited.all(select(Mail))}


def test_the_page_begins_with_the_law_and_names_the_terms(visited: Visited):
    page = visited.browser().get("/derechos").text
    assert page.index(FIRST) < page.index("puedes pedirle")
    for days in ("8\xa0días hábiles", "10\xa0días hábiles", "20\xa0días hábiles"):
        assert days in page
    visit_id = visited.visit()
    code = visited.row(visit_id).code
    assert f"/derechos/pedir?visita={code}" in visited.browser().get(f"/visita/{code}").text
    assert f'value="{code}"' in visited.browser().get(f"/derechos/pedir?visita={code}").text


def test_a_request_has_the_term_of_its_kind_without_the_days_off_of_its_entity(visited: Visited):
    for kind, days, last in [
        ("information", 8, 12),
        ("access", 20, 30),
        ("rectification", 10, 16),
        ("suppression", 10, 16),
    ]:
        answer = ask(visited, visited.visit(), kind=kind)
        assert answer.status_code == 303
        row = stored(visited)[-1]
        assert (row.term_days, row.state) == (days, "waiting")
        assert formatting.last_day(row.due_at) == f"{last} de marzo de 2026"
    with visited.writing() as session:
        day = {"on": date(2026, 3, 3), "scope": "entity", "place": CODE, "norm": "RA 1"}
        session.add(NonWorkingDay(**day))
    ask(visited, visited.visit(), kind="information")
    assert formatting.last_day(stored(visited)[-1].due_at) == "13 de marzo de 2026"


@pytest.mark.nightly
def test_a_request_reaches_the_administrator_and_its_answer_the_person(visited: Visited):
    visit_id = visited.visit()
    ask(visited, visit_id)
    sent = mails(visited)
    assert sent["rights_received"].to == FORM["contact"]
    assert sent["rights_request"].user_id == visited.people["administrator"]
    assert FORM["name"] not in sent["rights_request"].body + sent["rights_request"].subject
    browser = visited.browser("administrator")
    assert "Pedidos de personas (1)" in browser.get("/registro/E90001/produccion/visitas").text
    assert FORM["name"] in browser.get(HERE).text
    [row] = stored(visited)
    page = browser.get(f"{HERE}/{row.id}").text
    assert FORM["detail"] in page
    assert f"Ver la visita {visited.row(visit_id).code}" in page
    reply = {"outcome": "granted", "answer": "Suprimimos la visita."}
    assert browser.post(f"{HERE}/{row.id}", data=reply).status_code == 303
    assert "Se atendió. Suprimimos la visita." in mails(visited)["rights_answer"].body
    answer = browser.post(f"{HERE}/{row.id}", data=reply)  # sent twice
    assert answer.status_code == 422
    assert "El pedido ya se respondió." in answer.text


def test_a_late_answer_is_named_and_nothing_is_answered_by_the_system(
    visited: Visited, clock: Clock
):
    ask(visited, visited.visit())
    clock.forward(days=30)
    assert "Venció el" in visited.browser("administrator").get(HERE).text
    assert stored(visited)[0].state == "waiting"


def test_a_request_for_a_visit_of_another_entity_is_refused(visited: Visited):
    visit_id = visited.visit()
    with visited.writing() as session:
        other = cast.entity(session, "E90007", name="Otra entidad de ejemplo")
        environments.open_register(session, other, "production", None)
    answer = ask(visited, visit_id, entity="E90007")
    assert answer.status_code == 422
    assert "Esa visita es de otra entidad" in answer.text
    assert stored(visited) == []


def test_a_parent_asks_without_any_data_of_the_child(visited: Visited):
    visit_id = visited.visit()
    answer = ask(visited, visit_id, for_minor="y")
    assert answer.status_code == 422
    assert "no guardamos ningún dato suyo" in answer.text
    assert ask(visited, visit_id, for_minor="y", detail="").status_code == 303
    [row] = stored(visited)
    assert (row.for_minor, row.detail) == (True, "")
    answer = ask(visited, for_minor="y", detail="", kind="access", entity="E90001")
    assert "Escribe el código de la visita." in answer.text


@pytest.mark.nightly
def test_a_wrong_request_is_refused(visited: Visited, subtests: pytest.Subtests):
    wrong = [
        ({"visit": "0000000000"}, "No encontramos esa visita"),
        ({"visit": "no es un código; drop"}, "No encontramos esa visita"),
        ({"visit": ""}, "Escribe el código de la visita."),
        ({"kind": "access", "entity": "Ninguna se llama así"}, "Ninguna entidad que publique"),
        ({"kind": "access"}, "Escribe el código de la visita, o el nombre de la entidad."),
        ({"detail": "Mi DNI es 00000501"}, "número"),
        ({"contact": "no es un correo"}, "correo"),
    ]
    refuses(subtests, visited.browser(), ASK, FORM, wrong)
    assert stored(visited) == []


def test_a_request_about_a_hidden_visit_is_stored_and_a_reserved_one_is_unknown(
    visited: Visited,
):
    hidden, secret = visited.visit(), visited.visit()
    with visited.writing() as session:
        visit = session.get_one(Visit, hidden)
        reviews.hide(session, visit, ground="minor", actor_id=None)
        session.get_one(Visit, secret).audience = "reserved"
    assert ask(visited, hidden).status_code == 303
    assert "No encontramos esa visita" in ask(visited, secret).text


def test_too_many_requests_are_refused_and_the_log_has_no_name(visited: Visited):
    visit_id = visited.visit()
    answers = [ask(visited, visit_id).status_code for _ in range(6)]
    assert answers == [303] * 5 + [429]
    entries = [entry for entry in visited.all(select(LogEntry)) if "rights" in entry.kind]
    said = [dict(entry.data) for entry in entries]
    assert said == [{"environment": "production", "request": "suppression"}]


@pytest.mark.nightly
def test_pending_decisions_and_answers_are_in_the_tasks_of_the_administrator(
    visited: Visited, clock: Clock
):
    visit_id = visited.visit()
    ask(visited, visit_id)
    with visited.writing() as session:
        reviews.hide(session, session.get_one(Visit, visit_id), ground="minor", actor_id=None)
    page = visited.browser("administrator").get("/pendientes").text
    assert "Decidir sobre los datos de una visita oculta" in page
    assert f"{HERE}/{stored(visited)[0].id}" in page
    assert "Hasta el 16 de marzo de 2026" in page
    assert "Hasta el 4 de marzo de 2026" in page
    assert "visita oculta" not in visited.browser("operator").get("/pendientes").text
    clock.forward(days=3)
    assert (
        "Venció el 4 de marzo de 2026" in visited.browser("administrator").get("/pendientes").text
    )

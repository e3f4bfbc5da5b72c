"""Where an entity has nobody who decides about personal data, the SIP does."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.base import calendar
from app.base.models import Grant, LogEntry, Mail, RightsRequest, Visit
from app.cases import processes
from app.cases.history.catalogue import EVENTS
from tests.app import cast
from tests.app.register.suppression.test_requests import ASK, FORM, HERE
from tests.app.register.suppression.test_reviews import HIDE, SHOW, SUPPRESS, of
from tests.app.visited import Visited
from tests.conftest import Clock
from tests.pages import CheckingClient

SIP = "40000021"
VISITS = "/registro/E90001/produccion/visitas"


@pytest.fixture
def visited(app: Flask, clock: Clock) -> Visited:
    visited = Visited(app)
    with visited.writing() as session:
        processes.deploy(session)
        cast.person(session, SIP, "sip", None)
    return visited


def sip(visited: Visited) -> CheckingClient:
    client: CheckingClient = visited.app.test_client()  # type: ignore[assignment]
    cast.sign_in(client, SIP)
    return client


def only_import(visited: Visited) -> None:
    """Let the register be one of an entity that publishes elsewhere."""
    with visited.writing() as session:
        register = visited.register(session)
        register.only_imported, register.source = True, "official_platform"


def end_roles(visited: Visited) -> None:
    """Let the entity have neither administrator nor alternate."""
    with visited.writing() as session:
        left = update(Grant).where(Grant.role == "administrator")
        session.execute(left.values(until_at=calendar.now()))


def log(visited: Visited) -> dict[str, str]:
    """Return the sentences of the log about registers, by kind."""
    with visited.reading() as session:
        entries = session.scalars(select(LogEntry).where(LogEntry.kind.startswith("register.")))
        return {entry.kind: EVENTS[entry.kind].text(entry.data) for entry in entries}


@pytest.mark.parametrize(
    ("leave", "why"),
    [
        (only_import, "la entidad no administra su registro en Zaguán"),
        (end_roles, "la entidad no tiene administrador ni alterno"),
    ],
)
def test_the_sip_decides_where_the_entity_has_nobody(visited: Visited, leave: Any, why: str):
    visit_id = visited.visit(name="Menor Inventada Eva")
    assert sip(visited).get(of(visited, visit_id, "/ocultar")).status_code == 404
    leave(visited)
    browser = sip(visited)
    page = browser.get(of(visited, visit_id)).text
    assert "Ocultar mientras se decide" in page
    assert browser.post(of(visited, visit_id, "/ocultar"), data=HIDE).status_code == 303
    waiting = browser.get("/pendientes").text
    assert "Decidir sobre los datos de una visita oculta" in waiting
    assert of(visited, visit_id, "/decidir") in waiting
    assert "espera tu decisión" in browser.get(VISITS).text
    assert browser.post(of(visited, visit_id, "/decidir"), data=SUPPRESS).status_code == 303
    assert visited.row(visit_id).visitor_name == ""
    said = log(visited)
    for kind in ("register.visit_hidden", "register.visit_suppressed"):
        assert f"decidió la SIP: {why}" in said[kind]


def test_other_people_decide_nothing_there(visited: Visited):
    visit_id = visited.visit()
    only_import(visited)
    for who in ("administrator", "operator", "sgtd", "auditor"):
        browser = visited.browser(who)
        for rest in ("", "/ocultar", "/decidir"):
            assert browser.get(of(visited, visit_id, rest)).status_code == 404, (who, rest)
        assert browser.get(HERE).status_code == 404
    for page in ("", "/visitas/" + visited.row(visit_id).code + "/corregir", "/ajustes", "/cortes"):
        address = "/registro/E90001/produccion" + page
        assert sip(visited).get(address).status_code == 404, page


def test_a_request_to_an_entity_with_imported_visits_alone_reaches_the_sip(visited: Visited):
    visit_id = visited.visit()
    only_import(visited)
    code = visited.row(visit_id).code
    answer = visited.browser().post(ASK, data=FORM | {"visit": code})
    assert answer.status_code == 303
    with visited.reading() as session:
        mails = {one.kind: one for one in session.scalars(select(Mail))}
        number = session.scalars(select(RightsRequest.id)).one()
    assert "La Secretaría de Integridad Pública, en lugar de" in mails["rights_received"].body
    assert mails["rights_request"].to == "persona.021@example.pe"
    browser = sip(visited)
    assert f"{HERE}/{number}" in browser.get("/pendientes").text
    assert "registros sin administrador" in browser.get("/pendientes").text
    page = browser.get(f"{HERE}/{number}").text
    assert of(visited, visit_id) in page
    assert "ahí puedes ocultarla" in page
    reply = {"outcome": "refused", "answer": "La ley ordena publicarla."}
    assert browser.post(f"{HERE}/{number}", data=reply).status_code == 303
    assert "decidió la SIP" in log(visited)["register.rights_answered"]


def test_a_reserved_visit_stays_hidden_from_the_sip(visited: Visited):
    visit_id = visited.visit(name="Muy Reservada Inventada")
    with visited.writing() as session:
        session.get_one(Visit, visit_id).audience = "reserved"
    end_roles(visited)
    assert sip(visited).get(of(visited, visit_id)).status_code == 404
    assert "Muy Reservada" not in sip(visited).get(VISITS).text


def test_what_waits_goes_to_the_entity_when_it_has_an_administrator_again(visited: Visited):
    visit_id = visited.visit()
    end_roles(visited)
    sip(visited).post(of(visited, visit_id, "/ocultar"), data=HIDE)
    with visited.writing() as session:
        session.execute(update(Grant).where(Grant.role == "administrator").values(until_at=None))
    assert "visita oculta" not in sip(visited).get("/pendientes").text
    answer = sip(visited).post(of(visited, visit_id, "/decidir"), data=SHOW)
    assert answer.status_code == 404
    assert "visita oculta" in visited.browser("administrator").get("/pendientes").text

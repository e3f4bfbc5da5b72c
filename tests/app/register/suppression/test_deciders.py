"""Where an entity has nobody who decides about personal data, the SIP does."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.base import calendar, db
from app.base.models import Grant, LogEntry, Mail, RightsRequest, Visit
from app.cases.history.catalogue import EVENTS
from app.register.suppression import reminding
from tests.app import cast
from tests.app.register.suppression.test_requests import ASK, FORM, HERE
from tests.app.register.suppression.test_reviews import HIDE, SHOW, SUPPRESS, of
from tests.app.visited import Visited, lima
from tests.conftest import Clock
from tests.pages import CheckingClient

SIP = "40000021"
VISITS = "/registro/E90001/produccion/visitas"


@pytest.fixture
def visited(app: Flask, clock: Clock) -> Visited:
    visited = Visited(app)
    visited.commit(cast.person, SIP, "sip", None)
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
    entries = visited.all(select(LogEntry).where(LogEntry.kind.startswith("register.")))
    return {entry.kind: EVENTS[entry.kind].text(entry.data) for entry in entries}


@pytest.mark.nightly
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
    public = visited.browser().get(f"/visita/{visited.row(visit_id).code}").text
    assert "La Secretaría de Integridad Pública decide si suprime" in public
    waiting = browser.get("/pendientes").text
    assert "Decidir sobre los datos de una visita oculta" in waiting
    assert of(visited, visit_id, "/decidir") in waiting
    page = browser.get(VISITS).text
    assert "espera tu decisión" in page
    assert f"porque {why}." in page
    assert browser.post(of(visited, visit_id, "/decidir"), data=SUPPRESS).status_code == 303
    assert visited.row(visit_id).visitor_name == ""
    said = log(visited)
    for kind in ("register.visit_hidden", "register.visit_suppressed"):
        assert f"decidió la SIP: {why}" in said[kind]


@pytest.mark.nightly
def test_the_page_of_the_entity_leads_the_sip_to_its_imported_visits(visited: Visited):
    only_import(visited)
    assert "Visitas importadas" in sip(visited).get("/entidades/E90001/registro").text
    for who in ("administrator", "sgtd", "superuser"):
        page = visited.browser(who).get("/entidades/E90001/registro").text
        assert "Visitas importadas" not in page, who


@pytest.mark.nightly
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


@pytest.mark.nightly
def test_a_request_to_an_entity_with_imported_visits_alone_reaches_the_sip(visited: Visited):
    visit_id = visited.visit()
    only_import(visited)
    code = visited.row(visit_id).code
    answer = visited.browser().post(ASK, data=FORM | {"visit": code})
    assert answer.status_code == 303
    mails = {one.kind: one for one in visited.all(select(Mail))}
    (number,) = visited.all(select(RightsRequest.id))
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


@pytest.mark.nightly
def test_a_reserved_visit_stays_hidden_from_the_sip(visited: Visited):
    visit_id = visited.visit(name="Muy Reservada Inventada")
    visited.change(Visit, visit_id, audience="reserved")
    end_roles(visited)
    assert sip(visited).get(of(visited, visit_id)).status_code == 404
    assert "Muy Reservada" not in sip(visited).get(VISITS).text


@pytest.mark.nightly
def test_what_waits_goes_to_the_entity_when_it_has_an_administrator_again(visited: Visited):
    visit_id = visited.visit()
    end_roles(visited)
    sip(visited).post(of(visited, visit_id, "/ocultar"), data=HIDE)
    visited.execute(update(Grant).where(Grant.role == "administrator").values(until_at=None))
    assert "visita oculta" not in sip(visited).get("/pendientes").text
    answer = sip(visited).post(of(visited, visit_id, "/decidir"), data=SHOW)
    assert answer.status_code == 404
    assert "visita oculta" in visited.browser("administrator").get("/pendientes").text


def reminded(visited: Visited) -> list[Mail]:
    """Let the night write its mails; return those about terms."""
    with visited.app.app_context():
        reminding.remind(visited.app.extensions["engine"], db.never)
    found = select(Mail).where(Mail.kind == reminding.KIND).order_by(Mail.id)
    return visited.all(found)


@pytest.mark.nightly
@pytest.mark.postgresql
def test_mails_say_before_on_and_after_the_last_day_what_waits(visited: Visited, clock: Clock):
    visit_id = visited.visit(name="Menor Inventada Eva")
    visited.browser("administrator").post(of(visited, visit_id, "/ocultar"), data=HIDE)
    assert reminded(visited) == []  # on Monday: two days are left
    counts = []
    for day in range(3, 14):  # until Friday of the next week
        clock.set(lima(f"2026-03-{day:02d} 02:10"))
        for _ in range(2):  # the night is repeated
            counts.append(len(reminded(visited)))
    assert counts[1::2] == [1, 2, 3, 3, 3, 3, 3, 3, 4, 4, 4]
    mails = reminded(visited)
    assert {one.user_id for one in mails} == {visited.people["administrator"]}
    assert "está por vencer" in mails[0].subject
    assert "hasta el 4 de marzo de 2026" in mails[0].body
    assert "venció el 4 de marzo de 2026" in mails[2].body
    assert of(visited, visit_id, "/decidir") in mails[0].body
    assert "Menor Inventada" not in "".join(one.subject + one.body for one in mails)
    assert visited.row(visit_id).state == "standing"  # nothing is decided by the system


@pytest.mark.parametrize(
    ("kind", "last_but_one"), [("information", 11), ("suppression", 13), ("access", 27)]
)
def test_requests_are_reminded_of_by_their_own_term(
    visited: Visited, clock: Clock, kind: str, last_but_one: int
):
    code = visited.row(visited.visit()).code
    visited.browser().post(ASK, data=FORM | {"visit": code, "kind": kind})
    only_import(visited)
    clock.set(lima(f"2026-03-{last_but_one - 1:02d} 02:10"))
    assert reminded(visited) == []
    clock.set(lima(f"2026-03-{last_but_one:02d} 02:10"))
    [one] = reminded(visited)
    assert one.to == "persona.021@example.pe"  # the SIP, in place of the entity
    assert FORM["name"] not in one.body

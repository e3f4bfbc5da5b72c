"""Persons request something about their data: who decides about the register answers in time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, update

from app.base import calendar, db, formatting
from app.base.models import Grant, LogEntry, Mail, NonWorkingDay, RightsRequest
from app.cases.history.catalogue import EVENTS
from app.register.registers import environments
from app.register.suppression import reminding
from tests.app import cast
from tests.app.posted import refuses
from tests.app.register.suppression.suppressing import (
    BASE,
    HIDE,
    NAME,
    SHOW,
    SUPPRESS,
    Suppressing,
)
from tests.app.visited import CODE, lima
from tests.conftest import Clock

ASK, HERE = "/derechos/pedir", f"{BASE}/pedidos"
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


def ask(visited: Suppressing, visit_id: int, /, **changed: str) -> Any:
    code = visited.row(visit_id).code
    return visited.browser().post(ASK, data=FORM | {"visit": code} | changed)


def stored(visited: Suppressing) -> list[RightsRequest]:
    return visited.all(select(RightsRequest).order_by(RightsRequest.id))


def mails(visited: Suppressing) -> dict[str, Mail]:
    return {one.kind: one for one in visited.all(select(Mail))}


def attended(visited: Suppressing) -> None:
    """Leave the entity as it is."""


def only_import(visited: Suppressing) -> None:
    """Let the register be one of an entity that publishes elsewhere."""
    with visited.writing() as session:
        register = visited.register(session)
        register.only_imported, register.source = True, "official_platform"


def end_roles(visited: Suppressing) -> None:
    """Let the entity have neither administrator nor alternate."""
    left = update(Grant).where(Grant.role == "administrator")
    visited.execute(left.values(until_at=calendar.now()))


#: How a test leaves the entity, who decides then, and why.
DECIDERS = pytest.mark.parametrize(
    ("leave", "decider", "why"),
    [
        (attended, "administrator", ""),
        (only_import, "sip", "la entidad no administra su registro en Zaguán"),
        (end_roles, "sip", "la entidad no tiene administrador ni alterno"),
    ],
)


def logged(visited: Suppressing, kind: str) -> str:
    """Return the sentence of the only entry of a kind in the log."""
    entry = visited.one(select(LogEntry).where(LogEntry.kind == f"register.{kind}"))
    return EVENTS[entry.kind].text(entry.data)


@pytest.mark.nightly
@DECIDERS
def test_a_request_reaches_who_decides_and_the_answer_the_person(
    visited: Suppressing, leave: Callable[[Suppressing], None], decider: str, why: str
):
    visit_id = visited.visit()
    leave(visited)
    ask(visited, visit_id)
    sent, browser, [row] = mails(visited), visited.browser(decider), stored(visited)
    assert sent["rights_received"].to == FORM["contact"]
    place_of_sip = "La Secretaría de Integridad Pública, en lugar de"
    assert (place_of_sip in sent["rights_received"].body) == bool(why)
    assert sent["rights_request"].to == f"persona.0{21 if why else 12}@example.pe"
    assert FORM["name"] not in sent["rights_request"].body + sent["rights_request"].subject
    page, address = browser.get(HERE).text, f"{HERE}/{row.id}"
    assert FORM["name"] in page
    page = browser.get(address).text
    for said in (FORM["detail"], "ocultarla", f"Ver la visita {visited.row(visit_id).code}"):
        assert said in page
    waiting = browser.get("/pendientes").text
    assert address in waiting
    assert "Hasta el 16 de marzo de 2026" in waiting
    assert ("registros sin administrador" in waiting) == bool(why)
    reply = {"outcome": "granted", "answer": "Suprimimos la visita."}
    assert browser.post(address, data=reply).status_code == 303
    assert "Se atendió. Suprimimos la visita." in mails(visited)["rights_answer"].body
    again = browser.post(address, data=reply)
    assert (again.status_code, "El pedido ya se respondió." in again.text) == (422, True)
    assert (f"decidió la SIP: {why}" in logged(visited, "rights_answered")) == bool(why)


@pytest.mark.nightly
@DECIDERS
def test_who_decides_hides_and_suppresses_and_nobody_else(
    visited: Suppressing, leave: Callable[[Suppressing], None], decider: str, why: str
):
    visit_id, secret_id = visited.visit(name=NAME), visited.visit(name="Muy Reservada Inventada")
    visited.reserve(secret_id)
    leave(visited)
    gone = {"administrator"} if leave is end_roles else set()
    for who in {"administrator", "sip", "operator", "sgtd", "auditor"} - {decider, *gone}:
        assert visited.post(visit_id, HIDE, who) == 404, who
        assert visited.browser(who).get(HERE).status_code == 404, who
    browser = visited.browser(decider)
    assert "Ocultar mientras se decide" in browser.get(visited.of(visit_id)).text
    assert visited.post(visit_id, HIDE, decider) == 303
    who = "La Secretaría de Integridad Pública" if why else "La entidad"
    assert f"{who} decide si suprime" in visited.public(visit_id)
    waiting, page = browser.get("/pendientes").text, browser.get(f"{BASE}/visitas").text
    for said in (visited.of(visit_id, "/decidir"), "una visita oculta", "Hasta el 4 de marzo"):
        assert said in waiting
    assert (f"porque {why}." in page) == bool(why)
    assert ("Muy Reservada" in page) == (not why)
    assert (browser.get(visited.of(secret_id)).status_code == 404) == bool(why)
    if leave is only_import:
        for rest in ("", visited.of(visit_id, "/corregir"), "/ajustes", "/cortes"):
            assert browser.get(BASE + rest.removeprefix(BASE)).status_code == 404, rest
    assert visited.post(visit_id, SUPPRESS, decider) == 303
    assert visited.row(visit_id).visitor_name == ""
    for kind in ("visit_hidden", "visit_suppressed"):
        assert (f"decidió la SIP: {why}" in logged(visited, kind)) == bool(why)
    for who in ("sip", "administrator", "sgtd", "superuser"):
        page = visited.browser(who).get("/entidades/E90001/registro").text
        leads = who == "sip" and leave is only_import
        assert ("Visitas importadas" in page) == leads, who


@pytest.mark.nightly
def test_what_waits_goes_to_the_entity_when_it_has_an_administrator_again(visited: Suppressing):
    visit_id = visited.visit()
    end_roles(visited)
    assert visited.post(visit_id, HIDE, "sip") == 303
    visited.execute(update(Grant).where(Grant.role == "administrator").values(until_at=None))
    assert visited.post(visit_id, SHOW, "sip") == 404
    for who in ("sip", "operator", "administrator"):
        page = visited.browser(who).get("/pendientes").text
        assert ("visita oculta" in page) == (who == "administrator"), who


def reminded(visited: Suppressing) -> list[Mail]:
    """Let the night write its mails; return those about terms."""
    with visited.app.app_context():
        reminding.remind(visited.engine, db.never)
    return visited.all(select(Mail).where(Mail.kind == reminding.KIND).order_by(Mail.id))


@pytest.mark.nightly
@pytest.mark.postgresql
def test_mails_say_before_on_and_after_the_last_day_what_waits(visited: Suppressing, clock: Clock):
    visit_id = visited.visit(name=NAME)
    visited.hide(visit_id)
    assert reminded(visited) == []  # on Monday: two days are left
    counts = []
    for day in range(3, 14):  # until Friday of the next week
        clock.set(lima(f"2026-03-{day:02d} 02:10"))
        for _ in range(2):  # the night is repeated
            counts.append(len(reminded(visited)))
    assert counts[1::2] == [1, 2, 3, 3, 3, 3, 3, 3, 4, 4, 4]
    sent = reminded(visited)
    assert {one.user_id for one in sent} == {visited.people["administrator"]}
    assert "está por vencer" in sent[0].subject
    assert "hasta el 4 de marzo de 2026" in sent[0].body
    assert "venció el 4 de marzo de 2026" in sent[2].body
    assert visited.of(visit_id, "/decidir") in sent[0].body
    assert NAME not in "".join(one.subject + one.body for one in sent)
    assert visited.row(visit_id).state == "standing"  # nothing is decided by the system


def test_a_day_off_of_the_entity_is_none_of_the_term(visited: Suppressing):
    with visited.writing() as session:
        day = {"on": date(2026, 3, 3), "scope": "entity", "place": CODE, "norm": "RA 1"}
        session.add(NonWorkingDay(**day))
    ask(visited, visited.visit(), kind="information")
    assert formatting.last_day(stored(visited)[-1].due_at) == "13 de marzo de 2026"


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("kind", "days", "last_but_one", "last"),
    [
        ("information", 8, 11, 12),
        ("access", 20, 27, 30),
        ("rectification", 10, 13, 16),
        ("suppression", 10, 13, 16),
    ],
)
def test_a_request_has_the_term_of_its_kind_and_is_reminded_of_by_it(
    visited: Suppressing, clock: Clock, kind: str, days: int, last_but_one: int, last: int
):
    visit_id = visited.visit()
    assert ask(visited, visit_id, kind=kind).status_code == 303
    [row] = stored(visited)
    assert (row.term_days, formatting.last_day(row.due_at)) == (days, f"{last} de marzo de 2026")
    only_import(visited)
    clock.set(lima(f"2026-03-{last_but_one - 1:02d} 02:10"))
    assert reminded(visited) == []
    clock.set(lima(f"2026-03-{last_but_one:02d} 02:10"))
    [one] = reminded(visited)
    assert (one.to, FORM["name"] in one.body) == ("persona.021@example.pe", False)
    clock.set(lima(f"2026-03-{last + 1} 09:00"))
    for page in (HERE, "/pendientes"):
        assert f"Venció el {last} de marzo" in visited.browser("sip").get(page).text
    assert stored(visited)[0].state == "waiting"  # nothing is answered by the system


@pytest.mark.nightly
def test_a_form_that_begins_with_the_law_stores_a_request_once_and_refuses_wrong_ones(
    visited: Suppressing, subtests: pytest.Subtests
):
    visit_id, hidden_id, secret_id = (visited.visit() for _ in range(3))
    code, browser = visited.row(visit_id).code, visited.browser()
    page = browser.get("/derechos").text
    assert page.index(FIRST) < page.index("puedes pedirle")
    for days in (8, 10, 20):
        assert f"{days}\xa0días hábiles" in page
    assert f"{ASK}?visita={code}" in visited.public(visit_id)
    assert f'value="{code}"' in browser.get(f"{ASK}?visita={code}").text
    visited.hide(hidden_id)
    visited.reserve(secret_id)
    with visited.writing() as session:
        other = cast.entity(session, "E90007", name="Otra entidad de ejemplo")
        environments.open_register(session, other, "production", None)
    nothing, minor = {"visit": "", "contact": "luis@example.org"}, {"for_minor": "y"}
    unknown, needed = "No encontramos esa visita", "Escribe el código de la visita."
    wrong = [
        ({"visit": "0000000000"}, unknown),
        ({"visit": "no es un código; drop"}, unknown),
        ({"visit": visited.row(secret_id).code}, unknown),
        ({"entity": "E90007"}, "Esa visita es de otra entidad"),
        (nothing, needed),
        (nothing | {"kind": "access", "entity": "Ninguna se llama así"}, "Ninguna entidad que"),
        (nothing | {"kind": "access"}, "Escribe el código de la visita, o el nombre"),
        ({"detail": "Mi DNI es 00000501"}, "número"),
        ({"contact": "no es un correo"}, "correo"),
        (minor, "no guardamos ningún dato suyo"),
        (nothing | minor | {"detail": "", "kind": "access", "entity": "E90001"}, needed),
    ]
    refuses(subtests, browser, ASK, FORM | {"visit": code}, wrong)
    assert stored(visited) == []
    parent = {"for_minor": "y", "detail": "", "contact": "madre@example.org"}
    browser.post(ASK, data=FORM | parent | {"visit": visited.row(hidden_id).code})
    assert "Recibimos tu pedido." in browser.get(ASK).text
    [row] = stored(visited)
    assert (row.for_minor, row.detail) == (True, "")
    often = [ask(visited, visit_id, contact="eva@example.org").status_code for _ in range(6)]
    assert often == [303] * 5 + [429]
    entries = [entry for entry in visited.all(select(LogEntry)) if "rights" in entry.kind]
    said = [dict(entry.data) for entry in entries]
    assert said == [{"environment": "production", "request": "suppression"}] * 2
    assert len(stored(visited)) == 2

"""Reserved visits: authorised, counted, and shown only to those who manage them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.base import calendar
from app.base.models import LogEntry, Reservation, Visit, VisitVersion
from app.register.facts.values import Refused
from app.register.search import query
from app.register.search.query import Query
from app.register.visits import recording, reserved
from app.register.visits.reserved import Authorisation
from tests.app.posted import refuses
from tests.app.register.interest_acts.acting import Acting, record
from tests.app.visited import Visited
from tests.conftest import Clock

P = "/registro/E90001/produccion"
FORM = {
    "authorised_by": "Lucía Gárate Ficticia, Gerenta",
    "norm": "D.Leg. 1327",
    "review_on": "01/09/2026",
}
AUTHORISATION = Authorisation("Lucía Gárate Ficticia, Gerenta", "D.Leg. 1327", date(2026, 9, 1))
ENTRY = FORM | {
    "submission": "a-form-of-this-test",
    "entry-date": "02/03/2026",
    "entry-time": "07:30",
    "official": "Rojas",
    "category": "other",
    "document_type": "DNI",
}
REASON = {"reason": "La investigación terminó sin cargos"}


def of(visited: Visited, visit_id: int, rest: str = "") -> str:
    return f"{P}/visitas/{visited.row(visit_id).code}{rest}"


def is_public(visited: Visited, visit_id: int) -> bool:
    """Return whether a public search finds it."""
    with visited.reading() as session:
        everything = Query.of({"q": ""})
        found = session.scalars(select(Visit.id).where(*query.conditions(session, everything)))
        return visit_id in found.all()


def logged(visited: Visited, kind: str) -> list[dict[str, Any]]:
    return [dict(e.data) for e in visited.all(select(LogEntry).where(LogEntry.kind == kind))]


def test_a_reserved_visit_is_no_longer_public_and_the_log_does_not_say_which(visited: Visited):
    visit_id = visited.visit()
    before = visited.row(visit_id)
    assert is_public(visited, visit_id)
    browser = visited.browser("administrator")
    assert browser.post(of(visited, visit_id, "/reservar"), data=FORM).status_code == 303
    row = visited.row(visit_id)
    assert (row.audience, row.versions) == ("reserved", 2)
    assert row.changed_in > before.changed_in  # a mirror that follows the feed receives the removal
    assert not is_public(visited, visit_id)
    assert visited.browser().get(f"/visita/{row.code}").status_code == 404
    with visited.reading() as session:
        there = session.get_one(Reservation, visit_id)
        assert (there.authorised_by, there.norm) == (FORM["authorised_by"], FORM["norm"])
        assert there.review_on == date(2026, 9, 1)
        acts = session.scalars(select(VisitVersion.act).order_by(VisitVersion.number)).all()
        assert acts == ["entry", "reservation"]
    [entry] = logged(visited, "register.visit_reserved")
    assert entry == {
        "environment": "production",
        "norm": "D.Leg. 1327",
        "review_on": "2026-09-01",
    }


@pytest.mark.nightly
def test_only_those_who_manage_the_register_see_a_reserved_visit(visited: Visited):
    visit_id = visited.visit(name="Denunciante Inventada Eva")
    browser = visited.browser("administrator")
    browser.post(of(visited, visit_id, "/reservar"), data=FORM)
    page = browser.get(f"{P}/visitas").text
    assert "Denunciante Inventada Eva" in page
    assert "Reservada" in page
    assert "se revisa el" in browser.get(of(visited, visit_id)).text.lower()
    correcting = browser.get(of(visited, visit_id, "/corregir")).text
    assert "que no se publica" in correcting
    assert "a la vista de todos" not in correcting
    for who in ("operator", "preparer", "sgtd", "auditor"):
        other = visited.browser(who)
        page = other.get(f"{P}/visitas").text
        assert "Denunciante" not in page
        assert "1\xa0visita reservada" in page
        assert "No hay visitas" in other.get(f"{P}/visitas?q=denunciante").text
        for rest in ("", "/corregir", "/anular", "/reservar", "/documento"):
            assert other.get(of(visited, visit_id, rest)).status_code == 404


@pytest.mark.nightly
def test_reserved_twice_it_is_one_version_and_renewed_it_has_another_date(
    visited: Visited, clock: Clock, subtests: pytest.Subtests
):
    visit_id = visited.visit()
    browser, path = visited.browser("administrator"), of(visited, visit_id, "/reservar")
    wrong = [({"review_on": "02/03/2026"}, "tiene que ser después de hoy")]
    refuses(subtests, browser, path, FORM, wrong)
    for _ in "ab":
        assert browser.post(path, data=FORM).status_code == 303
    assert visited.row(visit_id).versions == 2
    clock.set(calendar.midnight(date(2026, 9, 1)) + timedelta(hours=9))
    browser = visited.browser("administrator")
    assert "reserva espera su revisión" in browser.get(f"{P}/visitas").text.replace("\xa0", " ")
    assert browser.post(path, data=FORM | {"review_on": "01/03/2027"}).status_code == 303
    assert "su revisión" not in browser.get(f"{P}/visitas").text
    assert visited.row(visit_id).versions == 3


def test_a_lifted_reservation_makes_the_visit_public_or_of_the_demo_with_its_history(
    visited: Visited,
):
    visit_id = visited.visit()
    browser = visited.browser("administrator")
    browser.post(of(visited, visit_id, "/reservar"), data=FORM)
    path = of(visited, visit_id, "/levantar")
    page = browser.get(path).text
    assert "Lo lee quien puede ver este registro." in page
    assert "a la vista de todos" not in page
    for _ in "ab":
        assert browser.post(path, data=REASON).status_code == 303
    assert is_public(visited, visit_id)
    assert visited.row(visit_id).versions == 3
    assert REASON["reason"] in browser.get(of(visited, visit_id)).text
    assert len(logged(visited, "register.visit_unreserved")) == 1
    visit_id = visited.visit("demo")
    for rest, data in (("/reservar", FORM), ("/levantar", REASON)):
        path = of(visited, visit_id, rest).replace("produccion", "demo")
        assert browser.post(path, data=data).status_code == 303
    assert visited.row(visit_id).audience == "demo"


@pytest.mark.nightly
def test_a_visit_is_reserved_from_its_first_version_without_name_or_document(visited: Visited):
    browser = visited.browser("administrator")
    for _ in "ab":  # sent twice, it is one
        answer = browser.post(f"{P}/reservada", data=ENTRY)
        assert answer.status_code == 303
    [row] = visited.all(select(Visit))
    [version] = visited.all(select(VisitVersion))
    assert (row.audience, row.visitor_name, row.document_number, row.visitor_key) == (
        "reserved",
        reserved.UNNAMED,
        "",
        "",
    )
    assert version.facts["audience"] == "reserved"
    assert not is_public(visited, row.id)
    with visited.reading() as session:
        register = visited.register(session)
        assert reserved.count_by_month(session, register) == [(date(2026, 3, 1), 1)]
        assert reserved.count_by_month(session, visited.register(session, "demo")) == []
    refused = browser.post(of(visited, row.id, "/levantar"), data=REASON)
    assert refused.status_code == 422
    assert "faltan el nombre o el documento" in refused.text


@pytest.mark.nightly
def test_the_form_of_a_reserved_visit_says_what_is_wrong(
    visited: Visited, subtests: pytest.Subtests
):
    browser = visited.browser("administrator")
    wrong = (
        ({"entry-time": "23:59"}, "El ingreso no puede ser después de ahora."),
        ({"exit-date": "02/03/2026", "exit-time": "06:00"}, "La salida no puede ser antes"),
        ({"entry-date": "27/02/2026"}, "Se registra fuera de tiempo"),
        ({"official": "Nadie"}, "Nadie con ese nombre"),
        ({"document_number": "12"}, "El DNI tiene 8 dígitos"),
        ({"review_on": "01/01/2020"}, "tiene que ser después de hoy"),
    )
    refuses(subtests, browser, f"{P}/reservada", ENTRY, wrong)
    assert browser.post(f"{P}/reservada", data=ENTRY | {"submission": "<>"}).status_code == 400
    assert visited.all(select(Visit)) == []


def test_an_annulled_visit_is_reserved_too_and_stays_annulled(visited: Visited):
    visit_id = visited.visit(name="Denunciante Inventada Eva")
    visited.annul(visit_id, "Era una prueba")
    browser, public = visited.browser("administrator"), f"/visita/{visited.row(visit_id).code}"
    assert "Denunciante" in visited.browser().get(public).text
    assert "/reservar" in browser.get(of(visited, visit_id)).text
    assert browser.post(of(visited, visit_id, "/reservar"), data=FORM).status_code == 303
    row = visited.row(visit_id)
    assert (row.audience, row.state) == ("reserved", "annulled")
    assert visited.browser().get(public).status_code == 404
    assert browser.post(of(visited, visit_id, "/levantar"), data=REASON).status_code == 303
    assert "Era una prueba" in visited.browser().get(public).text


def test_a_suppressed_visit_is_not_reserved(visited: Visited):
    visit_id = visited.visit()
    with visited.writing() as session:
        row = session.get_one(Visit, visit_id)
        row.state = "suppressed"
        session.flush()
        with pytest.raises(Refused):
            reserved.reserve(session, row, AUTHORISATION, actor_id=None)
    browser = visited.browser("administrator")
    page = browser.get(of(visited, visit_id, "/reservar"), follow_redirects=True)
    assert "La visita fue suprimida" in page.text


def test_interest_acts_are_hidden_and_shown_with_their_visit(app, clock: Clock):
    acting = Acting(app)
    visit_id = acting.visit(category="interests", official="Mamani")
    code = record(acting.browser("administrator"), acting.attached(visit_id))
    with acting.writing() as session:
        row = session.get_one(Visit, visit_id)
        reserved.reserve(session, row, AUTHORISATION, actor_id=None)
    assert {act.audience for act in acting.acts()} == {"reserved"}
    assert acting.browser().get(f"/acto/{code}").status_code == 404
    with acting.writing() as session:
        reserved.lift(session, session.get_one(Visit, visit_id), reason="Terminó", actor_id=None)
    assert {act.audience for act in acting.acts()} == {"public"}


def test_the_public_reads_only_that_there_was_a_reservation(
    visited: Visited,
):
    visit_id = visited.visit(name="Quispe Inventada Ana")
    with visited.writing() as session:
        row = session.get_one(Visit, visit_id)
        reserved.reserve(session, row, AUTHORISATION, actor_id=None)
        for name in ("Denunciante Inventada Eva", "Rojas Inventada Sol"):
            recording.correct(
                session,
                row,
                reason="Protegida",
                actor_id=None,
                seen=row.versions,
                visitor_name=name,
            )
        reserved.lift(session, row, reason="Fin de la denuncia", actor_id=None)
        recording.leave(session, row, actor_id=None)
    code = visited.row(visit_id).code
    page = visited.browser().get(f"/visita/{code}").text
    assert page.count("Estuvo reservada") == 1
    assert "Registro de la salida" in page
    for hidden in ("D.Leg. 1327", "denuncia", "Denunciante", "Protegida", "Quispe"):
        assert hidden not in page
    page = visited.browser("administrator").get(of(visited, visit_id)).text
    assert "D.Leg. 1327" in page
    assert "Denunciante Inventada Eva" in page


def test_a_visit_annulled_while_it_was_reserved_does_not_say_why(visited: Visited):
    visit_id = visited.visit()
    with visited.writing() as session:
        row = session.get_one(Visit, visit_id)
        reserved.reserve(session, row, AUTHORISATION, actor_id=None)
        recording.annul(session, row, reason="Era de una denuncia", actor_id=None)
        reserved.lift(session, row, reason="Terminó", actor_id=None)
    page = visited.browser().get(f"/visita/{visited.row(visit_id).code}").text
    assert "Esta visita fue anulada" in page
    assert "denuncia" not in page

"""Visits as the users of the register see them: by day, corrected, annulled, unmasked."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from sqlalchemy import func, select

from app.base import calendar
from app.base.models import LogEntry, PostHolder, Visit, VisitVersion
from app.register.facts.values import Refused
from app.register.registers import empty_days
from app.register.visits import history, personnel, recording
from tests.app.posted import refuses
from tests.app.together import together
from tests.app.visited import PERSONNEL, Visited, lima
from tests.conftest import Clock
from tests.databases import behind_the_back
from tests.pages import CheckingClient

ROOT = "/registro/E90001/produccion/visitas"
REASON = "El visitante mostró otro documento"


def address(visited: Visited, visit_id: int, rest: str = "") -> str:
    return f"{ROOT}/{visited.row(visit_id).code}{rest}"


def filled(browser: CheckingClient, path: str) -> dict[str, str]:
    """Return the form of a page as a browser would send it, without its reason."""
    page = unescape(browser.get(path).text.partition("<main")[2])
    found: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", page):
        name = re.search(r' name="([^"]*)"', tag)
        value = re.search(r' value="([^"]*)"', tag)
        if name and ('type="radio"' not in tag or " checked" in tag):
            found[name[1]] = value[1] if value else ""
    for name, options in re.findall(r'<select[^>]* name="([^"]*)"[^>]*>(.*?)</select>', page, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        found[name] = chosen[1] if chosen else ""
    return found


def correct(visited: Visited, visit_id: int, who: str = "operator", **changed: str) -> Any:
    """Open the form, change some fields and send it."""
    browser, path = visited.browser(who), address(visited, visit_id, "/corregir")
    return browser.post(path, data=filled(browser, path) | {"reason": REASON} | changed)


def versions(visited: Visited, visit_id: int) -> int:
    return visited.one(
        select(func.count()).select_from(VisitVersion).where(VisitVersion.visit_id == visit_id)
    )


# The list ---------------------------------------------------------------------------------------


@pytest.mark.nightly
def test_the_desk_sees_whole_numbers_and_reviewers_masked_ones(visited: Visited):
    visit_id = visited.visit()
    for who in ("operator", "administrator"):
        assert "DNI 00000501" in visited.browser(who).get(ROOT).text
    for who in ("preparer", "sgtd", "auditor"):
        browser = visited.browser(who)
        for path in (ROOT, address(visited, visit_id)):
            page = browser.get(path).text
            assert "DNI *****501" in page
            assert "00000501" not in page


def test_the_list_is_of_a_day_and_searches_all_without_one(visited: Visited, clock: Clock):
    visited.visit(name="Huamán Ficticio Luis")
    clock.forward(days=1)
    visited.visit(name="Flores Muestra Rosa", motive="Firma del convenio marco")
    browser = visited.browser("operator")
    today = browser.get(ROOT).text
    assert "Flores Muestra Rosa" in today
    assert "Huamán Ficticio Luis" not in today
    assert "Huamán Ficticio Luis" in browser.get(f"{ROOT}?dia=2026-03-02").text
    both = browser.get(f"{ROOT}?q=convenio").text
    assert both.index("Flores Muestra Rosa") < both.index("Huamán Ficticio Luis")
    assert "Huamán Ficticio Luis" in browser.get(f"{ROOT}?q=FICTICIO+huaman").text
    assert "No hay visitas" in browser.get(f"{ROOT}?q=nadie").text
    for day in ("ayer", "2026-13-01", "9999-12-31", "0001-01-01", "\x00"):
        answer = browser.get(ROOT, query_string={"dia": day, "q": "a\x00b"})
        assert answer.status_code == 200
        assert "Escribe la fecha como" in answer.text


@pytest.mark.nightly
def test_there_are_fifty_on_a_page(visited: Visited):
    for number in range(51):
        visited.visit(document_number=f"0000{number:04d}", name=f"Muestra Persona {number}x")
    browser = visited.browser("operator")
    first = browser.get(ROOT).text
    assert first.count("strong") == 50
    assert "Muestra Persona 50x" in first
    assert "Muestra Persona 0x" in browser.get(f"{ROOT}?pagina=2").text
    assert browser.get(f"{ROOT}?pagina=3").status_code == 404


# Corrections ------------------------------------------------------------------------------------


@pytest.mark.nightly
def test_a_correction_is_a_version_that_says_what_it_said_before(visited: Visited):
    visit_id = visited.visit()
    answer = correct(visited, visit_id, motive="Revisión de un expediente", place="Sala 3")
    assert answer.status_code == 303
    page = visited.browser("operator").get(answer.location).text
    for text in (REASON, "Coordinación de un convenio", "Revisión de un expediente", "Sala 3"):
        assert text in page
    with behind_the_back(visited.app) as session:  # hidden seconds are no correction
        first, _ = history.versions_of(session, session.get_one(Visit, visit_id))
        entry = datetime.fromisoformat(first.facts["entry_at"]) + timedelta(seconds=25)
        first.facts = {**first.facts, "entry_at": entry.isoformat()}
    correct(visited, visit_id, document_number="00001501")
    with visited.reading() as session:
        row = session.get_one(Visit, visit_id)
        made, second, third = history.changes(session, history.versions_of(session, row))
        assert (made.act, second.act) == ("Registro del ingreso", "Corrección")
        assert [(one.label, one.old, one.new) for one in second.differences] == [
            ("Motivo", "Coordinación de un convenio", "Revisión de un expediente"),
            ("Lugar", "Oficina 201", "Sala 3"),
        ]
        assert second.reason == REASON
        assert second.by == "Persona Ejemplo 014"
        assert third.differences[0].new == "DNI *****501 (otro número)"
    assert "DNI 00001501" in visited.browser("operator").get(address(visited, visit_id)).text


@pytest.mark.nightly
def test_an_exit_is_added_later_with_its_hour_or_as_unknown(visited: Visited, clock: Clock):
    visit_id = visited.visit()
    clock.forward(hours=3)
    correct(visited, visit_id, exit_state="unknown")
    assert (visited.row(visit_id).exit_state, visited.row(visit_id).exit_at) == ("unknown", None)
    left = {"exit_state": "left", "exit-date": "02/03/2026", "exit-time": "09:30"}
    correct(visited, visit_id, **left)
    assert visited.row(visit_id).exit_at == lima("2026-03-02 09:30")
    answer = correct(visited, visit_id, **left | {"exit-time": "07:30"})
    assert answer.status_code == 422
    assert "La salida no puede ser antes del ingreso." in answer.text
    answer = correct(visited, visit_id, **left | {"exit-time": ""})
    assert "escribe también la hora" in answer.text
    answer = correct(visited, visit_id, **{"entry-date": "03/03/2026"})
    assert "El ingreso no puede ser después de ahora." in answer.text
    assert versions(visited, visit_id) == 3


#: The values of the form, and the answer.
WRONG = [
    ({"visitor_name": "Ana <script>"}, "escribe solo letras"),
    ({"document_number": "123"}, "El DNI tiene 8 dígitos"),
    ({"visitor_kind": "private"}, "Escribe la entidad que representa."),
    ({"visitor_kind": "private", "visitor_entity": "X", "visitor_entity_ruc": "20131370302"},
     "El RUC no existe"),
    ({"official": "Nadie Así"}, "Nadie con ese nombre"),
    ({"entry-date": ""}, "escribe también la fecha"),
    ({"reason": "corto"}, "escribe al menos 10 caracteres"),
]  # fmt: skip


def test_an_impossible_value_or_no_change_writes_nothing(
    visited: Visited, clock: Clock, subtests: pytest.Subtests
):
    clock.forward(seconds=41)  # the form knows minutes alone
    visit_id = visited.visit()
    browser, path = visited.browser("operator"), address(visited, visit_id, "/corregir")
    sent = filled(browser, path) | {"reason": REASON}
    refuses(subtests, browser, path, sent, WRONG)
    answer = browser.post(path, data=sent, follow_redirects=True)
    assert "No hay nada que corregir" in answer.text
    assert versions(visited, visit_id) == 1


@pytest.mark.nightly
def test_the_second_of_two_tabs_must_look_again(visited: Visited):
    visit_id = visited.visit()
    browser, path = visited.browser("operator"), address(visited, visit_id, "/corregir")
    one = filled(browser, path) | {"reason": REASON}
    browser.post(path, data=one | {"motive": "El primero de los dos"})
    late = browser.post(path, data=one | {"motive": "El segundo de los dos"})
    assert late.status_code == 422
    assert "Alguien cambió esta visita mientras la corregías" in late.text
    assert "El segundo de los dos" in late.text  # nothing of what was typed is lost
    assert visited.row(visit_id).motive == "El primero de los dos"
    for seen in ("", "no", "-1", "9" * 400, "²"):
        again = browser.post(path, data=one | {"motive": "Otro motivo", "seen": seen})
        assert again.status_code == 422


@pytest.mark.postgresql
def test_of_two_at_the_same_moment_one_wins(visited: Visited):
    visit_id = visited.visit()
    path = address(visited, visit_id, "/corregir")
    both = [visited.browser(who) for who in ("operator", "operator2")]
    forms = [filled(browser, path) | {"reason": REASON} for browser in both]
    answers = together(
        *(
            lambda n=n, b=browser: b.post(path, data=forms[n] | {"motive": f"El número {n}"})
            for n, browser in enumerate(both)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [303, 422]
    assert versions(visited, visit_id) == 2


def test_namesakes_are_chosen_from_a_list(visited: Visited):
    with visited.writing() as session:
        twin = dict(PERSONNEL[1], document_number="00000499", given_names="Jorgelina")
        personnel.receive(session, visited.register(session), [*PERSONNEL, twin], calendar.today())
        wanted = session.scalars(
            select(PostHolder.id).where(PostHolder.given_names == "Jorgelina")
        ).one()
    visit_id = visited.visit(official="Gárate")
    answer = correct(visited, visit_id, official="rojas logistica")
    assert "Hay más de una persona con esas palabras" in answer.text
    assert "Jorgelina" in answer.text
    answer = correct(visited, visit_id, official="rojas logistica", official_id=str(wanted))
    assert answer.status_code == 303
    assert visited.row(visit_id).official_name == "Rojas Ejemplo Jorgelina"


def test_an_official_who_left_the_post_by_the_day_cannot_be_chosen(visited: Visited, clock: Clock):
    visit_id = visited.visit(official="Rojas")
    clock.forward(days=5)
    with visited.writing() as session:
        gone = [row for row in PERSONNEL if not row["surnames"].startswith("Rojas")]
        personnel.receive(session, visited.register(session), gone, calendar.today())
    clock.forward(days=2)
    moved = {"entry-date": "08/03/2026", "observation": "late"}
    answer = correct(visited, visit_id, **moved)
    assert answer.status_code == 422
    assert "Ese día no ocupaba ese cargo" in answer.text


@pytest.mark.nightly
def test_an_entry_that_is_moved_to_another_day_asks_for_its_observation(visited: Visited):
    visit_id = visited.visit()
    answer = correct(visited, visit_id, **{"entry-date": "27/02/2026"})
    assert answer.status_code == 422
    assert "Se registra fuera de tiempo" in answer.text
    with visited.writing() as session:
        empty_days.declare(session, visited.register(session), date(2026, 2, 27), None)
    moved = {"entry-date": "27/02/2026", "observation": "late"}
    assert correct(visited, visit_id, **moved).status_code == 303
    day = visited.row(visit_id).visit_on
    assert day == date(2026, 2, 27)
    with visited.reading() as session:
        assert empty_days.standing_on(session, visited.register(session), day) is None


def test_unchanged_imported_values_are_accepted(visited: Visited):
    visit_id = visited.visit()
    with visited.writing() as session:
        row = session.get_one(Visit, visit_id)
        row.document_number, row.visitor_name = "12-34", "MUESTRA ANA (SUPLENTE 2)"
        row.entry_at, row.official_id, row.source = None, None, "imported"
    answer = correct(visited, visit_id, place="Sala 9")
    assert answer.status_code == 303
    row = visited.row(visit_id)
    assert (row.document_number, row.visitor_name) == ("12-34", "MUESTRA ANA (SUPLENTE 2)")
    assert (row.place, row.entry_at, row.official_id) == ("Sala 9", None, None)


# Annulment --------------------------------------------------------------------------------------


def test_an_annulled_visit_stays_and_is_annulled_once(visited: Visited):
    visit_id = visited.visit()
    browser, path = visited.browser("operator"), address(visited, visit_id, "/anular")
    assert "Anular la visita" in browser.get(path).text
    assert browser.post(path, data={"reason": "corto"}).status_code == 422
    for _ in "ab":
        assert browser.post(path, data={"reason": "Se registró dos veces"}).status_code == 303
    assert visited.row(visit_id).state == "annulled"
    assert versions(visited, visit_id) == 2
    page = browser.get(ROOT).text
    assert "Anulada" in page
    shown = browser.get(address(visited, visit_id)).text
    assert "Se registró dos veces" in shown
    assert "/corregir" not in shown
    refused = browser.get(address(visited, visit_id, "/corregir"), follow_redirects=True)
    assert "La visita está anulada: no se puede corregir." in refused.text
    with visited.writing() as session:
        row = session.get_one(Visit, visit_id)
        with pytest.raises(Refused):
            recording.correct(session, row, reason=REASON, actor_id=None, seen=2, motive="Otro")


# Unmasking --------------------------------------------------------------------------------------


def test_reviewers_begin_at_the_last_day_that_has_visits(visited: Visited, clock: Clock):
    visited.visit()
    clock.forward(days=5)
    assert "Visitas del lunes 2 de marzo de 2026" in visited.browser("sgtd").get(ROOT).text
    desk = visited.browser("operator").get(ROOT).text
    assert "Visitas del sábado 7 de marzo de 2026" in desk
    assert "?dia=2026-03-02" in desk  # the last day with visits is offered
    visited.visit(ago=60 * 24 * 100, observation="late", stayed=5)
    day = (calendar.today() - timedelta(days=100)).isoformat()
    assert "Quispe Inventada Ana" in visited.browser("auditor").get(f"{ROOT}?dia={day}").text


def test_a_whole_number_is_seen_for_a_purpose_that_is_logged(visited: Visited):
    visit_id = visited.visit()
    for who in ("sgtd", "auditor"):
        browser, path = visited.browser(who), address(visited, visit_id, "/documento")
        assert "00000501" not in browser.get(path).text
        assert browser.post(path, data={"purpose": "Ver el DNI 0000501"}).status_code == 422
        page = browser.post(path, data={"purpose": "Atender el pedido 12"}).text
        assert "DNI 00000501" in page
        unmasked = select(LogEntry).where(LogEntry.kind == "visit.unmasked")
        [entry] = visited.all(unmasked.where(LogEntry.actor_id == visited.people[who]))
        assert entry.data["purpose"] == "Atender el pedido 12"
        assert entry.data["visit"] == visited.row(visit_id).code
        assert "00000501" not in str(entry.data)

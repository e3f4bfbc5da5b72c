"""Entries of the history: the old and new value, and the process or person concerned."""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from sqlalchemy import select

from app.administration.users.coordinators import NOBODY
from app.base import calendar
from app.base.models import LogEntry, Task, User
from app.cases import processes, records
from app.cases.case import Case
from app.cases.records.replaced import COMPARED
from app.people import access
from app.register.registers import environments, rules, settings
from tests.app.onboarding.seats import change, seat
from tests.app.walk import Walk

pytestmark = pytest.mark.postgresql

HISTORY = "/entidades/E90001/historial"
WHY = "Lo pidió la entidad."


def history(walk: Walk) -> str:
    """Return the history as an auditor reads it, with plain spaces and no tags."""
    if "auditor" not in walk.people:
        walk.people["auditor"] = walk.person("40000031", "auditor")
    shown = walk.browser("auditor").get(HISTORY).text
    return " ".join(re.sub(r"<[^>]+>", " ", shown).replace("\N{NO-BREAK SPACE}", " ").split())


@pytest.mark.nightly
def test_a_moved_session_is_shown_with_its_old_moment(walk: Walk):
    key = seat(walk)
    assert change(walk, key, on="12/03/2026", hour="15:30").status_code == 303
    text = history(walk)
    assert "Cambió la sesión de inducción temática" in text
    moved = "día y hora: 9 de marzo de 2026, 08:00 → 12 de marzo de 2026, 15:30"
    assert text.count(moved) == 2, "of the session, and of the mails to its guests"
    change(walk, key, on="12/03/2026", hour="15:30", place="Otro auditorio", minutes="90")
    text = history(walk)
    assert "lugar: Auditorio de ejemplo → Otro auditorio" in text
    assert "minutos: 60 → 90" in text
    assert text.count(moved) == 2


def test_the_former_coordinator_in_charge_is_named(walk: Walk):
    with walk.writing() as session:
        other = session.get_one(User, walk.person("40000077", "sip"))
        names = [walk.user(session, "sip").full_name, other.full_name]
    client = walk.browser_of(walk.person("40000078", "superuser"))
    for who in (walk.people["sip"], other.id, NOBODY):
        data = {"sip": who, "sgtd": "", "entidad": ["E90001"], "a": "marcadas"}
        assert client.post("/coordinadores", data=data).status_code == 303
    text = history(walk)
    for old, new in zip(["nadie", *names], [*names, "nadie"], strict=True):
        assert f"Coordinador de la SIP a cargo: {old} → {new}" in text
    page = " ".join(client.get("/registro-de-cambios").text.split())
    assert f"a cargo: {names[0]} → {names[1]}" in page


@pytest.mark.nightly
def test_an_act_on_a_process_names_the_process(begun: Walk):
    begun.act(processes.suspend, WHY)
    begun.act(processes.resume, WHY)
    begun.designate()
    begun.act(processes.send_back, "designate_administrator", WHY)
    begun.act(processes.cancel, WHY)
    text = history(begun)
    for verb in ("Se inició", "Se suspendió", "Se reanudó", "Se anuló", "Un coordinador devolvió"):
        assert f"{verb} el proceso: Implementación" in text, verb
    assert "un proceso" not in text


# Answers that replace earlier ones --------------------------------------------------------------


def rewrite(walk: Walk, name: str, edit: Callable[[Any], object]) -> None:
    """Edit a record; check that no number of a person goes into the log."""
    with walk.app.app_context(), walk.writing() as session:
        row = walk.instance(session)
        case = Case(session, row.entity, row, walk.people["sip"])
        value = deepcopy(records.read(case, name))
        edit(value)
        records.write(case, name, value)
    kinds = select(LogEntry).where(LogEntry.kind == "entity.answer_changed")
    logged = str([entry.data for entry in walk.all(kinds)])
    assert not re.search(r"[0-9]{8}", logged)


@pytest.fixture
def answered(walk: Walk) -> Walk:
    """Return a case whose designation is done."""
    walk.begin_at("training")
    assert "Cambió lo que la entidad había respondido" not in history(walk)
    return walk


@pytest.mark.nightly
def test_a_new_administrator_is_named_with_the_former_one(answered: Walk):
    old = answered.record("administrator")["holder"]

    def another(value: dict[str, Any]) -> None:
        value["holder"] |= {"given_names": "Otra", "surnames": "Persona", "post": "Archivera"}
        value["holder"]["phone"] = "999888777"

    rewrite(answered, "administrator", another)
    text = history(answered)
    assert "Cambió lo que la entidad había respondido" in text
    assert f"administrador: {old['given_names']} {old['surnames']} → Otra Persona" in text
    assert f"administrador, puesto: {old['post']} → Archivera" in text
    assert "→ ******777" in text
    assert "999888777" not in text


def test_a_corrected_number_is_not_shown(answered: Walk):
    rewrite(answered, "administrator", lambda v: v["holder"].update(document_number="00000999"))
    text = history(answered)
    assert "administrador, documento: uno → otro" in text
    assert "00000999" not in text


@pytest.mark.nightly
def test_rows_of_a_roster_are_counted_before_and_now(answered: Walk):
    def edit(rows: list[dict[str, Any]]) -> None:
        rows[0] |= {"post": "Otro puesto", "document_number": "00000996"}
        rows.append(rows[1] | {"document_number": "00000998", "given_names": "Otra"})
        del rows[1]
        rows.append(rows[1] | {"document_number": "00000997"})

    count = len(answered.record("roster"))
    rewrite(answered, "roster", edit)
    said = f"personal: {count} filas → {count + 1} filas (2 nuevas, 1 quitada y 1 corregida)"
    assert said in history(answered)


def test_the_same_answer_again_changes_nothing(answered: Walk):
    for name in ("administrator", "authority", "roster"):
        rewrite(answered, name, lambda value: None)
    assert "Cambió lo que la entidad había respondido" not in history(answered)


def test_posts_and_the_day_of_production_are_shown(answered: Walk):
    post = {
        "post": "Alcaldía",
        "unit": "",
        "document_type": "DNI",
        "document_number": "00000996",
        "to_on": "",
    }
    old = {"go_live_on": "2026-08-05", "link": "https://a.example.pe"}
    for name, first, second in (
        ("decision_makers", [post], [post | {"to_on": "2026-03-01"}, post | {"post": "Gerencia"}]),
        ("production", old, old | {"go_live_on": "2026-08-12"}),
    ):
        with answered.app.app_context(), answered.writing() as session:
            row = answered.instance(session)
            case = Case(session, row.entity, row)
            records.write(case, name, first)
            records.write(case, name, second)
    text = history(answered)
    assert "puestos con decisión pública: 1 fila → 2 filas (1 nueva y 1 corregida)" in text
    assert "puesta en producción: 5 de agosto de 2026 → 12 de agosto de 2026" in text
    assert "enlace" not in text
    assert set(COMPARED) <= records.WRITABLE


# Registers -------------------------------------------------------------------------------------


def test_a_new_source_of_a_register_is_shown_with_the_former_one(begun: Walk):
    with begun.app.app_context(), begun.writing() as session:
        entity = begun.instance(session).entity
        register = environments.open_register(session, entity, "demo", None)
        settings.change_source(
            session, register, "own_system", "https://a.example.pe", begun.people["sip"]
        )
    text = history(begun)
    assert "ahora en: Sistema propio de la entidad (" in text
    assert "; antes, en: Zaguán" in text
    assert "dirección del registro: (vacío) → https://a.example.pe" in text


def test_a_rule_is_shown_with_its_former_value(walk: Walk):
    with walk.app.app_context():
        walk.commit(
            rules.set_value,
            "document_publication",
            "full",
            calendar.today(),
            norm="Una norma",
            actor_id=walk.people["sip"],
        )
    page = walk.browser_of(walk.person("40000078", "superuser")).get("/registro-de-cambios").text
    assert "; antes: El número se publica enmascarado" in page


@pytest.mark.nightly
def test_a_returned_task_names_its_former_assignee(begun: Walk):
    with begun.app.app_context(), begun.writing() as session:
        task = session.scalars(select(Task)).one()
        user = begun.user(session, "preparer")
        task.assignee_id = user.id
        session.flush()
        access.revoke(session, user, "preparer", task.entity, begun.people["sip"])
        access.vacancies.hand_back(session, user, begun.people["sip"])
        name = user.full_name
    assert f"(la tenía {name})" in history(begun)

"""What the history says of an act: old and new value, and which process or person it was about."""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from sqlalchemy import select

from app.administration.users.coordinators import NOBODY
from app.base import audit_log, calendar
from app.base.models import LogEntry, ProcessInstance, Task, User
from app.cases import processes, records
from app.cases.case import Case
from app.cases.history.lines import recent
from app.cases.records.replaced import COMPARED
from app.people import access
from app.register.registers import environments, rules, settings
from tests.app.cases.status.status_told import file_designation
from tests.app.onboarding.seats import change, seat
from tests.app.walk import Walk
from tests.statements import statements

pytestmark = pytest.mark.both_databases

HISTORY = "/entidades/E90001/historial"
WHY = "Lo pidió la entidad."


def history(walk: Walk) -> str:
    """What an auditor reads in the history, with plain spaces and no tags."""
    if "auditor" not in walk.people:
        walk.people["auditor"] = walk.person("40000031", "auditor")
    shown = walk.browser("auditor").get(HISTORY).text
    return " ".join(re.sub(r"<[^>]+>", " ", shown).replace("\N{NO-BREAK SPACE}", " ").split())


def test_a_session_that_moves_is_told_with_its_old_moment(walk: Walk):
    key = seat(walk)
    assert change(walk, key, on="12/03/2026", hour="15:30").status_code == 303
    told = history(walk)
    assert "Cambió la sesión de inducción temática" in told
    moved = "día y hora: 9 de marzo de 2026, 08:00 → 12 de marzo de 2026, 15:30"
    assert told.count(moved) == 2, "of the session, and of what its guests were told"
    change(walk, key, on="12/03/2026", hour="15:30", place="Otro auditorio", minutes="90")
    told = history(walk)
    assert "lugar: Auditorio de ejemplo → Otro auditorio" in told
    assert "minutos: 60 → 90" in told
    assert told.count(moved) == 2


def test_whoever_was_in_charge_before_is_told(walk: Walk):
    with walk.writing() as session:
        other = session.get_one(User, walk.person("40000077", "sip"))
        names = [session.get_one(User, walk.people["sip"]).full_name, other.full_name]
    client = walk.browser_of(walk.person("40000078", "superuser"))
    for who in (walk.people["sip"], other.id, NOBODY):
        data = {"sip": who, "sgtd": "", "entidad": ["E90001"], "a": "marcadas"}
        assert client.post("/coordinadores", data=data).status_code == 303
    told = history(walk)
    for old, new in zip(["nadie", *names], [*names, "nadie"], strict=True):
        assert f"Coordinador de la SIP a cargo: {old} → {new}" in told
    page = " ".join(client.get("/registro-de-cambios").text.split())
    assert f"a cargo: {names[0]} → {names[1]}" in page


def test_entries_of_earlier_releases_are_told_as_whole_at_two_statements_more(walk: Walk):
    walk.begin()
    engine = walk.app.extensions["engine"]

    def sent() -> int:
        with walk.reading() as session:
            entity = session.get_one(ProcessInstance, walk.id).entity
            with statements(engine) as found:
                recent(session, entity, 50)
        return len(found)

    before = sent()
    for rows in (1, 5):
        with walk.writing() as session:
            entity_id = session.get_one(ProcessInstance, walk.id).entity_id
            for _ in range(rows):
                about: Any = {"actor_id": None, "entity_id": entity_id}
                role: Any = {"role": "sip", "person": "", "old_person_id": walk.people["sip"]}
                audit_log.write(session, "entity.coordinator_assigned", **about, **role)
                audit_log.write(session, "process.suspended", instance_id=walk.id, **about)
                audit_log.write(
                    session, "process.resumed", instance_id=walk.id, working_days=1, **about
                )
        assert sent() == before + 2
    told = history(walk)
    with walk.reading() as session:
        name = session.get_one(User, walk.people["sip"]).full_name
    assert f"a cargo: {name} → nadie" in told
    assert "Se suspendió el proceso: Implementación" in told
    assert "Se reanudó el proceso: Implementación. Los plazos se corrieron 1 día hábil" in told


def test_what_is_done_to_a_process_says_which_one(walk: Walk):
    walk.begin()
    by = walk.people["sip"]
    with walk.app.app_context(), walk.writing() as session:
        processes.suspend(session, walk.id, WHY, by)
    with walk.app.app_context(), walk.writing() as session:
        processes.resume(session, walk.id, WHY, by)
    file_designation(walk)
    with walk.app.app_context(), walk.writing() as session:
        processes.send_back(session, walk.id, "designate_administrator", WHY, by)
    with walk.app.app_context(), walk.writing() as session:
        processes.cancel(session, walk.id, WHY, by)
    told = history(walk)
    for verb in ("Se inició", "Se suspendió", "Se reanudó", "Se anuló", "Un coordinador devolvió"):
        assert f"{verb} el proceso: Implementación" in told, verb
    assert "un proceso" not in told


# Answers that were there before -----------------------------------------------------------------


def write_anew(walk: Walk, name: str, edit: Callable[[Any], object]) -> None:
    """Writes a record as an edit leaves it; no number of a person goes into the log."""
    with walk.app.app_context(), walk.writing() as session:
        row = session.get_one(ProcessInstance, walk.id)
        case = Case(session, row.entity, row, walk.people["sip"])
        value = deepcopy(records.read(case, name))
        edit(value)
        records.write(case, name, value)
    with walk.reading() as session:
        kinds = select(LogEntry).where(LogEntry.kind == "entity.answer_changed")
        kept = str([entry.data for entry in session.scalars(kinds)])
    assert not re.search(r"[0-9]{8}", kept)


@pytest.fixture
def answered(walk: Walk) -> Walk:
    """A case whose designation was left behind."""
    walk.begin_at("training")
    assert "Cambió lo que la entidad había respondido" not in history(walk)
    return walk


def test_another_administrator_is_told_by_name_with_the_former_one(answered: Walk):
    with answered.reading() as session:
        row = session.get_one(ProcessInstance, answered.id)
        old = records.read(Case(session, row.entity, row), "administrator")["holder"]

    def another(value: dict[str, Any]) -> None:
        value["holder"] |= {"given_names": "Otra", "surnames": "Persona", "post": "Archivera"}
        value["holder"]["phone"] = "999888777"

    write_anew(answered, "administrator", another)
    told = history(answered)
    assert "Cambió lo que la entidad había respondido" in told
    assert f"administrador: {old['given_names']} {old['surnames']} → Otra Persona" in told
    assert f"administrador, puesto: {old['post']} → Archivera" in told
    assert "→ ******777" in told
    assert "999888777" not in told


def test_a_corrected_number_is_told_without_it(answered: Walk):
    write_anew(answered, "administrator", lambda v: v["holder"].update(document_number="00000999"))
    told = history(answered)
    assert "administrador, documento: uno → otro" in told
    assert "00000999" not in told


def test_rows_of_a_roster_are_counted_before_and_now(answered: Walk):
    def edit(rows: list[dict[str, Any]]) -> None:
        rows[0]["post"] = "Otro puesto"
        rows.append(rows[1] | {"document_number": "00000998"})
        del rows[1]
        rows.append(rows[1] | {"document_number": "00000997"})

    with answered.reading() as session:
        row = session.get_one(ProcessInstance, answered.id)
        count = len(records.read(Case(session, row.entity, row), "roster"))
    write_anew(answered, "roster", edit)
    said = f"personal: {count} filas → {count + 1} filas (2 nuevas, 1 quitada y 1 corregida)"
    assert said in history(answered)


def test_the_same_answer_again_changes_nothing(answered: Walk):
    for name in ("administrator", "authority", "roster"):
        write_anew(answered, name, lambda value: None)
    assert "Cambió lo que la entidad había respondido" not in history(answered)


def test_posts_and_the_day_of_production_are_told(answered: Walk):
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
            row = session.get_one(ProcessInstance, answered.id)
            case = Case(session, row.entity, row)
            records.write(case, name, first)
            records.write(case, name, second)
    told = history(answered)
    assert "puestos con decisión pública: 1 fila → 2 filas (1 nueva y 1 corregida)" in told
    assert "puesta en producción: 5 de agosto de 2026 → 12 de agosto de 2026" in told
    assert "enlace" not in told
    assert set(COMPARED) <= records.WRITABLE


# Elsewhere --------------------------------------------------------------------------------------


def test_another_source_of_a_register_is_told_with_the_former_one(walk: Walk):
    walk.begin()
    with walk.app.app_context(), walk.writing() as session:
        entity = session.get_one(ProcessInstance, walk.id).entity
        register = environments.open_register(session, entity, "demo", None)
        settings.change_source(
            session, register, "own_system", "https://a.example.pe", walk.people["sip"]
        )
    told = history(walk)
    assert "ahora en: Sistema propio de la entidad (" in told
    assert "; antes, en: Zaguán" in told
    assert "dirección del registro: (vacío) → https://a.example.pe" in told


def test_a_rule_is_told_with_the_value_before(walk: Walk):
    with walk.app.app_context(), walk.writing() as session:
        rules.set_value(
            session,
            "document_publication",
            "full",
            calendar.today(),
            norm="Una norma",
            actor_id=walk.people["sip"],
        )
    page = walk.browser_of(walk.person("40000078", "superuser")).get("/registro-de-cambios").text
    assert "; antes: El número se publica enmascarado" in page


def test_a_task_that_is_handed_back_says_who_had_it(walk: Walk):
    walk.begin()
    with walk.app.app_context(), walk.writing() as session:
        task = session.scalars(select(Task)).one()
        user = session.get_one(User, walk.people["preparer"])
        task.assignee_id = user.id
        session.flush()
        access.revoke(session, user, "preparer", task.entity, walk.people["sip"])
        access.vacancies.hand_back(session, user, walk.people["sip"])
        name = user.full_name
    assert f"(la tenía {name})" in history(walk)

"""Evidence has a source: the register, an export or, as the last resort, a statement."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.base import calendar
from app.base.models import (
    LogEntry,
    PostHolder,
    Record,
    Register,
    Visit,
)
from app.cases import records
from app.cases.case import Case
from app.cases.records import evidence
from app.ops.demo import visits as demo_visits
from app.people import access
from app.register.registers import environments, rules, settings, sources
from app.register.registers.evidence import FIGURES
from app.register.visits import demo_script, personnel
from forms import case_documents
from tests.app.visited import CODE
from tests.app.walk import Walk
from tests.conftest import Clock

NOTHING = dict.fromkeys(FIGURES, 0)
ENOUGH = {
    "visits": 10,
    "operators": 2,
    "corrections": 1,
    "late_entries": 1,
    "searches": 1,
    "downloads": 1,
}


@contextmanager
def case_of(walk: Walk) -> Iterator[Case]:
    """Yield the walk's case, for writing."""
    with walk.writing() as session:
        row = walk.instance(session)
        yield Case(session, row.entity, row, walk.people["administrator"])


def register_of(case: Case, environment: str) -> Register:
    """Return the entity's register."""
    found = environments.find(case.session, case.entity, environment)
    assert found is not None
    return found


# The demo test, through the process -----------------------------------------------------------


def rows(walk: Walk) -> dict[str, case_documents.Figure]:
    """Return the figures as the step shows them."""
    with case_of(walk) as case:
        return {one["name"]: one for one in evidence.read_figures(case)}


@pytest.fixture
def testing(walk: Walk, clock: Clock) -> Walk:
    """Return an entity whose demo register is open, at its test, a day later."""
    walk.begin_at("demo_test")
    with walk.writing() as session:
        row = walk.instance(session)
        case = Case(session, row.entity, row)
        register = environments.open_register(session, row.entity, "demo", None)
        personnel.receive(session, register, records.read(case, "roster"), calendar.today())
        for person in records.roster.operators(case):
            access.open_account(session, person, "operator", row.entity, None)
    clock.forward(days=1)
    return walk


@pytest.mark.nightly
def test_a_test_that_is_handed_in_too_early_comes_back_with_what_is_missing(testing: Walk):
    walk = testing
    walk.commit(demo_visits.begin_test, walk.row().entity_id, 3)
    shown = walk.browser("administrator").get(f"/tareas/{walk.task('run_demo_test').id}/resultados")
    for sentence in (
        "Se necesitan 10 visitas con ingreso y salida, y hay 3.",
        "Se necesitan visitas registradas por 2 operadores, y hay de 1.",
        "Falta corregir una visita.",
        "Falta un registro extemporáneo con su observación.",
        "Falta una búsqueda en la consulta pública.",
        "Falta una descarga de las visitas.",
    ):
        assert shown.text.count(sentence) == 1, sentence
    assert 'inputmode="numeric"' not in shown.text, "nobody types a figure"
    for path in ("/demo", "/demo/cartilla"):
        assert f'href="/registro/{CODE}{path}"' in shown.text
    assert f'href="/demo/{CODE}/visitas"' in shown.text
    first = walk.task("run_demo_test").id
    hand_in(walk)
    again = walk.task("run_demo_test")
    assert again.id != first
    assert again.state == "open"
    page = walk.browser("administrator").get(f"/tareas/{again.id}/resultados").text
    assert page.count("Falta corregir una visita.") == 2, "as it was then, and as it is now"


def hand_in(walk: Walk) -> None:
    """Send the step as the administrator, with any content of the register."""
    task = walk.task("run_demo_test")
    address = f"/tareas/{task.id}/resultados"
    answer = walk.browser("administrator").post(address, data={"notes": "", "action": "submit"})
    assert answer.status_code == 303


@pytest.mark.nightly
def test_a_whole_test_is_validated_and_approved_by_what_the_register_counted(testing: Walk):
    walk = testing
    walk.answer("run_demo_test")
    assert walk.open_steps() == ["validate_demo_results"]
    page = walk.browser("administrator").get(
        f"/tareas/{walk.task('validate_demo_results').id}/resultados"
    )
    assert "Las cifras las contó el registro demo" in page.text
    walk.answer("validate_demo_results", "retry")
    page = walk.browser("administrator").get(f"/tareas/{walk.task('run_demo_test').id}/resultados")
    assert "La prueba está completa" in page.text, "what was tried stays, and counts"
    assert "desde que se abrió el ambiente demo" in page.text
    hand_in(walk)
    walk.answer("validate_demo_results", "validated")
    task = walk.task("approve_demo_test")
    shown = walk.browser("sgtd").get(f"/tareas/{task.id}/respuesta").text
    assert "Las cifras las contó el registro demo" in shown
    assert shown.count('<td data-label="A quién">') >= ENOUGH["visits"]
    walk.answer("approve_demo_test", "accepted")
    assert walk.row().stage == "resubmission"
    with case_of(walk) as case:
        stored = records.read(case, "demo_evidence")
    assert {name: stored[name] for name in FIGURES} == ENOUGH
    assert (stored["source"], stored["stated"]) == ("zaguan", {})


@pytest.mark.nightly
def test_figures_of_another_source_come_from_its_export_and_no_further(testing: Walk):
    with case_of(testing) as case:
        register = register_of(case, "demo")
        demo_visits.begin_test(case.session, case.entity.id)
        settings.change_source(case.session, register, "own_system", "https://example.pe/v", 1)
    assert {name: one["count"] for name, one in rows(testing).items()} == NOTHING
    with case_of(testing) as case:
        register = register_of(case, "demo")
        counted = {"visits": 12, "late_entries": 1, "first_on": "", "last_on": ""}
        by = testing.user(case.session, "administrator")
        sources.note_export(case.session, register, counted, by, "file")
    assert {name: one["count"] for name, one in rows(testing).items()} == NOTHING | {
        "visits": 12,
        "late_entries": 1,
    }
    assert rows(testing)["operators"]["missing"], "an export does not tell who recorded"


@pytest.mark.nightly
def test_nobody_states_what_the_register_itself_counts(testing: Walk):
    with case_of(testing) as case:
        demo_visits.begin_test(case.session, case.entity.id, 3)
        by = testing.user(case.session, "sgtd")
        said = {"saw": "Lo vi", "why": "Así fue", "figures": {"visits": 12, "searches": 4}}
        sources.state(case.session, register_of(case, "demo"), said, by)
    shown = rows(testing)
    assert (shown["visits"]["count"], shown["searches"]["count"]) == (3, 0)
    assert {one["source"] for one in shown.values()} == {"zaguan"}


def test_a_statement_counts_only_where_it_says_more_and_stays_marked(testing: Walk):
    with case_of(testing) as case:
        register = register_of(case, "demo")
        settings.change_source(case.session, register, "own_system", "https://example.pe/v", 1)
        counted = {"visits": 3, "late_entries": 0, "first_on": "", "last_on": ""}
        administrator = testing.user(case.session, "administrator")
        sources.note_export(case.session, register, counted, administrator, "file")
        said = {"saw": "Lo vi", "why": "Así fue", "figures": {"visits": 2, "searches": 4}}
        sources.state(case.session, register, said, testing.user(case.session, "sgtd"))
    shown = rows(testing)
    assert (shown["visits"]["count"], shown["visits"]["source"]) == (3, "own_system")
    assert (shown["searches"]["count"], shown["searches"]["source"]) == (4, "statement")
    assert shown["searches"]["by"]
    with case_of(testing) as case:
        evidence.write_demo(case, {"notes": ""})
        stored = records.read(case, "demo_evidence")
    assert list(stored["stated"]) == ["searches"]


def test_an_export_of_the_source_before_counts_no_more(testing: Walk):
    with case_of(testing) as case:
        register = register_of(case, "demo")
        by = testing.user(case.session, "administrator")
        settings.change_source(case.session, register, "own_system", "https://example.pe/v", 1)
        counted = {"visits": 12, "late_entries": 1, "first_on": "", "last_on": ""}
        sources.note_export(case.session, register, counted, by, "file")
        settings.change_source(
            case.session, register, "official_platform", "https://example.pe/v", 1
        )
        assert sources.export_of(case.session, register) is None


def test_figures_that_were_typed_before_can_still_be_read(testing: Walk):
    typed = {"source": "typed", "visits": 11, "from_on": "2026-01-05", "to_on": "2026-01-06"}
    with case_of(testing) as case:
        records.documents.write(case, "demo_evidence", typed)
        assert records.read(case, "demo_evidence") == typed
        assert evidence.demo_test(case)["visits"] == 0, "and count no more"


@pytest.mark.nightly
@pytest.mark.parametrize("reading", ["after_exit", "after_day"])
def test_the_late_entry_of_the_script_works_under_both_readings(testing: Walk, reading: str):
    with case_of(testing) as case:
        by = testing.people["sip"]
        if rules.value_on(case.session, "late_entry", calendar.today()) != reading:
            rules.set_value(case.session, "late_entry", reading, calendar.today(), "De prueba", by)
        demo_visits.begin_test(case.session, case.entity.id)
    (late,) = testing.all(select(Visit).where(Visit.observation == "late"))
    assert late.visit_on == calendar.today() - timedelta(days=1)
    assert late.document_number == demo_script.LINES[8].visitor.document_number


# Going live, through the process --------------------------------------------------------------


@pytest.fixture
def live(walk: Walk, clock: Clock) -> Walk:
    """Return an entity on its first day in production, whose coordinator is to confirm it."""
    walk.begin_at("production")
    walk.answer("load_production_personnel")
    clock.set(walk.waiting()["go_live_arrives"] + timedelta(hours=16))
    walk.tick()
    assert "confirm_production" in walk.open_steps()
    return walk


def confirming(walk: Walk) -> str:
    """Return the coordinator's page."""
    task = walk.task("confirm_production")
    return walk.browser("sgtd").get(f"/tareas/{task.id}/comprobacion").text


SEEN = {
    "saw": "Vi la primera visita en su pantalla.",
    "why": "Su sistema no exporta todavía.",
    "published": "first_visit",
}


def confirm(walk: Walk, **said: str) -> TestResponse:
    """Confirm as the coordinator, with any evidence."""
    address = f"/tareas/{walk.task('confirm_production').id}/comprobacion"
    data = {"decision": "confirmed", "link_in_place": "yes", "action": "submit"}
    browser = walk.browser("sgtd")
    answer = browser.post(address, data=data | said)
    return browser.post(answer.location, data=data) if answer.status_code == 303 else answer


@pytest.mark.nightly
def test_nobody_confirms_what_was_not_published(live: Walk):
    page = confirming(live)
    assert "Todavía no hay ninguna visita publicada" in page
    assert "/produccion/constatacion" not in page, "what the register can show nobody states"
    answer = confirm(live)
    assert answer.status_code == 422
    assert "no se puede confirmar" in answer.text


@pytest.mark.nightly
def test_nobody_states_that_zaguans_own_register_publishes(live: Walk):
    with case_of(live) as case:
        register = register_of(case, "production")
        settings.change_source(case.session, register, "own_system", "https://example.pe/v", 1)
        said = SEEN | {"published_on": calendar.today().isoformat()}
        by = live.user(case.session, "sgtd")
        sources.state(case.session, register, said, by)
        assert [one["source"] for one in evidence.read_published(case)] == ["statement"]
        settings.change_source(case.session, register, "zaguan", "", 1)
        assert evidence.read_published(case) == []
    answer = confirm(live, evidence="statement")
    assert answer.status_code == 422
    assert "no se puede confirmar" in answer.text
    assert "confirm_production" in live.open_steps()


@pytest.mark.nightly
def test_the_first_visit_is_found_and_chosen_already(live: Walk):
    with case_of(live) as case:
        demo_visits.publish_first(case, Random(1))
        case.session.commit()
    page = confirming(live)
    assert "Publicó una visita del" in page
    assert "Las primeras visitas</caption>" in page
    assert 'value="first_visit" checked' in page
    live.answer("confirm_production", "confirmed")
    with case_of(live) as case:
        found = records.read(case, "production_evidence")
    assert (found["source"], found["stated"]) == ("zaguan", False)
    assert found["published_on"] == calendar.today().isoformat()


@pytest.mark.nightly
def test_a_day_declared_without_visits_shows_as_well_that_the_entity_publishes(live: Walk):
    live.commit(demo_visits.record_day, live.row().entity_id, Random(1), 0)
    assert "no tuvo visitas" in (page := confirming(live))
    assert "Días que declaró sin visitas" in page
    live.answer("confirm_production", "confirmed")
    with case_of(live) as case:
        assert records.read(case, "production_evidence")["published"] == "without_visits"


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("first", "last", "shown"), [(0, 5, 0), (-400, 2, 2), (-400, -1, None), (None, None, None)]
)
def test_an_export_shows_a_day_since_going_live(
    live: Walk, first: int | None, last: int | None, shown: int | None
):
    def day(days: int | None) -> str:
        return "" if days is None else (calendar.today() + timedelta(days=days)).isoformat()

    with case_of(live) as case:
        register = register_of(case, "production")
        settings.change_source(
            case.session, register, "official_platform", "https://example.pe/v", 1
        )
        counted = {"visits": 9, "late_entries": 0, "first_on": day(first), "last_on": day(last)}
        by = live.user(case.session, "administrator")
        sources.note_export(case.session, register, counted, by, "file")
        found = evidence.read_published(case)
    assert [one["published_on"] for one in found] == ([] if shown is None else [day(shown)])
    if shown is not None:
        assert "https://example.pe/v" in confirming(live)


@pytest.mark.nightly
def test_a_statement_confirms_as_the_last_resort_and_everybody_reads_that_it_is_one(live: Walk):
    said = SEEN | {"published_on": calendar.today().isoformat()}
    with case_of(live) as case:
        register = register_of(case, "production")
        settings.change_source(case.session, register, "own_system", "https://example.pe/v", 1)
    assert f"/registro/{CODE}/produccion/constatacion" in confirming(live)
    with case_of(live) as case:
        register = register_of(case, "production")
        by = live.user(case.session, "sgtd")
        sources.state(case.session, register, said, by)
        old = said | {"published_on": "2020-01-02"}
        name = by.full_name
    assert f"Constatación de {name}" in confirming(live)
    assert confirm(live, evidence="statement").status_code == 303
    with case_of(live) as case:
        found = records.read(case, "production_evidence")
        assert (found["stated"], found["stated_by"]) == (True, name)
        sources.state(case.session, register_of(case, "production"), old, by)
        assert evidence.read_published(case) == [], "what was before going live shows nothing"


@pytest.mark.nightly
def test_interest_acts_are_enabled_by_their_service_task_and_decision_makers_published(
    live: Walk,
):
    live.answer("confirm_production", "confirmed")
    query = select(Register).where(Register.environment == "production")
    assert live.one(query).interest_acts_at is None
    live.answer("enable_interest_acts")
    assert live.one(query).interest_acts_at == calendar.now()
    live.answer("define_decision_makers")
    decide = select(PostHolder).where(PostHolder.decides)
    assert live.all(decide) == [], "the authority looks first"
    live.answer("approve_decision_makers", "approved")
    assert live.all(decide)


# Stored evidence ------------------------------------------------------------------------------


def test_exports_and_statements_are_records_of_the_entity_and_logged(testing: Walk):
    with case_of(testing) as case:
        register = register_of(case, "demo")
        by = testing.user(case.session, "sgtd")
        settings.change_source(case.session, register, "own_system", "https://example.pe/v", 1)
        counted = {"visits": 1, "late_entries": 0, "first_on": "", "last_on": ""}
        sources.note_export(case.session, register, counted, by, "file")
        sources.state(case.session, register, {"saw": "a", "why": "b", "figures": {}}, by)
    stored = testing.all(select(Record).where(Record.instance_id.is_(None)))
    assert {one.name for one in stored} == {"demo_export", "demo_statement"}
    kinds = set(testing.all(select(LogEntry.kind)))
    assert {"register.source_changed", "register.export_read", "register.stated"} <= kinds
    page = testing.browser("sip").get(f"/entidades/{CODE}/historial").text
    assert "Las visitas se registran ahora en: Sistema propio de la entidad" in page
    assert "Constatación del coordinador" in page

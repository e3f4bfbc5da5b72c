"""The report of the demo test: issued when the check accepts the test, signed at its validation."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.base.definitions import definition_of
from app.base.models import IssuedPaper, Task
from app.cases import records, service_tasks
from app.cases.case import Case
from forms import steps
from forms.examples import SAMPLE_FILE
from forms.shapes.demo_test import invented_evidence
from tests.app.cases.papers.test_papers import text_of
from tests.app.walk import Walk
from tests.conftest import Clock
from tests.forms.filled import fill


def in_demo(walk: Walk) -> None:
    """Walk to the demo test, with accounts and an open demo register."""
    walk.begin_at("demo_test")
    with walk.writing() as session:
        row = walk.instance(session)
        service_tasks.open_accounts(Case(session, row.entity, row), definition_of(row.deployment))


@pytest.mark.nightly
def tested(walk: Walk) -> None:
    """Walk on until a complete test was submitted."""
    in_demo(walk)
    walk.answer("run_demo_test")


def issued_reports(walk: Walk) -> list[IssuedPaper]:
    query = select(IssuedPaper).where(IssuedPaper.kind == "demo_report")
    return walk.all(query.order_by(IssuedPaper.replaced_by.is_(None)))


@pytest.mark.nightly
def test_a_complete_test_issues_its_report_and_a_repeated_one_replaces_it(walk: Walk, clock: Clock):
    tested(walk)
    (first,) = issued_reports(walk)
    page = walk.browser("administrator").get(
        f"/tareas/{walk.task('validate_demo_results').id}", follow_redirects=True
    )
    assert "Descargar para firmar" in page.text
    assert f"/archivos/{first.file_id}" in page.text
    walk.answer("validate_demo_results", "retry")
    clock.forward(minutes=5)
    walk.answer("run_demo_test")
    earlier, newest = issued_reports(walk)
    assert (earlier.code, earlier.replaced_by) == (first.code, newest.code)
    walk.answer("validate_demo_results", "validated")
    review = walk.browser("sgtd").get(
        f"/tareas/{walk.task('approve_demo_test').id}", follow_redirects=True
    )
    assert "La entidad no presentó el informe firmado" in review.text
    assert f"/archivos/{newest.file_id}" in review.text


def test_an_uploaded_report_counts_as_the_signed_copy_of_the_issued_one():
    step = steps()["validate_demo_results"]
    form = fill(step, {"decision": "validated", "report": SAMPLE_FILE}, {})
    assert form.validate()
    assert form.signed_papers() == {"demo_report": form.report.data}


@pytest.mark.nightly
def test_the_record_says_what_the_table_of_the_case_judges(walk: Walk):
    in_demo(walk)
    with walk.reading() as session:
        task = session.get_one(Task, walk.task("run_demo_test").id)
        assert records.read(Case(session, task.entity, task.instance), "demo_judged") is None
    walk.answer("run_demo_test")
    with walk.reading() as session:
        task = session.get_one(Task, walk.task("run_demo_test").id)
        judged = records.read(Case(session, task.entity, task.instance), "demo_judged")
    assert judged["sentences"] == ["La prueba está completa."]
    assert set(judged["missing"]) == {
        "visits", "operators", "corrections", "late_entries", "searches", "downloads",
    }  # fmt: skip
    assert not any(judged["missing"].values())
    assert judged["operators"] == 3


def seen(**said: Any) -> dict[str, Any]:
    return {
        "on": "2026-09-03",
        "entered_at": "2026-09-03T15:00:00+00:00",
        "left_at": "",
        "visitor": "Carla Persona Visitante",
        "official": "Julia Persona Ejemplo",
        "unit": "Mesa de partes",
        "motive": "Reunión de trabajo",
        "marks": ["Corregida"],
    } | said


def test_the_report_has_figures_verdict_and_visits_without_visitors():
    evidence = invented_evidence() | {
        "stated": {"operators": "Rosa Persona Ejemplo"},
        "notes": "Se cortó el internet.",
    }
    text = text_of(
        "demo_report",
        demo_evidence=evidence,
        demo_judged={
            "sentences": ["Faltan 3 visitas."], "missing": {"visits": ["Hay 7."]}, "operators": 4,
        },
        demo_visits={"visits": [seen(), seen(motive="#panic[x]")], "total": 40},
    )  # fmt: skip
    for words in (
        "Visitas con ingreso y salida 10 Hay 7.",
        "(constatación de Rosa Persona Ejemplo) 2 Alcanza",
        "Operadores en la relación 4",
        "Faltan 3 visitas.",
        "1 03/09/2026 10:00 Julia Persona Ejemplo Reunión de trabajo Corregida",
        "#panic[x]",
        "Y 38 visitas más.",
        "Se cortó el internet.",
        "Ana Persona Quispe Ejemplo",
    ):
        assert words in text, words
    assert "Carla" not in text
    assert "DNI" not in text

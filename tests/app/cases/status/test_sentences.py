"""A case as text, from facts that are written here: without a database and without pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest

from app.base.calendar import Calendar
from app.base.models import Deployment, Incident, ProcessInstance, Task
from app.cases.status import sentences
from app.cases.status.facts import Facts, Wait
from tests.app.walk import texts
from workflows.definition import Definition

#: Monday, eight in the morning in Lima.
MONDAY = datetime(2026, 3, 2, 13, tzinfo=UTC)
#: The end of Monday 16 March 2026 in Lima.
DUE = datetime(2026, 3, 17, 5, tzinfo=UTC)
OF_STAGE_1 = "Etapa 1 de 7. Designación del administrador."


@cache
def deployment() -> Deployment:
    """Return the diagrams and tables of the code; the id is in no database."""
    return Deployment(id=-1, hash=Definition.parse(texts()).hash, texts=texts())


def case(days: float = 0, **values: Any) -> Facts:
    """Return a case in its first stage that began on Monday, this many days later."""
    given: dict[str, Any] = {"process": "onboarding", "status": "running", "stage": "designation"}
    given |= {"holder": "entity", "holder_since_at": MONDAY, "validated": {}, "end": ""}
    row = ProcessInstance(**given | values, deployment=deployment())
    return Facts(row, MONDAY + timedelta(days=days), Calendar())


def task(facts: Facts, step: str = "designate_administrator", **values: Any) -> Task:
    """Add an open task to the case."""
    given: dict[str, Any] = {"name": step, "role": "authority", "process": "designation"}
    given |= {"stage": "designation", "state": "open", "came_as": "", "opened_at": MONDAY}
    given |= {"due_at": DUE, "due_kind": "internal", "counted_from": "opening"}
    made = Task(**given | values, step=step, instance=facts.row)
    facts.tasks.append(made)
    return made


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (0, "Lo tiene la entidad desde el 2 de marzo; vence el 16 de marzo."),
        (1, "Lo tiene la entidad desde hace 1\N{NO-BREAK SPACE}día hábil; vence el 16 de marzo."),
        (14, "Lo tiene la entidad desde hace 10\N{NO-BREAK SPACE}días hábiles; vence hoy."),
        (17, "; venció el 16 de marzo: 3\N{NO-BREAK SPACE}días hábiles de atraso."),
        (320, "; venció el 16 de marzo de 2026: "),
    ],
)
def test_it_says_who_has_a_step_since_when_and_until_when(days: int, said: str):
    facts = case(days)
    task(facts)
    text = sentences.text(facts)
    assert text.startswith(f"{OF_STAGE_1} Falta designar al administrador del registro. Lo tiene ")
    assert said in text


def test_at_the_mesa_de_partes_the_papers_are_there():
    facts = case(holder="mesa_de_partes")
    task(facts, "record_reception", role="sip", due_at=datetime(2026, 3, 6, 5, tzinfo=UTC))
    assert sentences.text(facts) == (
        f"{OF_STAGE_1} Falta que la mesa de partes reciba la designación. Está en la mesa de "
        "partes desde el 2 de marzo; registrarlo vence el 5 de marzo."
    )


def test_a_term_that_stands_still_or_is_legal_says_so():
    facts = case()
    correction = task(facts, "correct_designation", due_kind="legal")
    assert sentences.of_task(facts, correction).startswith("Falta subsanar la designación, que ")
    assert sentences.of_task(facts, correction).endswith("; vence el 16 de marzo, plazo legal.")
    correction.counted_from, correction.due_at = "notification", None
    assert sentences.of_task(facts, correction).endswith(
        "; su plazo legal corre desde que se notifique, que todavía falta."
    )
    paused = task(facts, paused_days=3)
    assert sentences.of_task(facts, paused).endswith("; su plazo está detenido.")


def test_steps_side_by_side_are_counted_with_the_set_days():
    facts = case(stage="induction")
    task(facts)
    assert "Avanzan" not in sentences.text(facts)
    facts.waits = [Wait("arrives", "training", datetime(2026, 3, 9, 13, tzinfo=UTC), frozenset())]
    assert "Avanzan dos pasos a la vez. Falta designar" in sentences.text(facts)
    assert sentences.text(facts).endswith("Se espera la última capacitación: 9 de marzo.")


@pytest.mark.parametrize(("day", "what"), sentences.DAYS.items())
def test_a_set_day_is_said_with_its_date_if_there_is_one(day: str, what: str):
    facts = case()
    known = Wait("arrives", day, datetime(2027, 1, 4, 13, tzinfo=UTC), frozenset())
    assert sentences.of_wait(facts, known) == f"Se espera {what}: 4 de enero de 2027."
    unknown = Wait("arrives", day, None, frozenset())
    assert sentences.of_wait(facts, unknown) == f"Se espera {what}."


def test_a_suspended_case_says_only_that():
    facts = case(status="suspended", suspended_at=MONDAY)
    task(facts)
    assert sentences.text(facts) == (
        f"{OF_STAGE_1} El proceso está suspendido desde el 2 de marzo: no se responde nada ni "
        "corre ningún plazo."
    )


@pytest.mark.parametrize(
    ("element", "what"),
    [("issue", "Falló una tarea del sistema («Emitir»)"), ("", "El proceso no puede continuar")],
)
def test_what_failed_is_said_with_who_solves_it(element: str, what: str):
    facts = case()
    facts.incidents = [Incident(element=element, name="Emitir", happened_at=MONDAY)]
    assert sentences.text(facts) == (
        f"{OF_STAGE_1} {what} desde el 2 de marzo: la SGTD lo resuelve y lo respondido se conserva."
    )


@pytest.mark.parametrize(
    ("validated", "said"),
    [
        (["designation"], "Se convalidó la etapa 1."),
        (["designation", "induction"], "Se convalidaron las etapas 1 y 2."),
    ],
)
def test_validated_stages_are_said_last(validated: list[str], said: str):
    facts = case(validated={stage: {"reason": "x"} for stage in validated})
    assert sentences.text(facts) == f"{OF_STAGE_1} {said}"


@pytest.mark.parametrize(("end", "said"), sentences.ENDS.items())
def test_how_a_case_ended_is_said_with_the_day(end: str, said: str):
    ended: dict[str, Any] = {"end": end, "status": "ended", "stage": "", "ended_at": MONDAY}
    assert sentences.text(case(**ended)).startswith(said.format(on="2 de marzo"))
    ended["status"] = "cancelled"
    assert sentences.text(case(**ended)) == "El proceso se anuló el 2 de marzo."


def test_a_whole_path_ends_with_the_certificate_or_a_validated_stage():
    ended: dict[str, Any] = {
        "end": "onboarding_done",
        "status": "ended",
        "stage": "",
        "ended_at": MONDAY,
    }
    facts = case(**ended)
    done = "La implementación concluyó el 2 de marzo."
    assert sentences.text(facts) == f"{done} Su última etapa se convalidó."
    signed = case(**ended)
    task(signed, "sign_certificate", state="completed", outcome="signed")
    assert sentences.text(signed) == f"{done} La constancia está firmada."


@pytest.mark.parametrize("process", sentences.SIDE_TEXTS)
def test_side_processes_follow_the_path_in_the_text(process: str):
    facts, other = case(), case(process=process, stage="")
    facts.others = [other]
    assert sentences.text(facts) == f"{OF_STAGE_1} {sentences.SIDE_TEXTS[process]}"
    other.row.status = "suspended"
    assert sentences.text(facts) == f"{OF_STAGE_1} {sentences.SUSPENDED_TEXTS[process]}"


def test_where_an_entity_stands_before_its_path_begins():
    assert sentences.of_entity([]) == sentences.NOT_BEGUN
    other = case(process="upkeep", stage="", status="suspended", suspended_at=MONDAY)
    assert sentences.of_entity([other]).startswith(f"{sentences.NOT_BEGUN} El proceso está ")

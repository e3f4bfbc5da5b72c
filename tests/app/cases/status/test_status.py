"""The status of a case as text and as a list of tasks: computed, on both databases."""

from __future__ import annotations

import pytest

import forms
from app.base import calendar
from app.cases import processes, service_tasks, status
from app.cases.custody import PARTIES, PARTY_NAMES
from app.cases.records import acceptance
from app.cases.status.sentences import DAYS, ENDS, SIDE_TEXTS, SUSPENDED_TEXTS
from tests.app.cases.status.status_texts import (
    WHY,
    held,
    listed,
    of_stages,
    states,
    status_text,
)
from tests.app.walk import Walk
from tests.conftest import Clock
from tests.workflows import real


@pytest.fixture
def tested(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> Walk:
    """Return a complete demo test, whose results are to be validated."""
    monkeypatch.setattr(acceptance, "missing", lambda *_: [])
    walk.begin_at("demo_test")
    walk.answer("run_demo_test")
    return walk


# As text --------------------------------------------------------------------------------------


@pytest.mark.nightly
def test_it_says_what_is_missing_who_has_it_since_when_and_until_when(tested: Walk, clock: Clock):
    tested.answer("validate_demo_results")
    clock.forward(days=3)
    assert status_text(tested) == (
        "Etapa 4 de 7. Prueba en el ambiente demo. Falta la conformidad de la SGTD. Lo tiene la "
        "SGTD desde hace 3\N{NO-BREAK SPACE}días hábiles; vence el 9 de marzo. Se convalidaron las "
        "etapas 1, 2 y 3."
    )


def test_it_says_for_how_long_the_case_is_in_those_hands_as_clocks_do(begun: Walk, clock: Clock):
    clock.forward(days=3)
    begun.answer("designate_administrator")
    clock.forward(days=1)
    assert ". Lo tiene la entidad desde hace 4\N{NO-BREAK SPACE}días hábiles" in status_text(begun)
    assert held(begun) == 4


def test_of_several_steps_each_says_for_how_long_it_is_open_if_the_case_came_at_another_time(
    walk: Walk, clock: Clock
):
    walk.begin_at("induction")
    clock.forward(days=3)
    assert "abierto" not in status_text(walk)
    walk.answer("choose_thematic_session", "none_suits")
    clock.forward(days=1)
    said = status_text(walk)
    assert "Lo tiene la entidad y está abierto desde hace 4\N{NO-BREAK SPACE}días hábiles" in said
    assert "Lo tiene la SIP desde hace 1\N{NO-BREAK SPACE}día hábil" in said
    assert held(walk) == 1


def test_a_step_is_open_for_as_long_as_it_is_while_the_case_is_with_who_solves_a_failure(
    begun: Walk, clock: Clock
):
    clock.forward(days=2)
    begun.commit(processes.rest, begun.id, RuntimeError("the diagram is broken"))
    clock.forward(days=1)
    assert "Lo tiene la entidad y está abierto desde hace 3\N{NO-BREAK SPACE}días" in status_text(
        begun
    )


@pytest.mark.nightly
def test_a_correction_says_that_its_term_is_legal(filed: Walk):
    filed.answer("record_reception", "received")
    filed.answer("review_designation", "observed")
    filed.acknowledge("correct_designation")
    assert "Falta subsanar la designación, que tiene observaciones." in status_text(filed)
    assert ", plazo legal" in status_text(filed)


@pytest.mark.nightly
def test_a_legal_term_that_does_not_run_yet_says_so(walk: Walk):
    with walk.writing() as session:
        walk.user(session, "preparer").email = ""
    walk.begin_filed()
    walk.answer("record_reception", "received")
    walk.answer("review_designation", "observed")
    assert "su plazo legal corre desde que se notifique, que todavía falta" in status_text(walk)


@pytest.mark.nightly
def test_what_came_back_says_so(tested: Walk):
    tested.answer("validate_demo_results")
    tested.answer("approve_demo_test", "observed")
    assert (
        "Falta realizar la prueba en el ambiente demo. La SGTD observó la prueba."
        in status_text(tested)
    )


@pytest.mark.nightly
def test_branches_are_listed_together_and_a_set_day_with_its_date(walk: Walk):
    walk.begin_at("induction")
    assert "Avanzan dos pasos a la vez. Falta elegir" in status_text(walk)
    walk.answer("choose_thematic_session", "none_suits")
    walk.answer("schedule_thematic_induction")
    said = status_text(walk)
    assert "Falta elegir la sesión de inducción técnica." in said
    waits = walk.waiting()["thematic_session_arrives"]
    on = status.sentences.day(calendar.lima_day(waits), calendar.now())
    assert f"Se espera la sesión de inducción temática: {on}." in said


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("stage", "step", "timer", "what"),
    [
        ("training", "plan_training", "last_training_arrives", "la última capacitación"),
        ("production", "load_production_personnel", "go_live_arrives", "el día de salida en vivo"),
    ],
)
def test_every_set_day_has_a_text(walk: Walk, clock: Clock, stage, step, timer, what):
    walk.begin_at(stage)
    walk.answer(step)
    on = status.sentences.day(calendar.lima_day(walk.waiting()[timer]), calendar.now())
    assert f". Se espera {what}: {on}." in status_text(walk)
    assert "Falta" not in status_text(walk)
    clock.set(walk.waiting()[timer])
    walk.tick()
    assert "Se espera" not in status_text(walk)


def test_a_suspended_case_says_only_that(begun: Walk):
    begun.act(processes.suspend, WHY)
    assert status_text(begun) == (
        "Etapa 1 de 7. Designación del administrador. El proceso está suspendido desde el 2 de "
        "marzo: no se responde nada ni corre ningún plazo."
    )
    assert of_stages(begun)[0] == "suspended"


@pytest.mark.nightly
def test_a_suspended_side_process_is_named_and_is_no_next_step(walk: Walk):
    walk.begin_at("training")
    other = walk.begin("change_authority")
    link = f'href="/tareas/{walk.task("register_authority_change", other).id}"'
    assert link in walk.browser("preparer").get("/entidades/E90001").text
    walk.act(processes.suspend, WHY, on=other)
    assert "Está suspendido un cambio de autoridad." in status_text(walk)
    assert "Falta registrar" not in status_text(walk)
    page = walk.browser("preparer").get("/entidades/E90001").text
    assert link not in page
    assert set(SUSPENDED_TEXTS) == set(SIDE_TEXTS)


def test_a_failure_is_named_with_who_resolves_it(walk: Walk, monkeypatch):
    def fails(*_: object) -> None:
        raise RuntimeError

    walk.begin()
    for step in ("designate_administrator", "list_personnel"):
        if step == "list_personnel":
            monkeypatch.setattr(service_tasks, "perform", fails)
        walk.answer(step)
    assert status_text(walk).endswith(
        "Falló una tarea del sistema («Emitir los documentos de la designación») desde el 2 de "
        "marzo: la SGTD lo resuelve y lo respondido se conserva."
    )


@pytest.mark.nightly
def test_a_follow_up_is_shown_in_addition_to_the_stage(walk: Walk, clock: Clock):
    walk.begin_at("demo_test")
    clock.forward(days=60)
    walk.tick()
    said = status_text(walk)
    assert (
        "La etapa dura más de lo previsto y tiene seguimiento. Falta llamar a la entidad." in said
    )
    assert listed(walk)[-1].id == "follow_up"
    walk.answer("call_entity", "agreed")
    on = status.sentences.day(calendar.lima_day(walk.waiting()["call_day_arrives"]), calendar.now())
    assert f"Se espera el día que se acordó por teléfono: {on}." in status_text(walk)
    assert listed(walk)[-1].state == "awaiting_date"


@pytest.mark.nightly
def test_after_three_letters_the_report_is_mentioned(walk: Walk, clock: Clock):
    walk.begin_at("demo_test")
    clock.forward(days=60)
    for _ in range(3):
        walk.tick()
        walk.answer("call_entity", "no_agreement")
        walk.answer("draft_letter")
        walk.answer("sign_letter", "signed")
        clock.forward(days=20)
    walk.tick()
    assert "se hizo el comunicado" not in status_text(walk)
    clock.forward(days=10)
    walk.tick()
    assert "Falta la firma de la comunicación al órgano de control." in status_text(walk)
    walk.answer("sign_control_notice", "signed")
    assert "se hizo el comunicado al órgano de control" in status_text(walk)
    assert "called.ended" in walk.log()
    assert len(listed(walk)) == 7


def test_while_another_administrator_is_designated_steps_stand_still(walk: Walk):
    walk.begin_at("training")
    again = walk.begin("redesignation")
    said = status_text(walk)
    assert "; su plazo está detenido." in said
    assert SIDE_TEXTS["redesignation"] in said
    assert said.endswith("Lo tiene la entidad desde el 2 de marzo; vence el 16 de marzo.")
    assert states(walk, "training")["plan_training"] == "awaiting_date"
    side = states(walk, "redesignation")
    assert side["designate_administrator"] == "pending"
    assert "list_personnel" not in side
    assert status_text(walk, again).startswith("Falta designar al administrador del registro.")


@pytest.mark.nightly
def test_the_end_is_shown_with_its_result(walk: Walk):
    walk.begin_at("interest_acts")
    for step in (
        "enable_interest_acts",
        "define_decision_makers",
        "approve_decision_makers",
        "train_decision_makers",
        "close_onboarding",
        "sign_certificate",
    ):
        walk.answer(step)
    assert (
        status_text(walk) == "La implementación concluyó el 2 de marzo. La constancia está firmada."
    )
    assert of_stages(walk) == ["validated"] * 6 + ["accepted"]


@pytest.mark.nightly
def test_out_of_scope_is_shown_with_its_ground(filed: Walk):
    filed.answer("record_reception", "received")
    filed.answer("review_designation", "out_of_scope")
    assert status_text(filed).startswith(
        "Terminó el 2 de marzo: no corresponde que la entidad implemente el registro. Causal: la "
        "entidad "
    )
    assert set(of_stages(filed)) == {"out_of_scope"}


@pytest.mark.nightly
def test_a_cancelled_case_keeps_what_was_done(tested: Walk):
    tested.act(processes.cancel, WHY)
    assert status_text(tested) == "El proceso se anuló el 2 de marzo."
    assert of_stages(tested)[:4] == ["validated"] * 3 + ["cancelled"]
    assert states(tested, "demo_test")["run_demo_test"] == "accepted"
    assert states(tested, "demo_test")["validate_demo_results"] == "cancelled"


@pytest.mark.parametrize(
    ("process", "days", "end"),
    [("change_authority", 90, "sin registrar"), ("upkeep", 90, "sin confirmar")],
)
def test_an_unanswered_process_is_shown_as_it_ended(walk: Walk, clock: Clock, process, days, end):
    walk.begin_at("interest_acts")
    walk.open_production()
    instance = walk.begin(process)
    clock.forward(days=days)
    walk.tick()
    assert walk.row(instance).status == "ended"
    assert end in status_text(walk, instance)


# Everything has a text ------------------------------------------------------------------------


def test_every_step_day_end_process_and_party_has_its_words():
    definition = real.definition()
    assert set(DAYS) == real.CONTRACT.days
    nodes = [node for drawing in definition.drawings for node in drawing.nodes]
    whole = {"onboarding", "redesignation", "change_authority", "change_personnel"}
    whole |= {"register_follow_up", "upkeep"}
    ends = {node.id for node in nodes if node.kind == "endEvent" and node.process in whole}
    assert ends == set(ENDS)
    assert set(SIDE_TEXTS) == whole
    assert set(PARTY_NAMES) == {*PARTIES, "secretary"}
    columns = [PARTY_NAMES[party].column for party in PARTIES]
    assert len(set(columns) - {""}) == len(PARTIES)
    for step in definition.user_tasks:
        assert forms.steps()[step].lacks

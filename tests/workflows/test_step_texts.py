"""The real diagrams in words: the texts cover everything drawn, as it is drawn."""

import pytest

from tests.workflows import real
from tests.workflows.sketch import bpmn
from workflows.definition import Definition
from workflows.paths import stops_before_waits, stops_of
from workflows.step_texts import StepText, steps_of

PROCESSES = sorted(real.definition().processes)


def texts(process: str, purpose: str = "") -> dict[str, StepText]:
    return {one.id: one for one in steps_of(real.definition(), process, purpose)}


def main_tasks(process: str, purpose: str) -> list[str]:
    steps = steps_of(real.definition(), process, purpose)
    return [one.id for one in steps if one.main and one.kind == "userTask"]


@pytest.mark.parametrize("process", PROCESSES)
def test_the_texts_cover_every_node_and_every_flow(process):
    definition = real.definition()
    stops = stops_of(definition, process)
    on_ways = {key for stop in stops for way in stop.ways for key in way.along}
    nodes = {n.id for d in definition.drawings for n in d.nodes if n.process == process}
    containers = {process} | {stop.node.id for stop in stops}
    flows = {f.id for d in definition.drawings for f in d.flows if f.container in containers}
    assert nodes == {stop.node.id for stop in stops} | (on_ways - flows)
    assert flows == on_ways & flows


@pytest.mark.parametrize("process", PROCESSES)
def test_every_text_has_words_and_leads_on_or_ends(process):
    for one in steps_of(real.definition(), process):
        assert one.name
        assert one.name != one.id
        assert one.follows, one.id
        for way in one.follows:
            assert str(way)[-1] == "."
            assert "«»" not in str(way)
        assert f"«{one.name}»" in one.text


def test_every_question_has_a_text_for_each_answer():
    for drawing in real.definition().drawings:
        for node in drawing.nodes:
            out = [flow for flow in drawing.flows if flow.source == node.id]
            if node.kind != "exclusiveGateway" or len(out) < 2 or node.id.endswith("_is_validated"):
                continue
            follows = [str(way) for one in texts(node.process).values() for way in one.follows]
            for flow in out:
                assert any(f"{node.name} {flow.name}" in text for text in follows), flow.id


def test_an_observation_is_described_as_a_return():
    assert texts("demo_test")["approve_demo_test"].text == (
        "«Revisar la prueba» (Secretaría de Gobierno y Transformación Digital). "
        "¿Conforme? Sí: termina con «Prueba conforme». "
        "Se observa: vuelve a «Realizar la prueba en el ambiente demo»."
    )


def test_a_lapse_is_described_next_to_the_answer():
    follows = [str(way) for way in texts("designation")["correct_designation"].follows]
    assert follows == [
        "¿Quién observó? La mesa de partes: vuelve a «Registrar la recepción en mesa de partes».",
        "¿Quién observó? La revisión: vuelve a «Revisar la designación».",
        "Si antes ocurre «Vence el plazo legal». ¿Tercer vencimiento? Sí: el sistema hace "
        "«Adelantar el seguimiento».",
        "Si antes ocurre «Vence el plazo legal». ¿Tercer vencimiento? No: vuelve a «Designar al "
        "administrador (SIP-RVL-001)».",
    ]


def test_branches_are_described_one_after_the_other_and_join():
    induction = texts("induction")
    assert str(induction["induction_starts"].follows[0]) == (
        "Siguen a la vez «Elegir la sesión de inducción temática» y «Elegir la sesión de "
        "inducción técnica»."
    )
    assert "¿Asistió? Sí: cuando también llega lo demás, termina con «Inducción concluida»." in [
        str(way) for way in induction["record_thematic_induction"].follows
    ]
    order = [key for key, one in induction.items() if one.kind == "userTask"]
    assert order == [
        "choose_thematic_session",
        "schedule_thematic_induction",
        "record_thematic_induction",
        "choose_technical_session",
        "schedule_technical_induction",
        "record_technical_induction",
        "load_demo_personnel",
    ]


def test_a_validated_stage_is_described_as_skipped():
    assert texts("onboarding")["stage_training"].text == (
        "Empieza «Capacitación del personal». Empieza «Prueba en el ambiente demo». "
        "Si ya está convalidada, se salta: empieza «Prueba en el ambiente demo». "
        "Si antes ocurre «Etapa convalidada»: empieza «Prueba en el ambiente demo»."
    )


def test_the_main_path_leaves_out_corrections():
    assert main_tasks("designation", "onboarding") == [
        "designate_administrator",
        "list_personnel",
        "file_designation",
        "record_reception",
        "review_designation",
    ]
    assert main_tasks("designation", "redesignation") == [
        "designate_administrator",
        "file_designation",
        "record_reception",
        "review_designation",
    ]


def test_the_stages_are_described_in_their_order():
    calls = [one for one in steps_of(real.definition(), "onboarding") if one.kind == "callActivity"]
    assert [one.id for one in calls] == [f"stage_{key}" for key in real.definition().stages]
    assert all(one.main for one in calls)


def test_each_step_of_the_main_path_comes_before_the_next():
    for process in PROCESSES:
        stops = stops_of(real.definition(), process, "onboarding")
        order = {stop.node.id: stop.order for stop in stops}
        assert sorted(order.values()) == list(range(1, len(stops) + 1))
        for stop in stops:
            for way in stop.ways:
                assert way.back or order[way.to] > order[stop.node.id], way.along


def test_a_process_that_is_not_drawn_has_no_texts():
    with pytest.raises(KeyError):
        steps_of(real.definition(), "nothing")


def test_an_answer_without_a_label_is_described_by_its_target():
    sketched = bpmn(
        """
        process small "Pequeño"
        start begin
        user ask lane=Entidad name=Preguntar
        end good
        end bad
        xor asked
        begin -> ask -> asked
        asked -> good: outcome("ask") == "done"
        asked => bad
        """
    )
    definition = Definition.parse({"small.bpmn": sketched})
    (ask,) = [one for one in steps_of(definition, "small") if one.id == "ask"]
    assert [way.then for way in ask.follows] == ["termina con «good»", "termina con «bad»"]


def test_a_wait_begins_where_what_comes_before_it_ends():
    before = stops_before_waits(real.definition())
    assert before["last_training_arrives"] == {"plan_training"}
    assert before["go_live_arrives"] == {"open_production_accounts"}
    assert "training_overdue" in before["five_days_pass"], "where the process is called"
    assert "follow_up_starts" not in before["five_days_pass"]

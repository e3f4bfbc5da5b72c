"""What gateways without a name are called: by where they are, never by their id."""

from __future__ import annotations

import re

from tests.workflows import real
from tests.workflows.sketch import bpmn
from workflows.definition import Definition

NAMES = real.definition().gateway_names


def test_a_join_is_called_by_what_it_leads_to_and_a_fork_by_what_leads_to_it():
    assert NAMES["induction_joins"] == "la unión antes de “Inducción concluida”"
    assert NAMES["induction_forks"] == "la bifurcación después de “Inicia la inducción”"


def test_a_gateway_with_a_name_keeps_it():
    questions = {
        node.id
        for drawing in real.definition().drawings
        for node in drawing.nodes
        if node.kind.endswith("Gateway") and node.name
    }
    assert questions
    assert not questions & NAMES.keys()


def test_a_join_that_leads_to_another_one_is_called_by_what_leads_to_it():
    join = "la unión antes de “Designar al administrador (SIP-RVL-001)”"
    assert NAMES["designate_administrator_again"] == join
    returns = "la unión después de “¿Tercer vencimiento?”"
    assert NAMES["designate_administrator_returns"] == returns


def test_joins_before_questions_of_one_name_are_called_by_what_follows_those():
    assert NAMES["designation_passed"] == "la unión antes de “Inducción temática y técnica”"
    assert NAMES["training_passed"] == "la unión antes de “Prueba en el ambiente demo”"


def test_no_two_gateways_of_a_process_are_called_the_same():
    process_of = real.definition().process_of
    called = [(process_of(key), words) for key, words in NAMES.items()]
    assert len(called) == len(set(called)) == len(NAMES)


def test_gateways_without_any_named_element_are_called_what_they_are():
    text = """
process onboarding "Implementación"
start onboarding_starts
xor back
stop onboarding_done
onboarding_starts -> back -> onboarding_done
"""
    drawn = re.sub(r' name="(onboarding_starts|onboarding_done|Back)"', "", bpmn(text))
    definition = Definition.parse({"onboarding.bpmn": drawn})
    assert definition.gateway_names["back"] == "la unión de los caminos"

"""The outcomes as gateways read them."""

import pytest

from tests.workflows.sketch import bpmn
from tests.workflows.walking import Walk
from workflows.definition import Definition

OUTER = """
process outer "Afuera"
start s
user before
call inside inner
user after
xor again
end over
s -> before -> inside -> after -> again
again -> inside: outcome("after") == "again"
again => over
"""
INNER = """
process inner "Adentro"
start inner_s
user work
xor enough
user asked
end worked
inner_s -> work -> enough
enough -> asked: {}
enough => worked
asked -> work
"""


def walk(condition: str) -> Walk:
    texts = {"outer.bpmn": bpmn(OUTER), "inner.bpmn": bpmn(INNER.format(condition))}
    return Walk(Definition.parse(texts), "outer")


def test_an_outcome_is_empty_while_there_is_none():
    assert walk('outcome("after") == ""').do("before").do("work").steps == ["asked"]


def test_an_outcome_is_the_latest_of_the_whole_instance():
    running = walk('outcome("before") == "yes" and outcome("work") == "more"')
    assert running.do("before", "yes").do("work", "more").steps == ["asked"]
    assert running.do("asked").do("work", "less").steps == ["after"]


def test_a_count_belongs_to_the_occurrence_of_the_gateway():
    running = walk('count("work", "more") < 2').do("before")
    assert running.do("work", "more").steps == ["asked"]
    assert running.do("asked").do("work", "more").steps == ["after"]
    assert running.do("after", "again").do("work", "more").steps == ["asked"]


def test_a_count_excludes_the_calling_process():
    assert walk('count("before", "done") >= 1').do("before").do("work").steps == ["after"]


def test_a_count_includes_called_processes():
    outer = OUTER.replace('outcome("after") == "again"', 'count("work", "more") < 2')
    inner = INNER.format('outcome("work") == "never"')
    texts = {"outer.bpmn": bpmn(outer), "inner.bpmn": bpmn(inner)}
    running = Walk(Definition.parse(texts), "outer").all("before done", "work more", "after done")
    assert running.steps == ["work"]
    assert running.all("work more", "after done").ended == "over"


def test_a_count_can_restart_at_another_step():
    running = walk('count("work", "more", since="asked") < 2').do("before")
    for _ in range(3):
        assert running.do("work", "more").steps == ["asked"]
        running.do("asked")


@pytest.mark.parametrize(
    ("who", "steps"), [("sip", ["asked"]), ("sgtd", ["asked"]), ("entity", ["after"])]
)
def test_an_expression_can_test_membership_in_a_list(who, steps):
    running = walk('holder() in ("sip", "sgtd") and not purpose() == "upkeep"')
    running.world.who = who
    assert running.do("before").do("work").steps == steps


def test_a_join_keeps_the_outcomes_of_the_first_branch():
    text = """
    process fork "Bifurcación"
    start s
    and f
    user a
    user b
    and j
    xor both
    end yes
    end no
    s -> f -> a -> j
    f -> b -> j
    j -> both
    both -> yes: outcome("a") == "one" and outcome("b") == "two"
    both => no
    """
    definition = Definition.parse({"fork.bpmn": bpmn(text)})
    assert Walk(definition, "fork").do("a", "one").do("b", "two").ended == "yes"
    assert Walk(definition, "fork").do("b", "two").do("a", "one").ended == "yes"

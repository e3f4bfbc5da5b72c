"""The names that conditions and timers may read, and the faults in them."""

import pytest

from tests.workflows.changed import SKETCHES, drawn, faults, found, sketched
from tests.workflows.sketch import bpmn


@pytest.mark.parametrize(
    ("timer", "words"),
    [
        ("", "<timeDate>"),
        ('"P5D"', "one call of"),
        ("P5D", "one call of"),
        ("2026-01-05", "not an expression"),
        ("5 days", "not an expression"),
        ("working_days()", "plain value"),
        ("working_days(5, 6)", "plain value"),
        ("working_days(0)", "from 1 to"),
        ("working_days(-1)", "plain value"),
        ("working_days(1.5)", "from 1 to"),
        ("working_days(True)", "from 1 to"),
        ('working_days("5")', "from 1 to"),
        ("working_days(n)", "plain value"),
        ("working_days(1) + working_days(2)", "one call of"),
        ("working_days(n=1)", "plain value"),
        ('due("nobody")', "no user task"),
        ('due("open_accounts")', "no user task"),
        ("due(correct)", "plain value"),
        ('day_of("easter")', "not known"),
        ('outcome("review")', "not outcome"),
        ("now()", "plain value"),
        ("__import__('os')", "not __import__"),
    ],
)
def test_a_timer_with_an_unknown_expression_is_refused(timer, words):
    texts = drawn("designation", ('due("correct")', timer.replace("<", "&lt;")))
    assert found(texts, "correct_lapses", words), faults(texts)


@pytest.mark.parametrize("kind", ["timeDuration", "timeCycle"])
def test_durations_and_cycles_are_refused(kind):
    texts = drawn("designation", ("<timeDate>", f"<{kind}>"), ("</timeDate>", f"</{kind}>"))
    assert found(texts, "correct_lapses", "no duration and no cycle")


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("(", "not an expression"),
        ("accepted", "the name “accepted”"),
        ('review == "observed"', "the name “review”"),
        ('data["review"] == "observed"', "not an expression"),
        ('outcome("nobody") == "observed"', "no user or service task"),
        ('outcome("reviewed") == "observed"', "no user or service task"),
        ('outcome("review") == "perfect"', "can never come"),
        ('"perfect" == outcome("review")', "can never come"),
        ('outcome("review") == "lapsed"', "can never come"),
        ('outcome("review") in ("observed", "perfect")', "can never come"),
        ('outcome("review") == 1', "cannot be compared"),
        ('outcome("review") < "observed"', "not a number"),
        ('outcome("review")', "neither true nor false"),
        ('not outcome("review")', "as true or false"),
        ('outcome("review") == "observed" and count("review", "observed")', "as true or false"),
        ("outcome(review) == 'observed'", "plain value"),
        ("outcome() == 'observed'", "plain value"),
        ('outcome("review", since="file") == "observed"', "more than it takes"),
        ('count("review", "perfect") > 1', "can never come"),
        ('count("nobody", "observed") > 1', "no user or service task"),
        ('count("review", "observed", since="nobody") > 1', "no user or service task"),
        ('count("review", "observed", until="file") > 1', "more than it takes"),
        ('count("review") > 1', "plain values"),
        ('count("review", "observed") > "1"', "cannot be compared"),
        ('count("review", "observed") in "12"', "no list"),
        ('validated("follow_up")', "the stage"),
        ('validated("nothing")', "the stage"),
        ('purpose() == "fun"', "can never come"),
        ('purpose("x") == "onboarding"', "plain values"),
        ('holder() == "nobody"', "can never come"),
        ("working_days(3) > 1", "not offered"),
        ('open("x") == "y"', "not offered"),
        ('"a" == "a"', "two constants"),
        ("True", "not offered"),
        ("1", "neither true nor false"),
        ("outcome.__self__ == 1", "not an expression"),
        ("(lambda: 1)() == 1", "not an expression"),
        ('outcome("review") is "observed"', "not an expression"),
        ('count("review", "observed") + 1 > 2', "not offered"),
        ('validated("designation") == validated("designation")', "cannot be compared"),
    ],
)
def test_a_condition_with_an_unknown_expression_is_refused(condition, words):
    texts = sketched("designation", ('outcome("review") == "observed"', condition))
    assert any("condition" in s and words in s for _, _, s in faults(texts)), faults(texts)


@pytest.mark.parametrize(
    "condition",
    [
        'outcome("correct") == "lapsed"',
        'outcome("review") == ""',
        'outcome("open_accounts") != "done"',
        'outcome("review") in ("observed", "accepted") or not validated("induction")',
        '1 <= count("correct", "lapsed", since="file") < 3',
        'purpose() == "redesignation" and holder() not in ["sip", "both"]',
        '\n  outcome("review")\n  == "observed" ',
    ],
)
def test_conditions_with_the_offered_functions_are_accepted(condition):
    quoted = bpmn(SKETCHES["designation"]).replace(
        'outcome("review") == "observed"', condition.replace("<", "&lt;")
    )
    assert faults({"designation.bpmn": quoted}) == []

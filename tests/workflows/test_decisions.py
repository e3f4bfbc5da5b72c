"""Evaluate decision tables, the real ones and small ones."""

from decimal import Decimal

import pytest

from tests.workflows import real
from workflows.decisions import decide, decide_one, rows
from workflows.definition import Definition
from workflows.drawing import read_xml
from workflows.tables import BadTable, UnknownTable, read_table

EVIDENCE = {
    "visits": 10,
    "roster_operators": 4,
    "operators": 2,
    "corrections": 1,
    "late_entries": 1,
    "searches": 1,
    "downloads": 1,
}


def table(*lines: str, inputs: tuple[str, ...] = ("x",), policy: str = "FIRST") -> str:
    """Return a table named `t`; a line is the cells of a row, the last one its output."""
    rules = ""
    for n, line in enumerate(lines):
        *cells, output = (cell.strip() for cell in line.split("|"))
        rules += f'<rule id="r{n}">' + "".join(
            f'<inputEntry id="i{n}_{k}"><text><![CDATA[{cell}]]></text></inputEntry>'
            for k, cell in enumerate(cells)
        )
        rules += f'<outputEntry id="o{n}"><text>{output}</text></outputEntry></rule>'
    columns = "".join(
        f'<input id="in{k}"><inputExpression id="e{k}"><text>{name}</text></inputExpression>'
        "</input>"
        for k, name in enumerate(inputs)
    )
    return (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" '
        f'namespace="n"><decision id="t" name="t"><decisionTable id="tt" hitPolicy="{policy}">'
        f'{columns}<output id="out" name="y"/>{rules}</decisionTable></decision></definitions>'
    )


def ask(text: str, **inputs: object) -> list[object]:
    return [row["y"] for row in decide(Definition.parse({"t.dmn": text}), "t", inputs)]


@pytest.mark.parametrize(
    ("cell", "yes", "no"),
    [
        ('"a"', "a", "b"),
        ("3", 3, 4),
        ("3", 3.0, 2.9),
        ("-3", -3, 3),
        ("true", True, False),
        ("null", None, 0),
        (">= 3", 3, 2),
        ("< 3", Decimal("2.5"), 3),
        ("= 3", 3, 4),
        ("? > 1 and ? < 5", 4, 5),
        ("2 < ? < 4", 3, 4),
        ('? in ("a", "b?")', "b?", "c"),
        ("? >= min(2, other)", 1, 0),
    ],
)
def test_a_cell_is_a_value_or_a_test(cell, yes, no):
    text = table(f"{cell} | - | 1", "- | - | 2", inputs=("x", "other"))
    assert ask(text, x=yes, other=1) == [1]
    assert ask(text, x=no, other=1) == [2]


def test_an_input_can_be_an_expression():
    text = table(">= 5 | 1", "- | 2", inputs=("x + z",))
    assert (ask(text, x=2, z=3), ask(text, x=2, z=2)) == ([1], [2])


def test_one_row_is_returned_unless_the_table_collects():
    lines = (">= 1 | 1", ">= 2 | 2", ">= 3 | 3")
    assert ask(table(*lines), x=2) == [1]
    assert ask(table(*lines, policy="COLLECT"), x=2) == [1, 2]
    assert ask(table(*lines), x=0) == []


@pytest.mark.parametrize(
    "cell", ['"a", "b"', "[1..5]", "x + 1", "unknown < ?", "? .real", "not a cell", "date(1)"]
)
def test_a_cell_that_means_something_else_in_feel_is_refused(cell):
    with pytest.raises(BadTable):
        read_table(read_xml(table(f"{cell} | 1")))


def test_an_output_is_a_value():
    with pytest.raises(BadTable, match="not a value"):
        read_table(read_xml(table("1 | x + 1")))


@pytest.mark.parametrize("policy", ["ANY", "PRIORITY", "RULE ORDER"])
def test_an_unsupported_hit_policy_is_refused(policy):
    with pytest.raises(BadTable, match="hit policy"):
        read_table(read_xml(table("1 | 1", policy=policy)))


def test_a_row_without_a_cell_is_refused():
    with pytest.raises(BadTable, match="cell per column"):
        read_table(read_xml(table("1 | 1", inputs=("x", "z"))))


def test_a_missing_input_is_reported():
    with pytest.raises(BadTable, match="missing"):
        ask(table("1 | 1", inputs=("missing",)), x=1)


def test_a_value_that_cannot_be_compared_is_reported():
    with pytest.raises(BadTable, match="cannot be asked"):
        ask(table("> 1 | 1"), x="a")


def test_an_unknown_table_is_reported():
    with pytest.raises(UnknownTable):
        decide(real.definition(), "nothing", {})


def test_the_deadline_of_a_step_is_found():
    row = decide_one(real.definition(), "deadlines", {"step": "correct_designation"})
    assert (row["days"], row["kind"]) == (2, "legal")
    assert decide_one(real.definition(), "deadlines", {"step": "nothing"}) == {}


def test_every_user_task_has_its_row_and_legal_deadlines_are_of_two_days():
    found = {row["step"]: row for row in rows(real.definition(), "deadlines")}
    assert found.keys() == real.definition().user_tasks.keys() | real.CONTRACT.terms
    tasks = real.definition().user_tasks
    legal = {
        step: row["days"] for step, row in found.items() if row["kind"] == "legal" and step in tasks
    }
    assert legal == {"correct_designation": 2, "correct_personnel": 2}


@pytest.mark.parametrize(
    ("less", "accepted"),
    [
        ({}, True),
        ({"visits": 9}, False),
        ({"operators": 1}, False),
        ({"operators": 1, "roster_operators": 1}, True),
        ({"corrections": 0}, False),
        ({"late_entries": 0}, False),
        ({"searches": 0}, False),
        ({"downloads": 0}, False),
    ],
)
def test_the_demo_test_is_accepted_by_its_table(less, accepted):
    found = decide(real.definition(), "demo_acceptance", EVIDENCE | less)
    assert {row["accepted"] for row in found} == {accepted}
    assert all(row["sentence"] for row in found)


@pytest.mark.parametrize("group", ["técnico", "administrativo"])
@pytest.mark.parametrize(
    ("expected", "attended", "accepted"),
    [
        (0, 0, True),
        (1, 1, True),
        (1, 0, False),
        (2, 1, True),
        (9, 8, True),
        (9, 7, False),
        (10, 9, True),
        (10, 8, False),
        (11, 10, True),
        (11, 9, False),
        (500, 450, True),
    ],
)
def test_the_training_is_accepted_by_its_table(group, expected, attended, accepted):
    inputs = {"group": group, "expected": expected, "attended": attended}
    assert decide_one(real.definition(), "training_acceptance", inputs)["accepted"] is accepted

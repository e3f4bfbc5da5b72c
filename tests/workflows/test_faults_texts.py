"""Texts of diagrams and tables that are too long, in another language, or cannot be calculated."""

import pytest

from tests.workflows import small
from tests.workflows.changed import altered, drawn, faults
from tests.workflows.test_decisions import table
from workflows.definition import Definition, findings_of
from workflows.drawing import DMN
from workflows.tables import BadTable

DEADLINES = small.TEXTS["deadlines.dmn"]


def of_table(text: str) -> list[str]:
    """Return the faults of one more table: element and sentence."""
    return [f"{e}: {sentence}" for file, e, sentence in faults({"t.dmn": text}) if file == "t.dmn"]


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        (f'"{"a" * 9_998}"', "Its text has 10000 characters; at most 1000 are allowed."),
        ("? > " + "9" * 501, "An expression has at most 500 characters."),
        ("? > round(5.5)", "uses round, which is no input"),
        ("? > abs(-1)", "uses abs, which is no input"),
        ("len(?) > 1", "uses len, which is no input"),
        ("? > x(2)", "Function 'x' not defined"),
        ('? > "a" * 9', "calculates with something that is not a number"),
        ("? in (1, 2) * 9", "calculates with something that is not a number"),
        ('? == "%999999999d" % 1', "calculates with something that is not a number"),
        ("? > 9999999 * 9999999 * 9999999", "the result is too large"),
        ("? < 10 / z", "division by zero"),
        ("? > min(())", "“? > min(())” cannot be asked of 0"),
        ("? ** 9 > 1", "uses Pow, which is not offered"),
        ("9" * 17, "is neither a value nor a test"),
    ],
)
def test_a_cell_that_cannot_be_calculated_is_refused_by_table_and_cell(cell: str, words: str):
    (fault,) = of_table(table(f"- | {cell} | 1", inputs=("z", "x")))
    assert fault.startswith("i0_1: ")
    assert words in fault


@pytest.mark.parametrize("function", ["sum(x)", "date(x)", "round(x)"])
def test_an_input_that_calls_an_unknown_function_is_refused(function: str):
    (fault,) = of_table(table("1 | 1", inputs=(function,)))
    assert fault.startswith("t: It cannot be calculated: table t: ")


def test_a_cell_is_tried_with_values_of_the_declared_type_or_else_of_any():
    text = table('? > "b" | 1')
    assert of_table(text) == []
    typed = text.replace('<inputExpression id="e0">', '<inputExpression id="e0" typeRef="number">')
    assert of_table(typed) == ['i0_0: It cannot be calculated: “? > "b"” cannot be asked of 0.']


def test_a_division_by_zero_at_work_is_an_error_of_the_table():
    definition = Definition.parse({"t.dmn": table("? > 1 / x | 1")})
    with pytest.raises(BadTable, match="division by zero"):
        definition.table("t").decide({"x": 0})


LONG = "a" * 201
FORMAL = (
    'conditionExpression xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xsi:type="tFormalExpression"'
)


@pytest.mark.parametrize(
    ("old", "new", "element"),
    [
        ('name="Plazos" n', f'name="{LONG}" n', "deadlines_file"),
        ('name="Plazos"><', f'name="{LONG}"><', "deadlines"),
        ('<input id="in"', f'<input id="in" label="{LONG}"', "in"),
        ('name="days"', f'name="days" label="{LONG}"', "out"),
        ('id="rule_file"', f'id="rule_file" label="{LONG}"', "rule_file"),
        ('id="rule_file"', f'id="{LONG}"', LONG[:200]),
    ],
)
def test_a_name_in_a_table_has_at_most_200_characters(old: str, new: str, element: str):
    ((_, key, sentence),) = faults({"deadlines.dmn": DEADLINES.replace(old, new)})
    assert key == element
    assert sentence.endswith(" has 201 characters; at most 200 are allowed.")


def test_a_name_and_a_condition_of_a_diagram_have_a_limit():
    assert faults(altered("designation", "file", name=LONG)) == [
        ("designation.bpmn", "file", "Its name has 201 characters; at most 200 are allowed.")
    ]
    long = drawn("designation", ('== "observed', f'== {" " * 500}"observed'))
    assert any("at most 500 are allowed" in sentence for _, _, sentence in faults(long))


@pytest.mark.parametrize(
    ("file", "element", "attribute"),
    [
        ("deadlines.dmn", "definitions", "expressionLanguage"),
        ("deadlines.dmn", "inputExpression", "expressionLanguage"),
        ("deadlines.dmn", "inputEntry", "expressionLanguage"),
        ("designation.bpmn", "definitions", "expressionLanguage"),
        ("designation.bpmn", FORMAL, "language"),
    ],
)
def test_an_expression_in_another_language_is_refused(file: str, element: str, attribute: str):
    def declared(language: str) -> list[str]:
        new = f'<{element} {attribute}="{language}"'
        text = small.TEXTS[file].replace(f"<{element.split(maxsplit=1)[0]}", new, 1)
        return [sentence for _, _, sentence in faults({file: text})]

    for language in ("juel", "groovy", "javascript", "", "http://www.w3.org/1999/XPath"):
        assert declared(language) == [f"The expression language “{language}” is not supported."]
    ours = ["python", "FEEL", "https://www.omg.org/spec/DMN/20191111/FEEL/"]
    for language in ours if file.endswith(".dmn") else ours[:1]:
        assert declared(language) == []


@pytest.mark.parametrize(
    "namespace",
    [
        "http://www.omg.org/spec/DMN/20180521/MODEL/",
        "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
        "https://www.omg.org/spec/DMN/20211108/MODEL/",
        "https://www.omg.org/spec/DMN/20230324/MODEL/",
        "",
    ],
)
def test_a_table_of_another_version_of_dmn_is_refused(namespace: str):
    found = faults({"deadlines.dmn": DEADLINES.replace(DMN, namespace)})
    assert found == [("deadlines.dmn", "", "It is not a document of BPMN 2.0 or DMN 1.3.")]


def test_a_part_of_a_table_that_the_engine_ignores_is_refused():
    default = (
        '<output id="out" name="y"><defaultOutputEntry><text>1</text></defaultOutputEntry></output>'
    )
    text = table("1 | 1").replace('<output id="out" name="y"/>', default)
    assert of_table(text) == ["out: “defaultOutputEntry” is not supported."]


def test_versions_that_have_live_cases_are_exempt_from_limits():
    text = DEADLINES.replace('id="rule_file"', f'id="rule_file" label="{LONG}"')
    texts = {**small.TEXTS, "deadlines.dmn": text}
    assert findings_of(texts, small.CONTRACT, live=True).faults == ()

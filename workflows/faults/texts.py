"""Check the texts of diagrams and tables: length, language, and what the cells calculate."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lxml import etree

from workflows.contract import Fault
from workflows.drawing import DMN, id_of, local_name
from workflows.expressions import LONGEST, WORDS
from workflows.faults.plan import Plan
from workflows.tables import BadTable, Cell, Table

LONGEST_NAME = 200
#: Element → the most characters of its text. Cells of tables contain sentences, too.
TEXTS = {"conditionExpression": LONGEST, "timeDate": LONGEST, "text": 1000}
PYTHON = re.compile("python", re.IGNORECASE)
FEEL = re.compile(r"python|(https?://www\.omg\.org/\S*)?feel(/\S*)?", re.IGNORECASE)
#: The elements of a table that this engine obeys, and those that have no effect anywhere.
OF_TABLES = frozenset(
    "definitions decision decisionTable input inputExpression output rule inputEntry outputEntry "
    "text description annotation annotationEntry inputData informationRequirement requiredInput "
    "variable textAnnotation association sourceRef targetRef".split()
)
#: Type of an input → the values with which its cells are tried.
SAMPLES: Mapping[str, Sequence[Any]] = {
    "number": (0, 1),
    "string": ("", "a"),
    "boolean": (False, True),
}


def check_texts(roots: Mapping[str, etree._Element]) -> Iterator[Fault]:
    """Report texts that are too long or in another language, and unknown parts of tables."""
    for file, root in roots.items():
        languages = FEEL if file.endswith(".dmn") else PYTHON
        for element in root.iter(etree.Element):
            for sentence in _element(element, languages):
                yield Fault(file, id_of(element)[:LONGEST_NAME], sentence)


def _element(element: etree._Element, languages: re.Pattern[str]) -> Iterator[str]:
    name = local_name(element)
    limited = {key: (element.get(key, ""), LONGEST_NAME) for key in ("id", "name", "label")}
    if name in TEXTS:
        limited["text"] = (element.text or "", TEXTS[name])
    for key, (text, most) in limited.items():
        if len(text) > most:
            yield f"Its {key} has {len(text)} characters; at most {most} are allowed."
    for key in ("language", "expressionLanguage"):
        if not languages.fullmatch(language := element.get(key, "python").strip()):
            yield f"The expression language “{language[:LONGEST_NAME]}” is not supported."
    if etree.QName(element).namespace == DMN and name not in OF_TABLES:
        yield f"“{name}” is not supported."


def check_cells(plan: Plan) -> Iterator[Fault]:
    """Report inputs and cells of tables that fail with every type of value, or with their own."""
    for name, table in plan.tables.items():
        names = re.findall(r"\w+", " ".join(table.inputs))
        for column, expression in enumerate(table.inputs):
            cells = [Cell("", None), *(rule.inputs[column] for rule in table.rules)]
            for cell in cells:
                if error := _failure(table, names, expression, cell):
                    sentence = f"It cannot be calculated: {error}."
                    yield Fault(f"{name}.dmn", error.cell or table.id, sentence)


def _failure(table: Table, read: Sequence[str], expression: str, cell: Cell) -> BadTable | None:
    """Try a cell with samples of the declared types. Inputs without one try every type."""
    types = dict(zip(table.inputs, table.types, strict=True))
    failure = None
    for kind in SAMPLES:
        try:
            for number in (0, 1):
                names = {
                    **{n: SAMPLES.get(types.get(n, ""), SAMPLES[kind])[number] for n in read},
                    **WORDS,
                }
                cell.matches(table.value(expression, names), names)
        except BadTable as error:
            failure = failure or error
        else:
            return None
    return failure

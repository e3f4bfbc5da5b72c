"""Decision tables (DMN), read and compiled once per definition."""

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from workflows.drawing import local_name
from workflows.expressions import LARGEST, WORDS, BadExpression, Functions, evaluate, parse, tree_of

FUNCTIONS: Functions = {"min": min, "max": max}
"""The functions that a cell may call: their time is bounded, and FEEL has them too."""
VALUE = "dmninputexpr"
"""The name that stands for `?`, the input's value, in a cell."""


class UnknownTable(Exception):
    """The definition has no table of that name."""


class BadTable(Exception):
    """The table cannot be read or evaluated; the message says why, `cell` where."""

    def __init__(self, sentence: str, cell: str = "") -> None:
        super().__init__(sentence)
        self.cell = cell


@dataclass(frozen=True)
class Cell:
    """An input cell: anything (`text` is None), a value, or a test of the input's value."""

    id: str
    text: str | None
    literal: bool = False
    value: Any = None
    test: str = ""

    def matches(self, given: Any, names: Mapping[str, Any]) -> bool:
        if self.text is None:
            return True
        if self.literal:
            return bool(given == self.value)
        try:
            return bool(evaluate(self.test, FUNCTIONS, {**names, VALUE: given}))
        except BadExpression as error:
            raise BadTable(str(error), self.id) from error
        except (TypeError, ValueError) as error:
            raise BadTable(f"“{self.text}” cannot be asked of {given!r}", self.id) from error


@dataclass(frozen=True)
class Rule:
    id: str
    inputs: tuple[Cell, ...]
    outputs: tuple[Any, ...]


@dataclass(frozen=True)
class Table:
    """A table: `inputs` are expressions (mostly names), `outputs` names.

    `types` are those that the inputs declare, or "".
    """

    id: str
    collects: bool
    inputs: tuple[str, ...]
    types: tuple[str, ...]
    outputs: tuple[str, ...]
    rules: tuple[Rule, ...]

    def decide(self, given: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """Return the outputs of the matching rows; only the first unless the table collects."""
        names = {**WORDS, **given}
        values = [self.value(expression, names) for expression in self.inputs]
        found: list[Mapping[str, Any]] = []
        for rule in self.rules:
            if all(c.matches(v, names) for c, v in zip(rule.inputs, values, strict=True)):
                found.append(dict(zip(self.outputs, rule.outputs, strict=True)))
                if not self.collects:
                    break
        return found

    def rows(self) -> list[Mapping[str, Any]]:
        """Return every row: the inputs' values (texts where not literal) and the outputs."""
        return [
            {
                **{
                    name: cell.value if cell.literal else cell.text
                    for name, cell in zip(self.inputs, rule.inputs, strict=True)
                },
                **dict(zip(self.outputs, rule.outputs, strict=True)),
            }
            for rule in self.rules
        ]

    def value(self, expression: str, names: Mapping[str, Any]) -> Any:
        """Return the value of an input. Raises BadTable."""
        if expression in names:
            return names[expression]
        try:
            return evaluate(expression, FUNCTIONS, names)
        except (BadExpression, TypeError, ValueError) as error:
            raise BadTable(f"table {self.id}: {error}") from error


def read_table(root: etree._Element) -> Table:
    """Return the table of a .dmn document. Raises BadTable."""
    tables = [e for e in root.iter() if local_name(e) == "decisionTable"]
    if len(tables) != 1:
        raise BadTable(f"one decision table was expected, not {len(tables)}")
    (table,) = tables
    decision = table.getparent()
    key = (decision.get("id") if decision is not None else "") or ""
    policy = table.get("hitPolicy") or "UNIQUE"
    if policy not in ("UNIQUE", "FIRST", "COLLECT") or table.get("aggregation"):
        raise BadTable(f"the hit policy {policy} is not supported")
    expressions = [_child(column, "inputExpression") for column in _children(table, "input")]
    inputs = tuple(_text(one) or "" for one in expressions)
    types = tuple("" if one is None else one.get("typeRef") or "" for one in expressions)
    outputs = tuple(c.get("name") or "" for c in _children(table, "output"))
    if not all(inputs) or not all(outputs):
        raise BadTable("an input without expression, or an output without name")
    rules = tuple(_rule(rule, inputs) for rule in _children(table, "rule"))
    for rule in rules:
        if len(rule.inputs) != len(inputs) or len(rule.outputs) != len(outputs):
            raise BadTable("the rule has not a cell per column", rule.id)
    return Table(key, policy == "COLLECT", inputs, types, outputs, rules)


def _rule(rule: etree._Element, inputs: tuple[str, ...]) -> Rule:
    cells = tuple(_cell(entry, inputs) for entry in _children(rule, "inputEntry"))
    outputs = tuple(_output(entry) for entry in _children(rule, "outputEntry"))
    return Rule(rule.get("id") or "", cells, outputs)


def _cell(entry: etree._Element, inputs: tuple[str, ...]) -> Cell:
    key, text = entry.get("id") or "", _text(entry)
    if text is None or text == "-":
        return Cell(key, None)
    try:
        found, value = _literal(text)
        if found:
            return Cell(key, text, True, value)
        return Cell(key, text, test=_test(text, inputs))
    except BadExpression as error:
        raise BadTable(str(error), key) from error


def _test(text: str, inputs: tuple[str, ...]) -> str:
    """Return the cell as a Python expression over VALUE. Raises BadExpression."""
    if text.startswith(("<", ">", "=")):
        test = f"{VALUE} {text}" if text[0] in "<>" else f"{VALUE} ={text}"
    else:
        test = re.sub(r"""\?(?=(?:[^'"]|(['"])[^'"]*\1)*$)""", VALUE, text)
    names = {node.id for node in ast.walk(parse(test)) if isinstance(node, ast.Name)}
    if VALUE not in names:
        raise BadExpression(f"“{text}” is neither a value nor a test of the input (“?”)")
    if unknown := names - {VALUE, *inputs, *WORDS, *FUNCTIONS}:
        raise BadExpression(f"“{text}” uses {', '.join(sorted(unknown))}, which is no input")
    return test


def _output(entry: etree._Element) -> Any:
    text = _text(entry)
    if text is None:
        return None
    found, value = _literal(text)
    if not found:
        raise BadTable(f"“{text}” is not a value", entry.get("id") or "")
    return value


def _literal(text: str) -> tuple[bool, Any]:
    """Return whether the cell is a string, number, true, false or null, and its value.

    A number beyond LARGEST is none of these.
    """
    if text in WORDS:
        return True, WORDS[text]
    try:
        value = ast.literal_eval(tree_of(text.lstrip(" \t")))
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return False, None
    if isinstance(value, int | float):
        return abs(value) <= LARGEST, value
    return isinstance(value, str | None), value


def _children(element: etree._Element, name: str) -> list[etree._Element]:
    return [child for child in element if local_name(child) == name]


def _child(element: etree._Element, name: str) -> etree._Element | None:
    return next(iter(_children(element, name)), None)


def _text(element: etree._Element | None) -> str | None:
    """Return the stripped content of its `text` child; None if there is none."""
    found = None if element is None else _child(element, "text")
    return ((found.text or "").strip() or None) if found is not None else None

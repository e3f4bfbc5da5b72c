"""Evaluate a decision table of a definition."""

from collections.abc import Mapping
from typing import Any

from workflows.definition import Definition

Row = Mapping[str, Any]


def decide(definition: Definition, table: str, inputs: Mapping[str, Any]) -> list[Row]:
    """Return the outputs of the matching rows, in the table's order.

    `table` is the file's name without ".dmn". Returns at most one row, unless the table's hit
    policy is COLLECT. Raises UnknownTable, or BadTable when an input is missing.
    """
    return definition.table(table).decide(inputs)


def decide_one(definition: Definition, table: str, inputs: Mapping[str, Any]) -> Row:
    """Return the outputs of the first matching row; empty if none matches."""
    return next(iter(decide(definition, table, inputs)), {})


def rows(definition: Definition, table: str) -> list[Row]:
    """Return all rows as written: values (or texts) of the inputs and outputs, by name."""
    return definition.table(table).rows()

"""Asks a decision table of a definition."""

from collections.abc import Mapping
from typing import Any

from workflows.definition import Definition

Row = Mapping[str, Any]


def decide(definition: Definition, table: str, inputs: Mapping[str, Any]) -> list[Row]:
    """The outputs of the rows that match, in the table's order.

    `table` is the file's name without ".dmn". At most one row, unless the table's hit
    policy is COLLECT. Raises UnknownTable, or BadTable when an input is missing.
    """
    return definition.table(table).decide(inputs)


def decide_one(definition: Definition, table: str, inputs: Mapping[str, Any]) -> Row:
    """The outputs of the first row that matches; empty if none does."""
    return next(iter(decide(definition, table, inputs)), {})


def rows(definition: Definition, table: str) -> list[Row]:
    """All rows as written: the inputs' values (or texts) and the outputs', by name."""
    return definition.table(table).rows()

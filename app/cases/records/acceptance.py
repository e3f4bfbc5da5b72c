"""The parts that a decision table of acceptance finds missing, as sentences for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from workflows.decisions import decide
from workflows.definition import Definition

#: A figure that satisfies every table.
PLENTY = 1_000_000


def missing(definition: Definition, table: str, figures: Mapping[str, Any]) -> list[str]:
    """Return everything that the table does not accept."""
    rows = decide(definition, table, figures)
    return [str(row["sentence"]).format(**figures) for row in rows if not row["accepted"]]


def judged(definition: Definition, table: str, figures: Mapping[str, Any]) -> list[str]:
    """Return everything that the table says, accepted or not."""
    return [str(row["sentence"]).format(**figures) for row in decide(definition, table, figures)]


def missing_of_each(
    definition: Definition, table: str, figures: Mapping[str, int], names: Iterable[str]
) -> dict[str, list[str]]:
    """Return for each figure what would be missing if all other figures were large enough."""
    plenty = dict.fromkeys(names, PLENTY)
    return {
        name: missing(definition, table, {**figures, **plenty, name: figures[name]})
        for name in plenty
    }

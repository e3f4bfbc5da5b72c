"""A difference between two versions: its kind, its place, and its sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal[
    "added",
    "removed",
    "renamed",
    "lane",
    "moved",
    "changed",
    "timer",
    "condition",
    "flow",
    "decision",
    "term",
    "table",
    "ladder",
    "drawing",
    "text",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""In the order in which a list of kinds is shown."""

Touch = Literal["legal_term", "lane", "decision"]
TOUCHES: Mapping[Touch, str] = {
    "legal_term": "toca un plazo legal",
    "lane": "cambia quién hace el paso",
    "decision": "cambia quién decide",
}
"""What needs a second person before a version is put into force, in Spanish."""


@dataclass(frozen=True)
class Difference:
    """A difference between two versions of the process."""

    kind: Kind
    process: str
    """Id of the process; "" for tables that belong to no process."""
    element: str
    """Id of the element, or of the table's row; "" for a process or file as a whole."""
    sentence: str
    """Spanish, complete, without markup."""
    touches: frozenset[Touch] = frozenset()
    """What of it needs a second person; mostly nothing."""

"""What the code offers to the diagrams, and what is said when the two do not agree."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Fault:
    """One thing for which a set of diagrams is refused.

    `file` is the file's name ("" when it concerns the code), `element` the id in the
    diagram or "", `sentence` says in English what is wrong.
    """

    file: str
    element: str
    sentence: str

    def __str__(self) -> str:
        where = ", ".join(part for part in (self.file, self.element) if part)
        return f"{where}: {self.sentence}" if where else self.sentence


class InvalidDiagram(Exception):
    """The diagrams cannot be deployed; `faults` says why, one by one."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


@dataclass(frozen=True)
class Contract:
    """What the code offers, as strings; ids in the diagrams are paths in the code."""

    steps: Mapping[str, frozenset[str]]
    """User task id -> the outcomes its form can give (never "lapsed")."""
    service_tasks: Mapping[str, frozenset[str]]
    """Service task id -> the outcomes its function can give."""
    lanes: frozenset[str]
    """The lanes' names as drawn."""
    days: frozenset[str]
    """The names that `day_of()` knows."""
    purposes: frozenset[str]
    holders: frozenset[str]


def as_sentence(error: Exception) -> str:
    """An exception's text, begun with a capital and ended with a full stop."""
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."

"""The names that the code offers to the diagrams, and the faults where the two disagree."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, order=True)
class Fault:
    """A reason to refuse a set of diagrams.

    `file` is the file's name ("" when the fault concerns the code), `element` the id in the diagram
    or "", `sentence` says in English what is wrong.
    """

    file: str
    element: str
    sentence: str

    def __str__(self) -> str:
        where = ", ".join(part for part in (self.file, self.element) if part)
        return f"{where}: {self.sentence}" if where else self.sentence


class InvalidDiagram(Exception):
    """The diagrams cannot be deployed; `faults` lists the reasons."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


@dataclass(frozen=True)
class Findings:
    """What a check finds in a set of diagrams and tables, by file and element."""

    faults: tuple[Fault, ...]
    """The reasons to refuse them; empty if they may be deployed."""
    remarks: tuple[Fault, ...] = ()
    """What the code offers and they do not use, and what their steps lack. It refuses nothing."""

    @property
    def all(self) -> tuple[Fault, ...]:
        """Faults and remarks: both refuse the diagrams that come with the code."""
        return (*self.faults, *self.remarks)


@dataclass(frozen=True)
class Named:
    """An element of the diagrams that the code names by its id.

    `kind` is a key of `workflows.faults.names.KINDS`. `reason` completes "the code asks for it: it
    …", in English.
    """

    kind: str
    reason: str


@dataclass(frozen=True)
class Contract:
    """The names that the code offers, as strings. Ids in the diagrams are paths in the code."""

    steps: Mapping[str, frozenset[str]]
    """User task id -> the outcomes that its form can return (never "lapsed")."""
    service_tasks: Mapping[str, frozenset[str]]
    """Service task id -> the outcomes that its function can return."""
    lanes: frozenset[str]
    """The lanes' names as drawn."""
    days: frozenset[str]
    """The names that `day_of()` knows."""
    purposes: frozenset[str]
    holders: frozenset[str]
    terms: frozenset[str] = frozenset()
    """What has a row of days without being a user task."""
    elements: Mapping[str, Named] = field(default_factory=dict)
    """Id -> an element that the code names: a version without it is refused."""
    needs: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Step -> the records that it reads and that exist only once a step gives them."""
    gives: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Step -> the records that it gives."""


def as_sentence(error: Exception) -> str:
    """Return an exception's text with an initial capital and a final full stop."""
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."

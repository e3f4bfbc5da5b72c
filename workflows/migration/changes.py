"""What a migration asks, and what it reports."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Literal, Protocol

Kind = Literal[
    "renamed",
    "lane",
    "timer",
    "timer_added",
    "timer_removed",
    "ends",
    "ends_no_more",
    "follow_up_added",
    "follow_up_removed",
    "condition",
    "passed_by",
    "asks",
    "continues",
    "left",
]

STAY = "stay"
"""The answer to a question that leaves the case on its version."""

LEAVE = "-"
"""The id of the option that leaves what the version lacks, and begins nothing instead."""


class CannotMigrate(Exception):
    """The case cannot move to this version; `reason` says why, `element` where."""

    def __init__(self, reason: str, element: str = "") -> None:
        super().__init__(f"{element}: {reason}" if element else reason)
        self.reason, self.element = reason, element


class NotYet(Exception):
    """The case cannot move now, but once the system has done what waits at `element`."""

    def __init__(self, element: str) -> None:
        super().__init__(element)
        self.element = element


@dataclass(frozen=True, order=True)
class Change:
    """One consequence of a migration for one case. The values of `kind`:

    - renamed: an open step, a wait or a stage has another name (`before`, `after`).
    - lane: an open step is in another lane (`before`, `after`: the lanes' names).
    - timer: a waiting timer moved (`before`, `after`: moments, ISO 8601 in UTC).
    - timer_added, timer_removed: an event on the boundary of an open step or a running stage.
    - ends, ends_no_more: such an event ends its step or stage now, or no longer.
    - follow_up_added, follow_up_removed: an event sub-process of a running process.
    - condition: a condition ahead has other words (`before`, `after`).
    - passed_by: a new step or service task that lies behind the case and will not be done.
    - asks: a condition ahead reads the outcome of a step that the case did not have.
    - left: an open step or a wait that the version lacks, and that was left.
    - continues: a step or a wait at which the case continues by decision.
    """

    kind: Kind
    element: str
    process: str
    name: str = ""
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class Option:
    """A possible answer: the steps and waits at which the running process continues.

    `id` joins their ids with "+"; without any, it is LEAVE.
    """

    id: str
    elements: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """Where a running process continues whose position the version does not have.

    `id` is the same for all cases in the same situation: the process, what it stands at and the
    elements in question. `standing`: the ids of all elements at which the running process stands;
    `lost`: those that cannot stay.
    """

    id: str
    process: str
    standing: tuple[str, ...]
    lost: tuple[str, ...]
    options: tuple[Option, ...]


class Undecided(Exception):
    """Questions that the choices do not answer."""

    def __init__(self, questions: tuple[Question, ...]) -> None:
        super().__init__(", ".join(question.id for question in questions))
        self.questions = questions


class Stays(Exception):
    """The choices say that the case stays on its version."""


class Dates(Protocol):
    """The application's moments for timers, aware UTC."""

    def first(self, element: str, host: str, text: str) -> datetime:
        """Return when a timer fires that the case did not have.

        `host` is the step or stage on whose boundary it is, or ""; `text` its expression.
        """
        ...

    def moved(self, element: str, host: str, at: datetime, days: int) -> datetime:
        """Return a waiting timer's moment, moved by working days (negative: earlier)."""
        ...


@dataclass(frozen=True)
class Choices:
    """What people decided for a migration: the answers to questions, and the moments of timers."""

    dates: Dates
    places: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Question id → id of an option, or STAY."""

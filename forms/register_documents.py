"""Documents of the follow-up of a register that falls silent."""

from __future__ import annotations

from typing import TypedDict


class RegisterFigures(TypedDict):
    """`register_figures` (read only): the last month of the register that was judged, or None."""

    month: str  # its first day
    working_days: int
    silent_days: int  # of them, with neither visits nor a declaration
    visits: int  # public, recorded in Zaguán
    late: int
    without_exit: int
    other_motive: int
    findings: list[str]  # sentences of register_quality.dmn


class RegisterAnswer(TypedDict):
    """`register_answer`."""

    cause: str
    explanation: str
    solved_by: str  # "" if the register is up to date
    on: str


class SeenVisit(TypedDict):
    """A visit as a reviewer sees it: no document. Moments are "" where they are not known."""

    on: str
    entered_at: str
    left_at: str
    visitor: str
    official: str
    unit: str
    motive: str
    marks: list[str]  # late, corrected, annulled: in words


class SeenVisits(TypedDict):
    """`demo_visits`, `first_visits` (read only): some visits, and how many there are."""

    visits: list[SeenVisit]
    total: int

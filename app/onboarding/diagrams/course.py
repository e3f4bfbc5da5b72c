"""The course of a case: when it came to each node, when it left, and who acted there.

It is read from the projections, tasks and log. Days are working days of the entity's calendar,
counted when they are shown; no day counts while the case is suspended.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, select
from sqlalchemy.orm import Session, lazyload

from app.base.calendar import Calendar
from app.base.definitions import definition_of
from app.base.models import LogEntry, ProcessInstance, User
from app.cases.status import Facts
from workflows import paths

#: Kinds of log entries that make the course of a case.
KINDS = (
    "stage.entered",
    "stage.left",
    "stage.left_by_validation",
    "service.done",
    "timer.fired",
    "called.ended",
    "process.suspended",
    "process.resumed",
)
#: A node of a case: the stage that it was in ("" outside one), and the element.
Place = tuple[str, str]


class Passage(NamedTuple):
    """A case at a node: since when, until when (None: still there), and who closed the task."""

    since_at: datetime
    until_at: datetime | None
    who: str = ""


class Span(NamedTuple):
    """A span of time."""

    since_at: datetime
    until_at: datetime


@dataclass
class Course:
    """The course of a case, as of `now`."""

    row: ProcessInstance
    now: datetime
    working: Calendar
    passages: dict[Place, list[Passage]] = field(default_factory=lambda: defaultdict(list))
    #: When each stage was last left.
    left_at: dict[str, datetime] = field(default_factory=dict)
    #: Stages that were left because they were validated meanwhile.
    left_by_validation: set[str] = field(default_factory=set)
    suspensions: list[Span] = field(default_factory=list)

    def at(self, stage: str, element: str) -> Sequence[Passage]:
        """Return the passages at a node, the oldest first."""
        return self.passages.get((stage, element), ())

    def waited_since(self, stage: str, element: str, until: datetime) -> datetime:
        """Return when a wait that ended at `until` began: at the end of the element before it."""
        before = paths.stops_before_waits(definition_of(self.row.deployment)).get(
            element, frozenset()
        )
        ends = (one.until_at for key in before for one in self.at(stage, key))
        return max((end for end in ends if end and end <= until), default=until)

    def days(self, passages: Iterable[Passage]) -> int:
        """Return the working days that ended during the passages, without suspensions."""
        return sum(self._days(one.since_at, one.until_at or self.now) for one in passages)

    def _days(self, since: datetime, until: datetime) -> int:
        suspended = (
            self.working.ended_between(max(since, one.since_at), min(until, one.until_at))
            for one in self.suspensions
            if one.since_at < until and since < one.until_at
        )
        return self.working.ended_between(since, max(since, until)) - sum(suspended)


ENTRIES = select(LogEntry.at, LogEntry.kind, LogEntry.data).where(LogEntry.kind.in_(KINDS))


def read(session: Session, facts: Facts) -> Course:
    """Read the course of a case up to the moment of its facts, in two statements."""
    course, row = Course(facts.row, facts.now, facts.working), facts.row
    people = _names(session, {one.closed_by_id for one in facts.tasks})
    for one in facts.tasks:
        passage = Passage(one.opened_at, one.closed_at, people.get(one.closed_by_id, ""))
        course.passages[one.stage, one.step].append(passage)
    entries = ENTRIES.where(LogEntry.instance_id == row.id).order_by(LogEntry.id)
    _replay(course, session.execute(entries).all())
    return course


def _names(session: Session, ids: Iterable[int | None]) -> Mapping[int | None, str]:
    people = select(User).where(User.id.in_([one for one in ids if one]))
    found = session.scalars(people.options(lazyload(User.grants)))
    return {user.id: user.full_name for user in found}


def _replay(course: Course, entries: Sequence[Row[Any]]) -> None:
    stage, suspended_since = "", None
    for entry in entries:
        at, kind, data = entry.at, entry.kind, entry.data
        if kind == "stage.entered":
            stage = data["stage"]
        elif kind in ("stage.left", "stage.left_by_validation"):
            course.left_at[data["stage"]] = at
            if kind == "stage.left_by_validation":
                course.left_by_validation.add(data["stage"])
        elif kind == "process.suspended":
            suspended_since = at
        elif kind == "process.resumed" and suspended_since:
            course.suspensions.append(Span(suspended_since, at))
            suspended_since = None
        elif kind in ("service.done", "timer.fired", "called.ended"):
            element = data["element"]
            since = course.waited_since(stage, element, at)
            course.passages[stage, element].append(Passage(since, at))
    if suspended_since:
        course.suspensions.append(Span(suspended_since, course.now))

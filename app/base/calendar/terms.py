"""Terms: how a due date comes about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from app.base.calendar.clock import end_of
from app.base.calendar.working_days import Calendar
from app.base.models import Task


@dataclass(frozen=True)
class Term:
    """A number of working days after a day that does not count, by `deadlines.dmn`.

    `counted_from` says what that day is: arrival, notification, reception, session, go_live;
    resumed; or presenting or correcting, where a step has the term of another one, which presents
    its papers or from which the entity went back to correct them.
    `counted_on` is null while a legal term was not notified: it does not run.
    """

    days: int
    counted_from: str
    counted_on: date | None
    kind: str  # legal, práctica
    basis: str


def due_at(task: Task, working: Calendar) -> datetime | None:
    """Return the first instant after the last day of a task's term; null while it does not run."""
    if task.counted_on is None or task.term_days is None or task.paused_days is not None:
        return None
    return end_of(working.add(task.counted_on, task.term_days + task.added_days))

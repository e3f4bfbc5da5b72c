"""The state of a task and its due date: computed, never ticked."""

from __future__ import annotations

from collections.abc import Container
from datetime import date, datetime

import forms
from app.base import calendar
from app.base.calendar import Calendar
from app.base.models import Task
from app.cases import arrivals
from app.cases.custody import RECEPTION

#: Prefixes of steps in which a coordinator decides.
REVIEWS = ("review_", "approve_", "confirm_", "close_")
#: States of open steps by priority: the first one present is the state of the whole.
LOUDEST = (
    "suspended",
    "observed",
    "not_presented",
    "draft",
    "pending",
    "in_review",
    "filed",
    "awaiting_date",
)


def is_review(step: str) -> bool:
    """Return whether a step is a decision on the work of others."""
    return step.startswith(REVIEWS)


def is_to_be_notified(task: Task) -> bool:
    """Return whether a legal term does not run yet because its people were not notified."""
    return task.counted_from == "notification" and task.notified_at is None


def state_of(task: Task, *, has_draft: bool) -> str:
    """Return the state of an open task: an id of `formatting.STATES`. Lateness is not a state."""
    if task.instance.status == "suspended":
        return "suspended"
    if task.paused_days is not None:
        return "awaiting_date"
    if has_draft:
        return "draft"
    if task.step in RECEPTION:
        return "filed"
    if is_review(task.step):
        return "in_review"
    return arrivals.of(task.came_as).state


def loudest(states: Container[str]) -> str:
    """Return the state of a stage or case whose open steps have these states."""
    return next((state for state in LOUDEST if state in states), "pending")


#: Outcome → state of the answered step, unless it is simply accepted.
AFTER = {
    "observed": "observed",
    "not_presented": "not_presented",
    "not_filed": "not_presented",
    "lapsed": "lapsed",
    "out_of_scope": "out_of_scope",
    "corrected": "corrected",
}


def state_after(task: Task) -> str:
    """Return the state of a step from its newest task, which is closed.

    Only a lapsed term of a correction makes the presentation lapse too.
    """
    step = forms.steps().get(task.step)
    if task.outcome == "lapsed" and step is not None and "filing" in step.gives:
        return "not_presented"
    return AFTER.get(task.outcome, "accepted")


def due(task: Task, working: Calendar, at: datetime) -> tuple[int | None, date | None]:
    """Return the working days left (0 on the last day, negative when late) and the last day.

    None without a date, and while the process is suspended: no term runs then.
    """
    if task.due_at is None or task.instance.status == "suspended":
        return None, None
    days = working.days_left(task.due_at, at)
    if at >= task.due_at:
        days = min(days, -1)  # late already, although no working day has passed since
    return days, calendar.last_day(task.due_at)

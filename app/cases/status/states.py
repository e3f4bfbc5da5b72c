"""The state of a task, and how far its date is: computed, never ticked."""

from __future__ import annotations

from collections.abc import Container
from datetime import date, datetime

import forms
from app.base import calendar
from app.base.calendar import Calendar
from app.base.models import Task
from app.cases import arrivals
from app.cases.custody import RECEPTION

#: What a coordinator looks at and decides.
REVIEWS = ("review_", "approve_", "confirm_", "close_")
#: Which of the states of several open steps says how the whole stands: the first of these.
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
    """Whether a step is somebody's decision on what others did."""
    return step.startswith(REVIEWS)


def is_to_be_notified(task: Task) -> bool:
    """Whether a legal term does not run yet, since nobody was notified."""
    return task.counted_from == "notification" and task.notified_at is None


def state_of(task: Task, *, has_draft: bool) -> str:
    """The state of an open task, an id of `formatting.STATES`; lateness is never a state."""
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
    """How a stage or a case stands in which steps are open in these states."""
    return next((state for state in LOUDEST if state in states), "pending")


#: How an answer leaves its step, where it is not simply accepted.
AFTER = {
    "observed": "observed",
    "not_presented": "not_presented",
    "not_filed": "not_presented",
    "lapsed": "lapsed",
    "out_of_scope": "out_of_scope",
    "corrected": "corrected",
}


def state_after(task: Task) -> str:
    """The state of a step whose newest task this is, closed.

    Only the term of a correction takes a presentation along when it lapses.
    """
    step = forms.steps().get(task.step)
    if task.outcome == "lapsed" and step is not None and "filing" in step.gives:
        return "not_presented"
    return AFTER.get(task.outcome, "accepted")


def due(task: Task, working: Calendar, at: datetime) -> tuple[int | None, date | None]:
    """Working days left (0 on the last day, negative when late) and the last day.

    None without a date, and while the process is suspended: no term runs then.
    """
    if task.due_at is None or task.instance.status == "suspended":
        return None, None
    days = working.days_left(task.due_at, at)
    if at >= task.due_at:
        days = min(days, -1)  # late already, though no working day has passed since
    return days, calendar.last_day(task.due_at)

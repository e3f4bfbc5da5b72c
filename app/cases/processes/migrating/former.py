"""The values of tasks that a move to another version changes, as its former state keeps them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any, TypedDict

from app.base.models import Task

MOMENTS = frozenset({"due_at", "closed_at"})
DAYS = frozenset({"had_since_on", "reminded_on"})
COLUMNS = (
    *("name", "role", "process", "stage", "state", "closed_at", "outcome"),
    *("due_basis", "due_at", "counted_from", "term_days", "added_days", "regular_days"),
    *("assignee_id", "had_since_on", "reminded_on"),
)


class Values(TypedDict):
    """A task, with its values before and after a move; null before for a task that it opened."""

    task: int
    before: dict[str, Any] | None
    after: dict[str, Any]


def values_of(task: Task) -> dict[str, Any]:
    """Return the values of a task as a document."""
    return {name: _plain(getattr(task, name)) for name in COLUMNS}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def both(tasks: Collection[Task], before: Mapping[int, dict[str, Any]]) -> list[Values]:
    """Return the values of tasks after a move, with those before it by the task's id."""
    return [Values(task=one.id, before=before.get(one.id), after=values_of(one)) for one in tasks]


def is_as_left(task: Task, after: Mapping[str, Any]) -> bool:
    """Return whether a task has the values that a move left: nothing but a reminder came since."""
    return values_of(task) | {"reminded_on": None} == {**after, "reminded_on": None}


def restore(task: Task, before: Mapping[str, Any]) -> None:
    """Give a task its former values, except `due_at`, whose moves are counted.

    A step that keeps its lane keeps the day of its last reminder.
    """
    unchanged = {"due_at"} if task.reminded_on is None else {"due_at", "reminded_on"}
    for name in COLUMNS:
        if name not in unchanged:
            setattr(task, name, read(name, before[name]))


def read(name: str, value: Any) -> Any:
    """Return a value of a document as the row has it."""
    if value is None:
        return None
    if name in MOMENTS:
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if name in DAYS else value

"""The working days that were added to terms since they began, read from the log."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from app.base.models import LogEntry, Task

#: Kinds of entries that hold by how many working days a suspension moved everything.
CAUGHT_UP = ("process.resumed", "session.cancelled")
#: Kinds about one task. "task.term_kept" holds what had been added before the task came back.
CHANGES_OF_TERM = ("task.extended", "task.resumed", "task.term_kept")


@dataclass
class Added:
    """The working days that were added to a task's term since it began."""

    extended: int = 0
    caught_up: int = 0
    #: The days on which a step that continues its term was not with its people.
    away: int = 0


def added_to(session: Session, tasks: Collection[Task]) -> dict[int, Added]:
    """Return the days added to those terms that have more than they began with.

    One statement at most, for any number of tasks.
    """
    grown = [task for task in tasks if task.added_days]
    if not grown:
        return {}
    of_task = LogEntry.task_id.in_([task.id for task in grown])
    of_instance = LogEntry.instance_id.in_({task.instance_id for task in grown})
    entries = session.scalars(
        select(LogEntry)
        .where(
            or_(
                and_(of_task, LogEntry.kind.in_(CHANGES_OF_TERM)),
                and_(of_instance, LogEntry.kind.in_(CAUGHT_UP)),
            ),
            of_instance,
        )
        .order_by(LogEntry.id)
    ).all()
    return {task.id: _count(task, entries) for task in grown}


def _count(task: Task, entries: Collection[LogEntry]) -> Added:
    """Count the days in the log since the term began, or since it was continued with a new one."""
    added = Added()
    for entry in entries:
        days = int(entry.data.get("working_days", 0))
        if entry.kind in CAUGHT_UP:
            ended_at = task.closed_at or entry.at
            if entry.instance_id == task.instance_id and task.opened_at < entry.at <= ended_at:
                added.caught_up += days
        elif entry.task_id == task.id:
            if entry.kind == "task.extended":
                added.extended += days
            elif entry.kind == "task.term_kept":
                added = Added(*(int(entry.data[key]) for key in ("extended", "caught_up", "away")))
            else:
                added = Added()
    return added

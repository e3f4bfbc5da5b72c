"""Why tasks are due when they are: what their terms' sentences need, read for many at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from app import calendar
from app.calendar import Calendar
from app.models import Filing, LogEntry, Task

#: Entries of the log that say how many working days a suspension moved everything by.
CAUGHT_UP = ("process.resumed", "session.cancelled")


@dataclass
class Added:
    """The working days that were added to a task's term since it began."""

    extended: int = 0
    caught_up: int = 0


def why_due(session: Session, tasks: Collection[Task]) -> Mapping[int, str]:
    """The sentence of each task (by id) that says how its date comes about; "" for none.

    Two statements at most, however many tasks.
    """
    added = _added(session, tasks)
    received = _received(session, tasks)
    sentences = {}
    for task in tasks:
        decreed = calendar.decreed_days(session, task.entity)
        working = Calendar(frozenset(decreed))
        of_task = added.get(task.id, Added())
        sentences[task.id] = calendar.explain(
            task,
            working,
            decreed,
            began_at=task.notified_at or _reception_of(task, received, working),
            extended=of_task.extended,
            caught_up=of_task.caught_up,
            suspended=task.state == "open" and task.instance.status == "suspended",
        )
    return sentences


def _added(session: Session, tasks: Collection[Task]) -> dict[int, Added]:
    """What was added to those terms that have more days than they began with, from the log."""
    grown = [task for task in tasks if task.added_days]
    if not grown:
        return {}
    of_task = LogEntry.task_id.in_([task.id for task in grown])
    of_instance = LogEntry.instance_id.in_({task.instance_id for task in grown})
    entries = session.scalars(
        select(LogEntry)
        .where(
            or_(
                and_(of_task, LogEntry.kind.in_(("task.extended", "task.resumed"))),
                and_(of_instance, LogEntry.kind.in_(CAUGHT_UP)),
            ),
            of_instance,
        )
        .order_by(LogEntry.id)
    ).all()
    return {task.id: _count(task, entries) for task in grown}


def _count(task: Task, entries: Collection[LogEntry]) -> Added:
    """What the log says of a task; from its beginning, or from when it went on with a new term."""
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
            else:
                added = Added()
    return added


def _received(session: Session, tasks: Collection[Task]) -> list[tuple[int, datetime]]:
    """The instance and the moment of receptions from which terms are counted, the newest first."""
    reviews = {task.instance_id for task in tasks if task.counted_from == "reception"}
    if not reviews:
        return []
    rows = session.execute(
        select(Filing.instance_id, Filing.received_at)
        .where(Filing.instance_id.in_(reviews), Filing.received_at.is_not(None))
        .order_by(Filing.id.desc())
    )
    return [(instance_id, at) for instance_id, at in rows if at]


def _reception_of(
    task: Task, received: Collection[tuple[int, datetime]], working: Calendar
) -> datetime | None:
    """The reception that a review's term is counted from; None where the calendar changed since."""
    if task.counted_from != "reception":
        return None
    cut_off = current_app.config["CUT_OFF"]
    for instance_id, at in received:
        if instance_id == task.instance_id and working.counted_on(at, cut_off) == task.counted_on:
            return at
    return None

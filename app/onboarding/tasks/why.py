"""Why tasks are due when they are: sentences about their terms, read for many tasks at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.calendar import Calendar
from app.base.models import Filing, Task
from app.cases import arrivals
from app.cases.processes.terms.added_days import Added, added_to


def why_due(session: Session, tasks: Collection[Task]) -> Mapping[int, str]:
    """Return for each task (by id) the sentence that explains its date; "" without one.

    At most two statements, for any number of tasks.
    """
    added = added_to(session, tasks)
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
            away=of_task.away,
            keeps_term=arrivals.of(task.came_as).keeps,
            suspended=task.state == "open" and task.instance.status == "suspended",
        )
    return sentences


def _received(session: Session, tasks: Collection[Task]) -> list[tuple[int, datetime]]:
    """Return instance and moment of the receptions that terms are counted from, newest first."""
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
    """Return the reception that a review's term is counted from; None if the calendar changed
    since."""
    if task.counted_from != "reception":
        return None
    cut_off = current_app.config["CUT_OFF"]
    for instance_id, at in received:
        if instance_id == task.instance_id and working.counted_on(at, cut_off) == task.counted_on:
            return at
    return None

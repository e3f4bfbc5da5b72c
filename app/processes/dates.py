"""Due dates and the timers on them: set from a term, standing still, moved, never apart."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select

from app import calendar
from app.access.grants import redesignation_is_open
from app.calendar import Calendar
from app.models import Task
from app.processes.act import STANDSTILL, Act
from workflows.decisions import decide_one
from workflows.definition import Definition


def open_tasks(act: Act) -> Iterable[Task]:
    """The open task rows of the instance."""
    return act.session.scalars(
        select(Task)
        .where(Task.instance_id == act.row.id, Task.state == "open")
        .order_by(Task.opened_at, Task.id)
    ).all()


def set_due_date(act: Act, task: Task) -> None:
    """Computes a task's due date from its term; the ladder is looked at again."""
    task.due_at = calendar.due_at(task, act.case.calendar)
    task.next_reminder_at = calendar.calendar_of(act.session, None).next_sending(act.case.at)


def stands_still(act: Act, task: Task) -> bool:
    """Whether a task waits for a new administrator; legal terms never stand still."""
    return (
        task.role == "administrator"
        and task.due_kind != "legal"
        and act.row.process != "redesignation"
        and redesignation_is_open(act.session, act.row.entity_id)
    )


def pause(act: Act, task: Task) -> None:
    """Lets a task's date and the timers on it stand still."""
    if task.due_at is None:
        return
    working = act.case.calendar
    task.paused_days = working.between(calendar.today(), calendar.last_day(task.due_at))
    task.due_at = task.next_reminder_at = None
    move_timers(act, task)


def resume(act: Act, task: Task) -> None:
    """Gives a task that stood still the working days that it had left, and at least one."""
    if task.paused_days is None:
        return
    task.counted_from, task.counted_on = "resumed", calendar.today()
    task.term_days, task.added_days = max(task.paused_days, 1), 0
    task.paused_days = None
    set_due_date(act, task)
    move_timers(act, task)


def move_timers(act: Act, task: Task) -> None:
    """Lets the timers that sit on a step fire when it is due, or as far from then as is drawn."""
    for element in {w.element for w in act.engine.waiting() if w.host == task.step}:
        at = timer_of(act.definition, task, element, act.case.calendar)
        act.engine.reschedule(element, at or calendar.now() + STANDSTILL)


def timer_of(
    definition: Definition, task: Task, element: str, working: Calendar
) -> datetime | None:
    """When a timer on a step fires; None while the step's date stands still.

    One that counts working days of its own (60, on a step of 10) keeps its distance to the due
    date, whatever became of that.
    """
    own = definition.counting_timers.get(element)
    if task.due_at is None or own is None or task.counted_on is None or task.term_days is None:
        return task.due_at
    drawn = int(decide_one(definition, "deadlines", {"step": task.step})["days"])
    days = task.term_days + task.added_days + own - drawn
    return calendar.end_of(working.add(task.counted_on, days))


def later(act: Act, moment: datetime, working_days: int) -> datetime:
    """A date or timer, so many working days on; at the end of a day unless there are none."""
    if not working_days:
        return moment
    return calendar.end_of(act.case.calendar.add(calendar.last_day(moment), working_days))


def catch_up(act: Act, since: datetime) -> int:
    """Moves dates and timers by the working days since a suspension began; returns how many.

    What was ahead then is ahead still, if only until the end of the day. A session is held on
    its day all the same, and its timer stays.
    """
    now, working = calendar.now(), act.case.calendar
    here = working.on_or_after(calendar.lima_day(now))
    days = working.ended_between(since, now)

    def moved(moment: datetime) -> datetime:
        new = later(act, moment, days)
        return calendar.end_of(here) if since < moment and new <= now else new

    for task in open_tasks(act):
        if task.due_at:
            task.added_days += days
            set_due_date(act, task)
    for timer in act.engine.waiting():
        if not timer.element.endswith("_session_arrives"):
            act.engine.reschedule(timer.element, moved(timer.at))
    return days

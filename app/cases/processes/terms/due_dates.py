"""Due dates and the timers on them: set from a term, standing still, moved, never apart."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import func, select

from app.base import calendar
from app.base.calendar import Calendar
from app.base.models import LogEntry, ProcessInstance, Task
from app.cases.case import Case
from app.cases.processes.act import STANDSTILL, Act
from workflows.decisions import decide_one
from workflows.definition import Definition


def open_tasks(act: Act) -> Iterable[Task]:
    """The open task rows of the instance."""
    return act.session.scalars(
        select(Task)
        .where(Task.instance_id == act.row.id, Task.state == "open")
        .order_by(Task.opened_at, Task.id)
    ).all()


def last_days(act: Act) -> list[tuple[Task, date]]:
    """The open tasks with their last days, as people were told; also of those that stand still."""
    working = act.case.calendar
    days: list[tuple[Task, date]] = []
    for task in open_tasks(act):
        if task.due_at is not None:
            days.append((task, calendar.last_day(task.due_at)))
        elif task.paused_days is not None and task.counted_on and task.term_days is not None:
            days.append((task, working.add(task.counted_on, task.term_days + task.added_days)))
    return days


def set_due_date(act: Act, task: Task) -> None:
    """Computes a task's due date from its term; the ladder is looked at again."""
    task.due_at = calendar.due_at(task, act.case.calendar)
    task.next_reminder_at = calendar.calendar_of(act.session, None).next_sending(act.case.at)


def stands_still_since(act: Act, task: Task) -> date | None:
    """The day on which a task began to wait for a new administrator; None where it does not.

    That is the day on which the redesignation began or, if that is later, the one from which the
    task's own term is counted. Legal terms never stand still.
    """
    if task.role != "administrator" or task.due_kind == "legal" or task.counted_on is None:
        return None
    if act.row.process == "redesignation":
        return None
    began_at = act.session.scalar(
        select(func.max(ProcessInstance.started_at)).where(
            ProcessInstance.entity_id == act.row.entity_id,
            ProcessInstance.process == "redesignation",
            ProcessInstance.ended_at.is_(None),
        )
    )
    return max(calendar.lima_day(began_at), task.counted_on) if began_at else None


def pause(act: Act, task: Task, since: date) -> None:
    """Lets a task's date and the timers on it stand still, from a day on."""
    if task.due_at is None:
        return
    task.paused_days = act.case.calendar.between(since, calendar.last_day(task.due_at))
    task.due_at = task.next_reminder_at = None
    move_timers(act, task)


def resume(act: Act, task: Task) -> None:
    """Gives a task that stood still the working days that it had left, and at least one.

    They are counted from a working day, as after a suspension: of two days, Thursday and Friday,
    that stood still from Thursday to Saturday, two are left.
    """
    if task.paused_days is None:
        return
    here = act.case.calendar.on_or_after(calendar.today())
    task.counted_from, task.counted_on = "resumed", here
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

    What was ahead then is ahead still, if only until the end of the day. Timers that wait for a
    set date stay: a session is held on its day all the same.
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
        if task.paper_at:
            task.paper_at = moved(task.paper_at)
    for timer in act.engine.waiting():
        if timer.host or timer.element in act.definition.counting_timers:
            act.engine.reschedule(timer.element, moved(timer.at))
    return days


def suspended_since(case: Case, moment: datetime) -> int:
    """How many working days ended after a moment while the process was suspended, by its log."""
    entries = case.session.execute(
        select(LogEntry.kind, LogEntry.at)
        .where(
            LogEntry.instance_id == case.instance.id,
            LogEntry.kind.in_(("process.suspended", "process.resumed")),
            LogEntry.at > moment,
        )
        .order_by(LogEntry.id)
    ).all()
    days, began_at = 0, moment  # one that began before the moment counts from there
    for kind, at in entries:
        if kind == "process.suspended":
            began_at = at
        else:
            days += case.calendar.ended_between(began_at, at)
    return days

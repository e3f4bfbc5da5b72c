"""Due dates and the timers on them, always together: set from a term, paused, moved."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import select

from app.base import calendar
from app.base.calendar import Calendar
from app.base.models import LogEntry, Task
from app.cases.case import Case
from app.cases.processes.act import STANDSTILL, Act
from workflows.definition import Definition


def open_tasks(act: Act) -> Iterable[Task]:
    """Return the open tasks of the instance."""
    return act.session.scalars(
        select(Task)
        .where(Task.instance_id == act.row.id, Task.state == "open")
        .order_by(Task.opened_at, Task.id)
    ).all()


def last_days(act: Act) -> list[tuple[Task, date]]:
    """Return the open tasks with the last days that people were shown; paused ones too."""
    working = act.case.calendar
    days: list[tuple[Task, date]] = []
    for task in open_tasks(act):
        if task.due_at is not None:
            days.append((task, calendar.last_day(task.due_at)))
        elif task.paused_days is not None and task.counted_on and task.term_days is not None:
            days.append((task, working.add(task.counted_on, task.term_days + task.added_days)))
    return days


def set_due_date(act: Act, task: Task) -> None:
    """Compute a task's due date from its term; its reminders are computed again."""
    task.move_due(calendar.due_at(task, act.case.calendar), act.case.at)
    task.next_reminder_at = calendar.calendar_of(act.session, None).next_sending(act.case.at)


def stands_still_since(act: Act, task: Task) -> date | None:
    """Return the day since which a task waits for a new administrator; None if it does not.

    That is the day on which the redesignation began or, if later, the one from which the task's own
    term is counted. Legal terms are never paused.
    """
    if task.role != "administrator" or task.due_kind == "legal" or task.counted_on is None:
        return None
    if act.row.process == "redesignation":
        return None
    began_at = act.facts.redesignation_began_at
    return max(calendar.lima_day(began_at), task.counted_on) if began_at else None


def pause(act: Act, task: Task, since: date) -> None:
    """Pause a task's date and the timers on it, from a day on."""
    if task.due_at is None:
        return
    task.paused_days = act.case.calendar.between(since, calendar.last_day(task.due_at))
    task.move_due(None, act.case.at)
    task.next_reminder_at = None
    move_timers(act, task)


def resume(act: Act, task: Task) -> None:
    """Give a paused task the working days that it had left, and at least one.

    They are counted from a working day, as after a suspension: a task with two days, Thursday and
    Friday, that is paused from Thursday to Saturday has two left.
    """
    if task.paused_days is None:
        return
    here = act.case.calendar.on_or_after(calendar.today())
    task.counted_from, task.counted_on = "resumed", here
    task.term_days, task.added_days = max(task.paused_days, 1), 0
    task.paused_days = None
    set_due_date(act, task)
    move_timers(act, task)


def restart(act: Act, task: Task) -> None:
    """Let the term of a task run anew from today, with its regular number of days."""
    if task.due_at is None:
        return
    term = act.term(task.step)
    task.counted_from, task.counted_on = "arrival", calendar.today()
    task.term_days, task.added_days = term.days, 0
    set_due_date(act, task)
    move_timers(act, task)


def move_timers(act: Act, task: Task) -> None:
    """Set the timers on a step to its due date, or as far from it as the diagram says."""
    for element in {w.element for w in act.engine.waiting() if w.host == task.step}:
        at = timer_of(act.definition, task, element, act.case.calendar)
        act.engine.reschedule(element, at or calendar.now() + STANDSTILL)


def timer_of(
    definition: Definition, task: Task, element: str, working: Calendar
) -> datetime | None:
    """Return when a timer on a step fires; None while the step's date is paused.

    A timer with its own number of working days (60, on a step of 10) keeps its distance to the due
    date, however that has moved.
    """
    own = definition.counting_timers.get(element)
    if task.due_at is None or own is None or task.counted_on is None or task.term_days is None:
        return task.due_at
    days = task.term_days + task.added_days + own - task.regular_days
    return calendar.end_of(working.add(task.counted_on, days))


def later(act: Act, moment: datetime, working_days: int) -> datetime:
    """Return a date or timer moved by working days: to the end of a day, unless by 0 days."""
    if not working_days:
        return moment
    return calendar.end_of(act.case.calendar.add(calendar.last_day(moment), working_days))


def catch_up(act: Act, since: datetime) -> int:
    """Move dates and timers by the working days since a suspension began; return how many.

    A date that was ahead then stays ahead, if only until the end of the day. Timers that wait for a
    set date stay: a session is held on its day nevertheless.
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
    """Return how many working days after a moment the process was suspended, by its log."""
    entries = case.session.execute(
        select(LogEntry.kind, LogEntry.at)
        .where(
            LogEntry.instance_id == case.instance.id,
            LogEntry.kind.in_(("process.suspended", "process.resumed")),
            LogEntry.at > moment,
        )
        .order_by(LogEntry.id)
    ).all()
    days, began_at = 0, moment  # a suspension that began before counts from the moment
    for kind, at in entries:
        if kind == "process.suspended":
            began_at = at
        else:
            days += case.calendar.ended_between(began_at, at)
    return days

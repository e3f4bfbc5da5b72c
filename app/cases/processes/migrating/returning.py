"""A case returns to its former version, within a day and while nothing happened to it."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from app.base import calendar
from app.base.models import Deployment, FormerState, Task
from app.cases import reminders
from app.cases.processes.act import Act, locked
from app.cases.processes.migrating import former, seats
from app.cases.processes.migrating.former import Values
from app.cases.processes.migrating.moving import (
    change_lane,
    close,
    finish,
    log_moved,
    look_again,
    timers_of,
    versions,
)
from app.cases.records.sessions import SessionFull

#: How long the former state of a case is stored for its return.
RETURNABLE = timedelta(days=1)
TOO_LATE = "Pasó más de un día, o el proceso no pasó a otra versión"
WENT_ON = "El proceso siguió en la versión nueva"
#: Why a date moved, in mails.
WHY = "El proceso volvió a su versión anterior"
NO_SEAT = "La sesión que había elegido ya no tiene cupo, empezó o se canceló"


class NotReturnable(Exception):
    """The case cannot return to its former version; the message (Spanish) says why."""


def take_back(session: Session, instance_id: int, actor_id: int | None) -> None:
    """Return a case to the version and the state that it had before it moved. Flush only.

    People are informed that the dates are the former ones again, if they were informed of the move,
    and that a step went back, if they were reminded of it since then.
    Raise NotReturnable, after which the transaction must be rolled back.
    """
    row = locked(session, instance_id)
    was = session.get(
        FormerState, instance_id, options=[undefer(FormerState.state)], populate_existing=True
    )
    if was is None or was.at <= calendar.now() - RETURNABLE:
        raise NotReturnable(TOO_LATE)
    tasks = _tasks(session, was)
    moved = row.deployment_id != was.deployment_id and row.revision == was.revision
    if not moved or not all(
        former.is_as_left(tasks[one["task"]], one["after"]) for one in was.tasks
    ):
        raise NotReturnable(WENT_ON)
    timers, stored, left_id = timers_of(row.state), was.state, row.deployment_id
    with session.no_autoflush:
        row.deployment = session.get_one(Deployment, was.deployment_id)
        row.deployment_id, row.state = was.deployment_id, stored
        act = Act.of(session, row, actor_id)
        act.case.log(
            "case.migration_returned",
            process=row.process,
            **versions(left_id, was.deployment_id),
            migration=was.migration_id,
        )
        moves = [one for values in was.tasks for one in _restore(act, tasks, values)]
    try:
        seats.take_again(act.case, was.seats)
    except SessionFull:
        raise NotReturnable(NO_SEAT) from None
    finish(act, timers)
    row.state = stored
    reminders.announce_returned(session, moves, was.migration_id)
    back = {one["task"]: tasks[one["task"]] for one in was.tasks if _went_back(one)}
    reminders.announce_gone_back(session, back, was.at, was.migration_id)
    session.delete(was)
    session.flush()


def _tasks(session: Session, was: FormerState) -> dict[int, Task]:
    """Return the tasks of a former state as they are now, by id."""
    ids = [one["task"] for one in was.tasks]
    query = select(Task).where(Task.id.in_(ids)).execution_options(populate_existing=True)
    return {task.id: task for task in session.scalars(query)}


def _went_back(values: Values) -> bool:
    """Return whether a return closes a step, or gives it to its former lane."""
    before = values["before"]
    return before is None or before["role"] != values["after"]["role"]


def _restore(act: Act, tasks: dict[int, Task], values: Values) -> list[tuple[Task, date]]:
    """Restore a task; return it with the last day that the move had given it, if that changes."""
    task, before = tasks[values["task"]], values["before"]
    if before is None:
        close(act, task)
        return []
    if before["role"] != task.role:
        change_lane(act, task, before["role"])
    was_closed = task.state != "open"
    former.restore(task, before)
    if was_closed:
        opened_at = task.opened_at.isoformat()
        act.case.log(
            "task.reopened",
            task=task,
            step=task.step,
            name=task.name,
            role=task.role,
            process=task.process,
            opened_at=opened_at,
        )
    was_at, due_at = task.due_at, former.read("due_at", before["due_at"])
    if due_at == was_at:
        return []
    task.move_due(due_at, act.case.at)
    look_again(act, task)
    if was_at is None or due_at is None:
        return []
    log_moved(act, task, was_at, WHY)
    return [(task, calendar.last_day(was_at))]

"""The job: tasks whose rung has come become rows of the ledger, rows become a mail a day.

Every transaction leaves the ledger true. Whoever is killed between two has forgotten nothing, and
whoever runs beside another repeats nothing: the keys of rows and digests decide.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    Engine,
    Select,
    and_,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, contains_eager, joinedload

from app.base import calendar, db
from app.base.calendar import SENDING_HOURS, Calendar
from app.base.db import Stop, never, open_session
from app.base.models import Grant, Mail, ProcessInstance, Reminder, Task
from app.cases.reminders import digest, weekly
from app.cases.reminders.digest import mail_of
from app.cases.reminders.holds import Holds
from app.cases.reminders.ladder import Ladder, Rung
from app.cases.reminders.people import People, dead_addresses
from app.cases.reminders.recheck import still_to_be_told
from app.cases.reminders.reminder_log import enter, left_over, row_of, state_of, take_apart

logger = logging.getLogger(__name__)

One = TypeVar("One")
Result = TypeVar("Result")

#: Tasks looked at, and persons written to, in one transaction.
TASKS, PERSONS = 200, 100
#: A task that cannot be looked at is tried again after so much time.
REST = timedelta(hours=1)


def run(engine: Engine, stop: Stop = never) -> dict[str, int]:
    """Enters what is due into the ledger and writes the digests of the day; counts of both.

    Only in the hours of sending. Three statements where there is nothing to do. `stop` is asked
    between two transactions.
    """
    done: Counter[str] = Counter()
    now = calendar.now()
    if not _is_hour(now):
        return dict(done)
    with db.open_session(engine, writes=False) as session:
        if not _is_day(session, now) or not _is_anything_to_do(session, now):
            return dict(done)
    write = partial(_write_digests, failed=set())
    for part in (_take_back, _look_at_tasks, _enter_week, write):
        while not stop():
            with open_session(engine) as session:
                found = part(session, calendar.now())
                session.commit()
            done.update(found)
            if not found:
                break
    return dict(done)


def is_open(engine: Engine) -> bool:
    """Whether these are the hours of sending, in which the job does what is due."""
    now = calendar.now()
    if not _is_hour(now):
        return False
    with db.open_session(engine, writes=False) as session:
        return _is_day(session, now)


def _is_hour(now: datetime) -> bool:
    first, last = SENDING_HOURS
    local = now.astimezone(calendar.LIMA)
    return first <= local.time() < last and Calendar().works(local.date())


def _is_day(session: Session, now: datetime) -> bool:
    return calendar.calendar_of(session, None).works(calendar.lima_day(now))


def _is_anything_to_do(session: Session, now: datetime) -> bool:
    holds, day = Holds.standing(session), calendar.lima_day(now)
    if holds.closes(day):
        return False
    working = calendar.calendar_of(session, None)
    looks: list[Select[Any]] = [
        select(Task.id).join(Task.instance).join(Task.entity).where(_is_due(holds, now)),
        _waiting(holds, day),
        select(Mail.id).where(left_over(day)),
        _week(working, day),
    ]
    return bool(session.scalar(select(or_(*(exists(look) for look in looks)))))


# What was left over ---------------------------------------------------------------------------


def _take_back(session: Session, now: datetime) -> dict[str, int]:
    """Digests of an earlier day that no server took: their rows go into that of today."""
    found = session.scalars(
        select(Mail)
        .where(left_over(calendar.lima_day(now)))
        .order_by(Mail.id)
        .limit(PERSONS)
        .with_for_update(skip_locked=True)
    ).all()
    for one in found:
        take_apart(session, one)
    return {"taken_back": len(found)} if found else {}


# Tasks become rows ----------------------------------------------------------------------------


def _is_due(holds: Holds, now: datetime) -> ColumnElement[bool]:
    """A task whose rung has come, as a condition on it joined with its instance and entity."""
    return and_(
        Task.state == "open",
        Task.next_reminder_at <= now,
        ProcessInstance.status == "running",
        not_(holds.condition(calendar.lima_day(now))),
    )


def _look_at_tasks(session: Session, now: datetime) -> dict[str, int]:
    holds, day = Holds.standing(session), calendar.lima_day(now)
    tasks = session.scalars(
        select(Task)
        .join(Task.instance)
        .join(Task.entity)
        .where(_is_due(holds, now))
        .options(contains_eager(Task.instance), contains_eager(Task.entity))
        .order_by(Task.next_reminder_at, Task.id)
        .limit(TASKS)
        .with_for_update(skip_locked=True, of=[Task, ProcessInstance])
    ).all()
    if not tasks:
        return {}
    entered = _each(session, tasks, lambda some: _look_at(session, some, holds, day), _put_off)
    return {"looked_at": len(tasks), "entered": sum(entered)}


def _look_at(session: Session, tasks: Sequence[Task], holds: Holds, day: date) -> int:
    ladder, calendars = Ladder.in_force(session), calendar.calendars(session)
    reached: list[tuple[Task, Rung]] = []
    for task in tasks:
        working = calendars.of(task.entity)
        rung = ladder.newest(task, working, task.reminded_on, day)
        if rung is not None:
            reached.append((task, rung))
        if task.due_at is not None:
            task.reminded_on = day
        task.next_reminder_at = next_look(ladder, task, working, day)
    return _enter(session, reached, holds, day)


def _put_off(task: Task, fault: Exception) -> None:
    """One that cannot be looked at keeps nobody else's reminders back; it is tried again."""
    logger.error("the task cannot be reminded of", exc_info=fault, extra={"task": task.id})
    task.next_reminder_at = calendar.now() + REST


def _each(
    session: Session,
    several: Sequence[One],
    job: Callable[[Sequence[One]], Result],
    failed: Callable[[One, Exception], None],
) -> list[Result]:
    """Does a job for all together; if it raises, for one after the other, and notes who failed.

    A database that does not answer is nobody's fault: that is raised.
    """
    try:
        with session.begin_nested():
            return [job(several)]
    except OperationalError:
        raise
    except Exception:  # noqa: BLE001 - it is found out whose, and logged
        done: list[Result] = []
    for one in several:
        try:
            with session.begin_nested():
                done.append(job([one]))
        except OperationalError:
            raise
        except Exception as fault:  # noqa: BLE001 - `failed` logs it
            failed(one, fault)
    return done


def next_look(ladder: Ladder, task: Task, working: Calendar, after: date) -> datetime | None:
    """When a task is looked at again: in the first hour of sending of its next day with a rung."""
    day = ladder.next_day(task, working, after)
    return calendar.at_hour(day, SENDING_HOURS[0]) if day else None


def look_again(session: Session) -> None:
    """Lets every open task be looked at again: the table, or the calendar, is another now."""
    moment = calendar.calendar_of(session, None).next_sending(calendar.now())
    session.execute(
        update(Task)
        .where(Task.state == "open", Task.due_at.is_not(None))
        .values(next_reminder_at=moment)
    )


def _enter(session: Session, reached: Sequence[tuple[Task, Rung]], holds: Holds, day: date) -> int:
    people = People(session, [task.entity for task, _ in reached])
    found = [
        (task, task.due_at, rung, one)
        for task, rung in reached
        for one in people.recipients(task, rung.words, day)
        if task.due_at is not None
    ]
    dead = dead_addresses(session, (one for *_, one in found))
    muted = holds.muted(day)
    rows = [
        row_of(task, due_at, rung.name, rung.mail_kind, one, state_of(one, dead, muted))
        for task, due_at, rung, one in found
    ]
    enter(session, rows)
    return len(rows)


# The week of the Despacho ---------------------------------------------------------------------


def _week(working: Calendar, day: date) -> Select[int]:
    """The tasks of the week's summary, unless it was entered, or nobody reads it."""
    entered = exists().where(Reminder.rung == weekly.rung_of(day))
    read = exists().where(Grant.role == "secretary", Grant.until_at.is_(None))
    return (
        select(Task.id)
        .join(Task.instance)
        .where(
            weekly.condition(working, day),
            not_(entered),
            read,
            literal(day >= weekly.first_day(working, day)),
        )
    )


def _enter_week(session: Session, now: datetime) -> dict[str, int]:
    """Once a week; late only where nothing ran on its first day."""
    holds, day = Holds.standing(session), calendar.lima_day(now)
    working = calendar.calendar_of(session, None)
    tasks = session.scalars(
        select(Task)
        .where(Task.id.in_(_week(working, day)))
        .options(joinedload(Task.entity))
        .order_by(Task.id)
    ).all()
    told = [task for task in tasks if not holds.holds(task, day)]
    if not told:
        return {}
    week = Rung(weekly.rung_of(day), day, "weekly", ("secretary",))
    entered = _enter(session, [(task, week) for task in told], holds, day)
    return {"entered": entered} if entered else {}


# Rows become mails ----------------------------------------------------------------------------


def _waiting(holds: Holds, day: date) -> Select[str]:
    """The persons of rows that wait and may go out, who had no digest today."""
    had = exists().where(Mail.person == Reminder.person, Mail.digest_on == day)
    return (
        select(Reminder.person)
        .join(Reminder.task)
        .join(Task.instance)
        .join(Task.entity)
        .where(_may_go(holds, day), not_(had))
    )


def _may_go(holds: Holds, day: date) -> ColumnElement[bool]:
    return and_(
        Reminder.state == "waiting",
        ProcessInstance.status != "suspended",
        not_(holds.condition(day)),
    )


def _write_digests(session: Session, now: datetime, failed: set[str]) -> dict[str, int]:
    """A mail for each of some persons, those first whose rows have waited longest.

    `failed`: those whose mail could not be written in this run; the next one tries again.
    """
    holds, day = Holds.standing(session), calendar.lima_day(now)
    persons = session.scalars(
        _waiting(holds, day)
        .where(Reminder.person.not_in(sorted(failed)))
        .group_by(Reminder.person)
        .order_by(func.min(Reminder.created_at), Reminder.person)
        .limit(PERSONS)
    ).all()
    if not persons:
        return {}

    def leave(person: str, fault: Exception) -> None:
        ids = select(Reminder.id).where(Reminder.person == person, Reminder.state == "waiting")
        first = {"reminder": session.scalar(ids.order_by(Reminder.id).limit(1))}
        logger.error("the digest with this reminder fails", exc_info=fault, extra=first)
        failed.add(person)

    done: Counter[str] = Counter()
    for found in _each(session, persons, lambda some: _write(session, some, holds, day), leave):
        done.update(found)
    if failed.intersection(persons):
        done["failed"] = len(failed.intersection(persons))
    return dict(+done)  # what another process has in hand is left to it


def _write(session: Session, persons: Sequence[str], holds: Holds, day: date) -> dict[str, int]:
    rows = session.scalars(
        select(Reminder)
        .join(Reminder.task)
        .join(Task.instance)
        .join(Task.entity)
        .where(_may_go(holds, day), Reminder.person.in_(persons))
        .options(
            contains_eager(Reminder.task).options(
                contains_eager(Task.instance), contains_eager(Task.entity)
            )
        )
        .order_by(Reminder.id)
        .with_for_update(skip_locked=True, of=Reminder)
    ).all()
    people = People(session, [row.task.entity for row in rows])
    left = still_to_be_told(session, rows, people, holds, day)
    ids = _post(session, digest.compose(session, left, day, people), day)
    for row in left:
        if row.person in ids:
            row.state, row.mail_id = "mailed", ids[row.person]
    closed = sum(row.state not in ("waiting", "mailed") for row in rows)
    return {"digests": len(ids), "told_nothing": closed}


def _post(session: Session, digests: Mapping[str, digest.Digest], day: date) -> dict[str, int]:
    """Writes a person's mail of the day; the id of each that was not written meanwhile."""
    if not digests:
        return {}
    on_postgresql = session.get_bind().dialect.name == "postgresql"
    insert = postgresql.insert(Mail) if on_postgresql else sqlite.insert(Mail)
    written = session.execute(
        insert.on_conflict_do_nothing().returning(Mail.id, Mail.person),
        [mail_of(one, day) for one in digests.values()],
    )
    return {person: mail_id for mail_id, person in written}

"""The job: tasks with a due rung become rows of the reminder log, rows become one mail a day.

Every transaction leaves the log consistent. A process that is killed between two has lost nothing,
and one that runs in parallel repeats nothing: the keys of rows and digests decide.
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
from app.base.models import Mail, ProcessInstance, Question, Reminder, Task
from app.cases.reminders import digest, subjects, weekly
from app.cases.reminders.digest import mail_of
from app.cases.reminders.holds import Holds
from app.cases.reminders.ladder import Ladder, Rung
from app.cases.reminders.people import People, dead_addresses
from app.cases.reminders.recheck import valid_rows
from app.cases.reminders.reminder_log import enter, left_over, row_of, state_of, take_apart
from app.cases.reminders.subjects import Subject

logger = logging.getLogger(__name__)

One = TypeVar("One")
Result = TypeVar("Result")

#: The number of tasks, and of persons, in one transaction.
TASKS, PERSONS = 200, 100
#: The time after which a task that failed is tried again.
REST = timedelta(hours=1)


def run(engine: Engine, stop: Stop = never) -> dict[str, int]:
    """Write due rows to the reminder log and the digests of the day; return counts of both.

    It works only in the hours of sending. It takes three statements if there is nothing to do.
    `stop` is called between two transactions.
    """
    done: Counter[str] = Counter()
    now = calendar.now()
    if not _is_hour(now):
        return dict(done)
    with db.open_session(engine, writes=False) as session:
        if not _is_day(session, now) or not _is_anything_to_do(session, now):
            return dict(done)
    write = partial(_write_digests, failed=set())
    for part in (_take_back, _look_at_tasks, _look_at_questions, _enter_week, write):
        while not stop():
            with open_session(engine) as session:
                found = part(session, calendar.now())
                session.commit()
            done.update(found)
            if not found:
                break
    return dict(done)


def is_open(engine: Engine) -> bool:
    """Return whether these are the hours of sending, in which the job runs."""
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
        _questions(holds, now).with_only_columns(Question.id),
        _waiting(holds, day),
        select(Mail.id).where(left_over(day)),
        weekly.tasks(working, day),
        weekly.questions(working, day),
    ]
    return bool(session.scalar(select(or_(*(exists(look) for look in looks)))))


# Unsent digests ------------------------------------------------------------------------------


def _take_back(session: Session, now: datetime) -> dict[str, int]:
    """Move the rows of earlier digests that no server accepted into today's digest."""
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


# Tasks and questions become rows --------------------------------------------------------------


def _is_due(holds: Holds, now: datetime) -> ColumnElement[bool]:
    """Return the condition on a task, joined with its instance and entity: its rung is due."""
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
    return _look_at_each(session, tasks, holds, day)


def _questions(holds: Holds, now: datetime) -> Select[Question]:
    """Select the questions whose rung is due."""
    return (
        select(Question)
        .join(Question.entity)
        .outerjoin(Question.task)
        .where(
            Question.state == "waiting",
            Question.next_reminder_at <= now,
            not_(holds.condition(calendar.lima_day(now))),
        )
    )


def _look_at_questions(session: Session, now: datetime) -> dict[str, int]:
    holds, day = Holds.standing(session), calendar.lima_day(now)
    found = session.scalars(
        _questions(holds, now)
        .options(contains_eager(Question.entity), contains_eager(Question.task))
        .order_by(Question.next_reminder_at, Question.id)
        .limit(TASKS)
        .with_for_update(skip_locked=True, of=Question)
    ).all()
    return _look_at_each(session, found, holds, day)


def _look_at_each(
    session: Session, found: Sequence[Subject], holds: Holds, day: date
) -> dict[str, int]:
    if not found:
        return {}
    entered = _each(session, found, lambda some: _look_at(session, some, holds, day), _put_off)
    return {"looked_at": len(found), "entered": sum(entered)}


def _look_at(session: Session, tasks: Sequence[Subject], holds: Holds, day: date) -> int:
    ladder, calendars = Ladder.in_force(session), calendar.calendars(session)
    reached: list[tuple[Subject, Rung]] = []
    for task in tasks:
        working = calendars.of(task.entity)
        rung = ladder.newest(task, working, task.reminded_on, day)
        if rung is not None:
            reached.append((task, rung))
        if task.due_at is not None:
            task.reminded_on = day
        task.next_reminder_at = next_look(ladder, task, working, day)
    return _enter(session, reached, holds, day)


def _put_off(task: Subject, fault: Exception) -> None:
    """Postpone a task or question that failed, so that it does not block the others."""
    kind, number = subjects.key_of(task)
    logger.error("the %s cannot be reminded of", kind, exc_info=fault, extra={kind: number})
    task.next_reminder_at = calendar.now() + REST


def _each(
    session: Session,
    several: Sequence[One],
    job: Callable[[Sequence[One]], Result],
    failed: Callable[[One, Exception], None],
) -> list[Result]:
    """Run a job for all together; if it raises, one by one, and report which ones failed.

    If the database does not answer, raise the error: it is not the failure of an item.
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


def next_look(ladder: Ladder, task: Subject, working: Calendar, after: date) -> datetime | None:
    """Return when a task is read again: the first hour of sending of its next day with a rung."""
    day = ladder.next_day(task, working, after)
    return calendar.at_hour(day, SENDING_HOURS[0]) if day else None


def look_again(session: Session) -> None:
    """Mark every open task and question to be read again: the table, or the calendar, changed."""
    moment = calendar.calendar_of(session, None).next_sending(calendar.now())
    session.execute(
        update(Task)
        .where(Task.state == "open", Task.due_at.is_not(None))
        .values(next_reminder_at=moment)
    )
    waiting = update(Question).where(Question.state == "waiting")
    session.execute(waiting.values(next_reminder_at=moment))


def _enter(
    session: Session, reached: Sequence[tuple[Subject, Rung]], holds: Holds, day: date
) -> int:
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


def _enter_week(session: Session, now: datetime) -> dict[str, int]:
    """Write the summary once a week; later only if nothing ran on its first day."""
    holds, day = Holds.standing(session), calendar.lima_day(now)
    working = calendar.calendar_of(session, None)
    tasks = session.scalars(
        select(Task)
        .where(Task.id.in_(weekly.tasks(working, day)))
        .options(joinedload(Task.entity))
        .order_by(Task.id)
    )
    questions = session.scalars(
        select(Question)
        .where(Question.id.in_(weekly.questions(working, day)))
        .options(joinedload(Question.entity), joinedload(Question.task))
        .order_by(Question.id)
    )
    every: list[Subject] = [*tasks, *questions]
    due = [one for one in every if not holds.holds(one, day)]
    if not due:
        return {}
    week = Rung(weekly.rung_of(day), day, "weekly", ("secretary",))
    entered = _enter(session, [(task, week) for task in due], holds, day)
    return {"entered": entered} if entered else {}


# Rows become mails ----------------------------------------------------------------------------


def _waiting(holds: Holds, day: date) -> Select[str]:
    """Select the persons of waiting rows that may be sent, without a digest today."""
    had = exists().where(Mail.person == Reminder.person, Mail.digest_on == day)
    return subjects.joined(select(Reminder.person)).where(_may_go(holds, day), not_(had))


def _may_go(holds: Holds, day: date) -> ColumnElement[bool]:
    return and_(
        Reminder.state == "waiting",
        subjects.is_not_suspended(),
        not_(holds.condition(day)),
    )


def _write_digests(session: Session, now: datetime, failed: set[str]) -> dict[str, int]:
    """Write a mail for each of some persons, first those whose rows have waited longest.

    `failed`: persons whose mail failed in this run; the next run tries again.
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
    return dict(+done)  # rows that another process has locked are left to it


def _write(session: Session, persons: Sequence[str], holds: Holds, day: date) -> dict[str, int]:
    rows = session.scalars(
        subjects.joined(select(Reminder))
        .where(_may_go(holds, day), Reminder.person.in_(persons))
        .options(*subjects.loaded())
        .order_by(Reminder.id)
        .with_for_update(skip_locked=True, of=Reminder)
    ).all()
    people = People(session, [row.about.entity for row in rows])
    left = valid_rows(session, rows, people, holds, day)
    ids = _post(session, digest.compose(session, left, day, people), day)
    for row in left:
        if row.person in ids:
            row.state, row.mail_id = "mailed", ids[row.person]
    closed = sum(row.state not in ("waiting", "mailed") for row in rows)
    return {"digests": len(ids), "told_nothing": closed}


def _post(session: Session, digests: Mapping[str, digest.Digest], day: date) -> dict[str, int]:
    """Write each person's mail of the day; return the ids of those that did not exist yet."""
    if not digests:
        return {}
    on_postgresql = session.get_bind().dialect.name == "postgresql"
    insert = postgresql.insert(Mail) if on_postgresql else sqlite.insert(Mail)
    written = session.execute(
        insert.on_conflict_do_nothing().returning(Mail.id, Mail.person),
        [mail_of(one, day) for one in digests.values()],
    )
    return {person: mail_id for mail_id, person in written}

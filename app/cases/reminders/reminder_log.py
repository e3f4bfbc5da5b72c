"""The reminder log: each reminder to a person is a row with a key before it is a mail."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, literal_column, not_, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, aliased

from app.base import calendar
from app.base.models import Mail, Reminder, Task, User
from app.base.models.mail import OF_QUESTION
from app.cases.reminders import subjects
from app.cases.reminders.people import People, Recipient, dead_addresses, party_of
from app.cases.reminders.subjects import Subject, is_open

#: Kinds of mails that consist of rows of the reminder log.
KINDS = frozenset({"digest", "weekly", "reminder_now"})
MOVED = "task_moved"
#: The states of mails that people have got.
WENT_OUT = ("sent", "shown")
#: The kind of the line that says that a step went back (`announce_gone_back`).
WENT_BACK = "task_went_back"


def row_of(
    about: Subject, due_at: datetime, rung: str, mail_kind: str, one: Recipient, state: str
) -> dict[str, Any]:
    """Return a row for a recipient of a task, or of a question, with a due date."""
    return {
        "task_id": about.id if isinstance(about, Task) else None,
        "question_id": None if isinstance(about, Task) else about.id,
        "due_on": calendar.last_day(due_at),
        "rung": rung,
        "person": one.person,
        "user_id": one.user.id if one.user else None,
        "address": one.address,
        "mail_kind": mail_kind,
        "recipient": one.word,
        "state": state,
        "created_at": calendar.now(),
    }


def enter(session: Session, rows: Collection[dict[str, Any]]) -> None:
    """Write rows; an existing row with the same key stays as it is.

    Exceptions wait again: a row that was never sent because its step seemed done or its date
    changed, a row of a date that moves there a second time, and a row of a step that came
    again after its person was informed that it went back.
    """
    of_tasks = [row for row in rows if row["task_id"] is not None]
    of_questions = [row for row in rows if row["task_id"] is None]
    if of_tasks:
        _enter(session, of_tasks, index_elements=["task_id", *OF_QUESTION[1:]])
    if of_questions:
        where = Reminder.question_id.is_not(None)
        _enter(session, of_questions, index_elements=list(OF_QUESTION), index_where=where)


def _enter(session: Session, rows: list[dict[str, Any]], **key: Any) -> None:
    on_postgresql = session.get_bind().dialect.name == "postgresql"
    insert = postgresql.insert(Reminder) if on_postgresql else sqlite.insert(Reminder)
    new, back = insert.excluded, aliased(Reminder)
    went_back = exists().where(
        back.task_id == literal_column("reminder.task_id"),
        back.person == literal_column("reminder.person"),
        back.created_at > literal_column("reminder.created_at"),
        back.mail_kind == WENT_BACK,
        back.state == "mailed",
    )
    statement = insert.on_conflict_do_update(
        **key,
        set_={"state": new.state, "created_at": new.created_at, "mail_id": None},
        where=or_(
            Reminder.state == "answered",
            and_(Reminder.state == "mailed", or_(Reminder.mail_kind == MOVED, went_back)),
        ),
    )
    session.execute(statement, rows)


def announce_moved(session: Session, task: Task, old_due_on: date) -> None:
    """Announce in the digest of the people of a task's lane that its date moved.

    Nothing if it did not move, if it is paused, or if the task is closed.
    """
    announce_all_moved(session, [(task, old_due_on)])


def announce_all_moved(
    session: Session,
    moves: Iterable[tuple[Subject, date]],
    because: str = "",
    only: Collection[tuple[int, str]] | None = None,
) -> None:
    """Announce many moved dates, each with the earlier last day, in a few statements.

    `because`: a word for what moved them, so that it is announced although something else moved
    the date there before. `only`: the tasks (ids) and persons to announce it to.
    """
    moved = [
        (task, task.due_at, old)
        for task, old in moves
        if is_open(task) and task.due_at and calendar.last_day(task.due_at) != old
    ]
    if not moved:
        return
    people = People(session, [task.entity for task, *_ in moved])
    planned = [
        (task, due_at, f"moved {old.isoformat()} {because}".rstrip(), one)
        for task, due_at, old in moved
        for one in people.recipients(task, (lane_word(task),), calendar.today())
        if only is None or (task.id, one.person) in only
    ]
    dead = dead_addresses(session, (one for *_, one in planned))
    enter(
        session,
        [
            row_of(task, due_at, rung, MOVED, one, state_of(one, dead))
            for task, due_at, rung, one in planned
        ],
    )


def announce_returned(
    session: Session, moves: Collection[tuple[Task, date]], migration_id: int
) -> None:
    """Announce that dates which a migration of cases moved are the former ones again.

    Only to the persons who got a mail about the move: for others it is dropped. `moves`: the
    tasks, each with the last day that the migration had given it.
    """
    if not moves:
        return
    announced = select(Reminder, Mail.state).outerjoin(Mail, Mail.id == Reminder.mail_id)
    rows = session.execute(
        announced.where(
            Reminder.task_id.in_([task.id for task, _ in moves]),
            Reminder.mail_kind == MOVED,
            Reminder.rung.like(f"moved % m{migration_id}"),
        )
    ).all()
    informed: set[tuple[int, str]] = set()
    for row, mail_state in rows:
        if row.state == "mailed" and mail_state != "waiting":
            informed.add((row.task_id or 0, row.person))
        elif row.state == "waiting":
            row.state = "answered"
    session.flush()
    announce_all_moved(session, moves, f"r{migration_id}", informed)


# A step that went back -------------------------------------------------------------------------


def announce_gone_back(
    session: Session, tasks: Mapping[int, Task], since: datetime, migration_id: int
) -> None:
    """Announce that steps went back, to those who got a mail of them since a moment (UTC).

    `tasks`: those that the return of a case closed, or gave to their former lane, by id. Not to
    persons who have the step again.
    """
    if not tasks:
        return
    people, day = People(session, [task.entity for task in tasks.values()]), calendar.today()
    informed = {
        (task_id, one.person): (one, due_on)
        for task_id, one, due_on in (
            *_notified(session, tasks, since),
            *_reminded(session, tasks, since),
        )
        if not _is_closed(one.user) and not _has(people, tasks[task_id], one.person, day)
    }
    dead = dead_addresses(session, (one for one, _ in informed.values()))
    rows = [
        row_of(
            tasks[task_id],
            calendar.end_of(due_on),
            f"back r{migration_id}",
            WENT_BACK,
            one,
            state_of(one, dead),
        )
        for (task_id, _), (one, due_on) in informed.items()
    ]
    if rows:
        enter(session, rows)


def _reminded(
    session: Session, tasks: Iterable[int], since: datetime
) -> Iterator[tuple[int, Recipient, date]]:
    """Yield who got a reminder: the task, the person, and the last day of its term then."""
    rows = session.execute(
        select(Reminder, User)
        .join(Mail, Mail.id == Reminder.mail_id)
        .outerjoin(User, User.id == Reminder.user_id)
        .where(
            Reminder.task_id.in_(tasks),
            Reminder.state == "mailed",
            Reminder.mail_kind.not_in((MOVED, WENT_BACK)),
            Reminder.created_at >= since,
            Mail.state.in_(WENT_OUT),
        )
        .order_by(Reminder.id)
    )
    for row, user in rows:
        yield row.task_id or 0, _recipient(row, user), row.due_on


def _notified(
    session: Session, tasks: Mapping[int, Task], since: datetime
) -> Iterator[tuple[int, Recipient, date]]:
    """Yield who got the notice of a legal term, whose last day is today's while it does not run."""
    rows = session.execute(
        select(Mail, User)
        .join(User, User.id == Mail.user_id)
        .where(Mail.task_id.in_(tasks), Mail.created_at >= since, Mail.state.in_(WENT_OUT))
        .order_by(Mail.id)
    )
    for mail, user in rows:
        task = tasks[mail.task_id or 0]
        due_on = calendar.last_day(task.due_at) if task.due_at else calendar.today()
        yield task.id, Recipient(mail.person, lane_word(task), user, user.email.strip()), due_on


def reader_of(session: Session, row: Reminder, people: People, day: date) -> Recipient | None:
    """Return who reads a row which says that a step went back.

    None if their account was closed, or the step is theirs again.
    """
    user = session.get(User, row.user_id) if row.user_id else None
    if _is_closed(user) or _has(people, row.about, row.person, day):
        return None
    return _recipient(row, user)


def _recipient(row: Reminder, user: User | None) -> Recipient:
    """Return a person of the reminder log, with their address as it is now."""
    address = user.email.strip() if user else row.address
    return Recipient(row.person, row.recipient, user, address)


def _is_closed(user: User | None) -> bool:
    return user is not None and not user.active


def _has(people: People, task: Subject, person: str, day: date) -> bool:
    """Return whether a step is open and its lane has a person."""
    return is_open(task) and people.find(task, lane_word(task), person, day) is not None


# Rows -----------------------------------------------------------------------------------------


def lane_word(task: Subject) -> str:
    """Return the table's word for the people who have a task or a question."""
    if task.role == "secretary":
        return "secretary"
    return "coordinator" if party_of(task) == "pcm" else "lane"


def state_of(one: Recipient, dead: Collection[str], muted: Collection[str] = ()) -> str:
    """Return "waiting", or the reason why nothing is sent to a recipient."""
    if one.person in muted:
        return "muted"
    if one.user is not None and not one.user.wants_digest:
        return "unsubscribed"
    if not one.address:
        return "no_address"
    return "dead_address" if one.address.casefold() in dead else "waiting"


def rows_of(session: Session, mail: Mail) -> Sequence[Reminder]:
    """Return the rows of a mail, with the data that it shows."""
    return rows_with_tasks(session, Reminder.mail_id == mail.id, Reminder.state == "mailed")


def rows_with_tasks(session: Session, *conditions: ColumnElement[bool]) -> Sequence[Reminder]:
    """Return rows of the reminder log, with what they are about, instances and entities."""
    return session.scalars(
        select(Reminder)
        .where(*conditions)
        .options(*subjects.loaded())
        .execution_options(populate_existing=True)
        .order_by(Reminder.id)
    ).all()


def left_over(day: date) -> ColumnElement[bool]:
    """Return the condition on Mail: a digest of an earlier day that certainly was not accepted.

    No attempt was made, or each one ended with "not now" (4xx), and none is in progress: a claim
    sets the lease after the next attempt, the end of an attempt sets that after the lease. It is
    not sent any more: its content goes into today's digest (see `run`).
    """
    untried = and_(Mail.attempts == 0, Mail.lease_until_at.is_(None))
    refused = and_(
        Mail.attempts > 0,
        not_(Mail.uncertain),
        or_(Mail.lease_until_at.is_(None), Mail.next_try_at >= Mail.lease_until_at),
    )
    return and_(
        Mail.state == "waiting",
        Mail.digest_on.is_not(None),
        Mail.digest_on < day,
        or_(untried, refused),
    )


def take_apart(session: Session, mail: Mail) -> None:
    """Drop a mail that was not sent; its rows wait for another one."""
    session.execute(
        update(Reminder)
        .where(Reminder.mail_id == mail.id, Reminder.state == "mailed")
        .values(state="waiting", mail_id=None)
    )
    mail.state, mail.error = "dropped", "No salió ese día: va en el resumen del siguiente."


def says_went_back(row: Reminder) -> bool:
    """Return whether a row says that a step went back (`announce_gone_back`)."""
    return row.mail_kind == WENT_BACK


def is_due_still(row: Reminder) -> bool:
    """Return whether what a row is about is still open and due on that day."""
    task = row.about
    return (
        is_open(task) and task.due_at is not None and calendar.last_day(task.due_at) == row.due_on
    )


def is_true(row: Reminder) -> bool:
    """Return whether a row is still open and due on that day, and its case is running."""
    return is_due_still(row) and subjects.is_running(row.about)

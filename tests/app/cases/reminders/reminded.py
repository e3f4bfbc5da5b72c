"""Time for the tests of reminders: days, the job, and the mails that are sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.base import calendar
from app.base.models import Entity, Mail, Reminder, Task
from app.cases import reminders
from app.cases.reminders.forecast import Key
from app.mailroom import sending
from tests.app.walk import Walk
from tests.conftest import Clock

EIGHT = time(8)
#: The week of the tests, the Monday five working days before it, and the one after it.
MONDAY, TUESDAY, WEDNESDAY, FRIDAY = (date(2026, 3, day) for day in (2, 3, 4, 6))
LAST_MONDAY, NEXT_MONDAY = date(2026, 2, 23), date(2026, 3, 9)
#: The last day of the first step of an onboarding that began on MONDAY.
DUE = date(2026, 3, 16)


class Days(Walk):
    """An installation whose clock a test moves from day to day."""

    def __init__(self, walk: Walk, clock: Clock) -> None:
        super().__init__(walk.app)
        self.id, self.people, self.clock = walk.id, walk.people, clock

    # Time

    def at(self, day: date, hour: time = EIGHT) -> None:
        """Set the clock to this hour in Lima."""
        self.clock.set(calendar.at_hour(day, hour))

    def remind(self) -> dict[str, int]:
        """Run the job of the reminders once."""
        with self.app.app_context():
            return reminders.run(self.engine)

    def send(self) -> dict[str, int]:
        """Send the outbox; without a server the mails are only marked as shown."""
        return sending.run(self.app)

    def pass_by(self, until: date) -> None:
        """Pass each day from now to the end of `until`: reminders at eight, then sending."""
        day = calendar.today()
        while day <= until:
            if calendar.now() < calendar.at_hour(day, EIGHT):
                self.at(day)
            self.remind()
            self.send()
            day += timedelta(days=1)

    # Reading

    def rows(self, **having: Any) -> list[Reminder]:
        """Return the reminder log in order, with tasks and mails; `having`: columns and values."""
        return self.all(
            select(Reminder)
            .filter_by(**having)
            .options(
                joinedload(Reminder.task).joinedload(Task.entity),
                joinedload(Reminder.question),
                joinedload(Reminder.mail),
            )
            .order_by(Reminder.id)
        )

    def log_lines(self, **having: Any) -> list[tuple[str, str, str]]:
        """Return the reminder log in short: day (ISO) of the row, rung, capacity."""
        return [
            (calendar.lima_day(row.created_at).isoformat(), row.rung, row.recipient)
            for row in self.rows(**having)
        ]

    def reminder_mails(self, *kinds: str) -> list[Mail]:
        """Return the mails of reminders that were not dropped, in order."""
        wanted = kinds or tuple(sorted(reminders.KINDS))
        query = select(Mail).where(Mail.kind.in_(wanted), Mail.state != "dropped")
        return self.all(query.order_by(Mail.id))

    def recipient(self, role: str) -> str:
        """Return the person of a part as in the reminder log."""
        return f"u{self.people[role]}"

    # Starting

    def begin_monday(self) -> int:
        """Start an onboarding on MONDAY at nine; return the task of its first step."""
        self.at(MONDAY, time(9))
        self.begin()
        return self.task("designate_administrator").id

    def file(self) -> int:
        """Start an onboarding whose papers were filed; return the task of the SIP."""
        self.begin_filed()
        return self.task("record_reception").id

    # Changing

    def change_task(self, step: str, instance: int = 0, **values: Any) -> int:
        """Set columns of an open task, and let the job read it; return its id."""
        with self.writing() as session:
            task = self.find(session, step, instance)
            for name, value in ({"next_reminder_at": calendar.now()} | values).items():
                setattr(task, name, value)
            return task.id

    def due_on(self, step: str, day: date, instance: int = 0) -> int:
        """Let an open task be due on a day, and be read up to yesterday; return its id."""
        return self.change_task(
            step,
            instance,
            due_at=calendar.end_of(day),
            opened_at=calendar.at_hour(day - timedelta(days=90), EIGHT),
            reminded_on=calendar.today() - timedelta(days=1),
        )

    def move(self, there: date) -> None:
        """Let the first step be due on another day, with an announcement."""
        with self.writing() as session:
            task = self.find(session, "designate_administrator")
            assert task.due_at is not None
            old = calendar.last_day(task.due_at)
            task.due_at, task.next_reminder_at = calendar.end_of(there), calendar.now()
            reminders.announce_moved(session, task, old)

    def remind_now(self, step: str = "designate_administrator") -> str:
        """Remind of a step as a coordinator does; return what they read."""
        with self.writing() as session:
            return reminders.send_now(session, self.find(session, step), self.people["sip"])

    def change_entity(self, code: str = "", **values: Any) -> None:
        """Set columns of an entity (by default the walk's)."""
        with self.writing() as session:
            entity = session.scalars(select(Entity).where(Entity.code == (code or "E90001"))).one()
            for name, value in values.items():
                setattr(entity, name, value)


def key(row: Reminder) -> Key:
    """Return the key of a row of the reminder log about a task."""
    assert row.task_id is not None
    return ("task", row.task_id), row.due_on, row.rung, row.person


def keys(rows: Iterable[Reminder]) -> set[Key]:
    """Return the keys of rows of the reminder log about tasks."""
    return {key(row) for row in rows}


def lima(year: int, month: int, day: int, hour: int = 8, minute: int = 0) -> datetime:
    """Return a moment in Lima."""
    return calendar.at_hour(date(year, month, day), time(hour, minute))


def steps_of(mail: Mail, tasks: Mapping[int, str]) -> list[str]:
    """Return the steps that a mail links to, by their ids."""
    return [step for task_id, step in tasks.items() if f"/tareas/{task_id}\n" in mail.body]

"""The verdict on reminders: expected and delivered mails, and ledger against forecast."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.base import calendar
from app.base.models import Holding, Mail, ProcessInstance, Reminder, Task
from app.cases import custody, reminders
from app.cases.reminders import Planned
from tests.drill.post_office import Delivery

#: Key of a row of the ledger and of the forecast: task, due date, rung, person.
Row = tuple[int, date, str, str]


@dataclass(frozen=True)
class Verdict:
    """The last line of the drill, and the figures behind it."""

    expected: int
    delivered: int
    lost: int
    twice: int
    repeated: int

    def __str__(self) -> str:
        return (
            f"drill: {self.expected} expected, {self.delivered} delivered, {self.lost} lost, "
            f"{self.twice} twice, {self.repeated} repeated after a lost reply"
        )

    @property
    def is_good(self) -> bool:
        """Condition: every mail arrived, and none twice except after a lost reply or a killed
        worker.
        """
        return not (self.lost or self.twice) and self.delivered == self.expected


def forecast_of(session: Session, begins_on: date, working_days: int) -> dict[Row, Planned]:
    """Return what would be sent about tasks if none moved."""
    return {
        (one.task_id, one.due_on, one.rung, one.person): one
        for one in reminders.forecast(session, begins_on, working_days)
        if one.task_id is not None
    }


def ledger_of(session: Session, until: datetime) -> dict[Row, Reminder]:
    """Return the rows of the ledger about tasks that the drill wrote."""
    rows = session.scalars(
        select(Reminder).where(Reminder.created_at <= until).options(joinedload(Reminder.mail))
    )
    return {
        (row.task_id, row.due_on, row.rung, row.person): row
        for row in rows
        if row.task_id is not None
    }


def undisturbed(session: Session, begun: datetime, until: datetime) -> set[int]:
    """Return the tasks that were open during the whole drill."""
    query = select(Task.id).where(
        Task.opened_at < begun, (Task.closed_at.is_(None)) | (Task.closed_at > until)
    )
    return set(session.scalars(query))


def differences(
    forecast: dict[Row, Planned],
    ledger: dict[Row, Reminder],
    tasks: set[int],
    deliveries: Sequence[Delivery],
) -> dict[str, list[Row]]:
    """Return how ledger and deliveries differ from the forecast, for tasks that did not move."""
    foreseen = {row for row in forecast if row[0] in tasks}
    entered = {row for row in ledger if row[0] in tasks}
    taken = {one.message_id for one in deliveries}
    both = foreseen & entered
    return {
        "missing": sorted(foreseen - entered),
        "not forecast": sorted(entered - foreseen),
        "too early": sorted(row for row in both if _day(ledger[row]) < forecast[row].day),
        "not notified": sorted(
            row
            for row in both
            if forecast[row].state == "waiting" and not _is_delivered(ledger[row], taken)
        ),
    }


def late(forecast: dict[Row, Planned], ledger: dict[Row, Reminder], tasks: set[int]) -> int:
    """Return the number of reminders whose digest went out on a later day than forecast.

    That is no fault: the pause after a refused attempt, or the claim of a killed worker, is a
    minute of the database's clock, and so a day and more of the drill's.
    """
    rows = [row for row in forecast if row[0] in tasks and row in ledger]
    return sum(_day(ledger[row]) > forecast[row].day for row in rows)


def _day(row: Reminder) -> date:
    """Return the day of the digest with the row, or the day of the row itself."""
    if row.mail is not None and row.mail.digest_on is not None:
        return row.mail.digest_on
    return calendar.lima_day(row.created_at)


def _is_delivered(row: Reminder, taken: set[str]) -> bool:
    return row.mail is not None and row.mail.message_id in taken


def notified_after_the_answer(session: Session, deliveries: Sequence[Delivery]) -> int:
    """Return the number of delivered mails that name only steps closed by then."""
    arrived = {one.message_id: one.at for one in deliveries}
    closed: dict[str, list[bool]] = defaultdict(list)
    rows = session.execute(
        select(Mail.message_id, Task.closed_at)
        .join(Reminder, Reminder.mail_id == Mail.id)
        .join(Task, Task.id == Reminder.task_id)
        .where(Reminder.state == "mailed")
    )
    for message_id, closed_at in rows:
        at = arrived.get(message_id)
        if at is not None:
            closed[message_id].append(closed_at is not None and closed_at < at)
    return sum(all(flags) for flags in closed.values())


def verdict(
    session: Session, deliveries: Sequence[Delivery], kills: Sequence[float], until: datetime
) -> Verdict:
    """Compare the outbox and the ledger with the messages that the post office took."""
    wanted = {
        mail.message_id
        for mail in session.scalars(select(Mail).where(Mail.created_at <= until))
        if mail.state != "dropped"
    }
    taken: dict[str, list[Delivery]] = defaultdict(list)
    for one in deliveries:
        taken[one.message_id].append(one)
    repeated = twice = 0
    for several in taken.values():
        for earlier, later in pairwise(several):
            excused = earlier.unanswered or any(earlier.real <= k <= later.real for k in kills)
            repeated += excused
            twice += not excused
    delivered = wanted & taken.keys()
    return Verdict(len(wanted), len(delivered), len(wanted - delivered), twice, repeated)


def drifted(session: Session) -> list[str]:
    """Return the cases whose clock differs from their log: the former value and the rebuilt one."""
    off = []
    for row in session.scalars(select(ProcessInstance).order_by(ProcessInstance.id)).all():
        before = clock_of(session, row)
        if custody.rebuild(session, row):
            off.append(f"instance {row.id}: {before} should be {clock_of(session, row)}")
    session.rollback()
    return off


def clock_of(session: Session, row: ProcessInstance) -> str:
    """Return the intervals of a case, and the running one."""
    held = session.scalars(
        select(Holding).where(Holding.instance_id == row.id).order_by(Holding.since_at)
    )
    past = [f"{one.party} from {one.since_at} to {one.until_at}" for one in held]
    return ", ".join([*past[-3:], f"{row.holder} since {row.holder_since_at}"])

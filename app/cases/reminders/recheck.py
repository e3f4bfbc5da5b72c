"""A second check of rows of the reminder log: before they become a mail, and before it is sent.

Meanwhile steps are answered, roles change, addresses are corrected, and coordinators hold and
mute; the mail contains what is valid when it is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import Mail, Reminder
from app.cases.reminders.digest import compose, text_of
from app.cases.reminders.holds import Holds
from app.cases.reminders.people import WORD_OF, People, Recipient, dead_addresses
from app.cases.reminders.reminder_log import (
    KINDS,
    enter,
    is_due_still,
    reader_of,
    row_of,
    rows_of,
    says_went_back,
    state_of,
)
from app.cases.reminders.subjects import is_suspended


def refresh(session: Session, mail: Mail) -> bool:
    """Remove from a mail what is no longer valid; return False if nothing is left to send.

    Call it in the transaction that sends the mail, once it is locked. The rest is written again, as
    of today, for the person's current address. Mails without rows of the reminder log stay as they
    are.
    """
    if mail.kind not in KINDS:
        return True
    day = calendar.today()
    rows = rows_of(session, mail)
    people = People(session, [row.about.entity for row in rows])
    left = valid_rows(session, rows, people, Holds.standing(session), day)
    if left:
        mail.to = left[0].address
        if len(left) < len(rows) or calendar.lima_day(mail.created_at) != day:
            again = compose(session, left, day, people)[mail.person]
            mail.kind, (mail.subject, mail.body) = again.kind, text_of(again)
            mail.paths = again.paths
    session.flush()
    return bool(left)


def valid_rows(
    session: Session, rows: Sequence[Reminder], people: People, holds: Holds, day: date
) -> list[Reminder]:
    """Return the rows that are still valid and reach their person; set the state of the others.

    Rows on hold, or of a suspended case, wait for another digest. If another person has the place
    of the first one by now, that person is reminded.
    """
    found = [_reader(session, row, people, day) for row in rows]
    dead = dead_addresses(session, (one for one in found if one))
    muted = holds.muted(day)
    left: list[Reminder] = []
    others: list[dict[str, Any]] = []
    for row, one in zip(rows, found, strict=True):
        if not says_went_back(row) and not is_due_still(row):
            row.state = "answered"
        elif _is_on_hold(row, holds, day):
            row.state, row.mail_id = "waiting", None
        elif one is None:
            row.state = "answered"
            others += _in_place_of(row, people, day)
        else:
            row.address, state = one.address, state_of(one, dead, muted)
            if state == "waiting":
                left.append(row)
            else:
                row.state, row.mail_id = state, None
    session.flush()
    enter(session, others)
    return left


def _reader(session: Session, row: Reminder, people: People, day: date) -> Recipient | None:
    if says_went_back(row):
        return reader_of(session, row, people, day)
    return people.find(row.about, row.recipient, row.person, day)


def _is_on_hold(row: Reminder, holds: Holds, day: date) -> bool:
    """Return whether a row's case is suspended or the row is on hold.

    Manual reminders ignore holds.
    """
    if is_suspended(row.about):
        return True
    return row.mail_kind != "reminder_now" and holds.holds(row.about, day)


def _in_place_of(row: Reminder, people: People, day: date) -> list[dict[str, Any]]:
    """Return rows for the people in the place of a reader; of a step that went back, none."""
    if says_went_back(row):
        return []
    task = row.about
    word = WORD_OF.get(row.recipient, row.recipient)
    return [
        row_of(task, task.due_at, row.rung, row.mail_kind, one, "waiting")
        for one in people.recipients(task, (word,), day)
        if one.person and task.due_at is not None
    ]

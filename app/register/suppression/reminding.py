"""Mails about terms of decisions and answers: before the last day, on it, and once it passed.

These terms are no tasks of a case, so the ladder of reminders does not know them. A mail has no
name of a person who asked, nor data of a visit.
"""

from __future__ import annotations

from collections import defaultdict

from flask import current_app
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.db import Stop, open_session, writing
from app.base.models import Mail, User
from app.people import mail
from app.people.mail import Letter
from app.register.suppression import deciders, pending
from app.register.suppression.pending import Pending

KIND = "personal_data_due"
#: Working days left on which a mail is written; when late, also each fifth day.
BEFORE, EACH_LATE = frozenset({1, 0, -1}), 5


def remind(engine: Engine, stop: Stop) -> int:
    """Write one mail to each person who decides or answers and whose term is near or past.

    On working days alone, and once a day however often it runs. Return the number of mails.
    """
    with open_session(engine, writes=False) as session:
        if not calendar.calendar_of(session, None).works(calendar.today()):
            return 0
    with writing(engine) as session:
        had = set(
            session.scalars(
                select(Mail.user_id).where(
                    Mail.kind == KIND, Mail.created_at >= calendar.midnight(calendar.today())
                )
            )
        )
        found = [one for one in _due(session) if one[0].id not in had]
        for user, items in found:
            late = any(one.is_late for one in items)
            values = {"items": items, "late": late, "site": current_app.config["PUBLIC_URL"]}
            mail.post(session, Letter(KIND, user.email, values, user))
    return len(found)


def _due(session: Session) -> list[tuple[User, list[Pending]]]:
    """Return who is reminded today, and of what."""
    items: defaultdict[int, list[Pending]] = defaultdict(list)
    users: dict[int, User] = {}
    for one in pending.everything(session):
        working = calendar.calendar_of(session, one.register.entity)
        left = working.days_left(one.due_at, calendar.now())
        if left not in BEFORE and (left > 0 or left % EACH_LATE):
            continue
        for user in deciders.readers(session, one.register):
            users[user.id] = user
            items[user.id].append(one)
    return [(users[user_id], several) for user_id, several in items.items()]

"""The worker's part: mails about incidents to notify, while the 48 hours run and when they end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar, db
from app.base.db import Stop
from app.base.models import DataBreach, Grant, User
from app.people import access, breaches, mail
from app.people.mail import Letter

LATE = "late"
#: Name of a reminder → how long before the end of the term it is sent, the last one first. It is
#: stored in `DataBreach.reminded`.
BEFORE: Mapping[str, timedelta] = {
    LATE: timedelta(0),
    "soon": timedelta(hours=6),
    "half": timedelta(hours=24),
}


def run(app: Flask, stop: Stop) -> Mapping[str, int] | None:
    """Send what is due, each incident in a separate transaction. Return the count of mails."""
    engine, sent = app.extensions["engine"], 0
    with db.open_session(engine, writes=False) as session:
        due = [row.id for row in _open(session) if is_due(row)]
    for breach_id in due:
        if stop():
            return None
        with db.writing(app) as session:
            sent += remind(session, db.locked(session, DataBreach, breach_id))
    return {"sent": sent}


def _open(session: Session) -> Sequence[DataBreach]:
    query = select(DataBreach).where(DataBreach.state == "open").order_by(DataBreach.due_at)
    return session.scalars(query).all()


def reminder_of(breach: DataBreach, now: datetime) -> str:
    """Return the reminder that an open incident should have by now; "" for none yet."""
    left = breach.due_at - now
    return next((name for name, before in BEFORE.items() if left <= before), "")


def is_due(breach: DataBreach) -> bool:
    """Return whether a newer reminder has to be sent."""
    wanted = reminder_of(breach, calendar.now())
    return breach.state == "open" and wanted not in ("", breach.reminded)


def remind(session: Session, breach: DataBreach) -> int:
    """Write to those who answer for an incident, if that is due. Return the number of mails."""
    if not is_due(breach):
        return 0
    breach.reminded = reminder_of(breach, calendar.now())
    values = {
        "breach": breach,
        "place": breaches.place_of(breach),
        "is_late": breach.reminded == LATE,
    }
    people = mail.reachable(session, readers_of(session, breach))
    for user in people:
        mail.post(session, Letter("data_breach", user.email, values, user, breach.entity))
    return len(people)


def readers_of(session: Session, breach: DataBreach) -> Sequence[User]:
    """Return who answers for an incident: in the entity, and the Gestor for the platform's.

    Where the entity has nobody now, it is the Gestor.
    """
    roles, everybody = access.ACTIONS[breaches.ACTION], select(User).join(Grant)
    held = everybody.where(Grant.role.in_(roles), access.IS_HELD, User.active)
    found = session.scalars(
        held.where(Grant.entity_id == breach.entity_id).order_by(User.id).distinct()
    ).all()
    if breach.entity_id is None or not found:
        of_pcm = held.where(Grant.entity_id.is_(None)).order_by(User.id).distinct()
        return session.scalars(of_pcm).all()
    return found

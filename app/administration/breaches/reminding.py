"""The worker's part: a mail about each incident to notify, before the 48 hours end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from flask import Flask
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app.base import calendar, db
from app.base.db import Stop
from app.base.models import DataBreach, Grant, User
from app.people import access, breaches, mail
from app.people.mail import Letter

#: How long before the end of the term the mail is sent.
AHEAD = timedelta(hours=6)


def run(app: Flask, stop: Stop) -> Mapping[str, int] | None:
    """Send what is due, each incident in a separate transaction. Return the count of mails."""
    engine, sent = app.extensions["engine"], 0
    with db.open_session(engine, writes=False) as session:
        due = session.scalars(select(DataBreach.id).where(_is_due()).order_by(DataBreach.due_at))
        ids = due.all()
    for breach_id in ids:
        if stop():
            return None
        with db.writing(app) as session:
            sent += remind(session, breach_id)
    return {"sent": sent}


def _is_due() -> ColumnElement[bool]:
    return (
        DataBreach.notified_at.is_(None)
        & DataBreach.reminded_at.is_(None)
        & (DataBreach.due_at <= calendar.now() + AHEAD)
    )


def remind(session: Session, breach_id: int) -> int:
    """Write to those who answer for an incident, if that is due. Return the number of mails."""
    query = select(DataBreach).where(DataBreach.id == breach_id, _is_due())
    breach = session.scalar(query.with_for_update(of=DataBreach))
    if breach is None:
        return 0
    breach.reminded_at = calendar.now()
    values = {"breach": breach, "place": breaches.place_of(breach)}
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

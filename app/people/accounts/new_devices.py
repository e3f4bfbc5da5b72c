"""Mails about sign-ins from a browser that the account did not use before, at most one a day.

People of the PCM get them unless they switch them off under *Mi cuenta*; others switch them on.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import Attempt, SignIn, User
from app.people import mail
from app.people.access.roles import PCM_ROLES
from app.people.access.rules import roles_of
from app.people.access.tickets import keyed_hash
from app.people.accounts import known_browsers

#: The kind of the rows that count these mails, and how long no other one is sent.
MAILED = "new_device"
ONE_PER = timedelta(days=1)


def wants_mails(user: User) -> bool:
    """Return whether the person gets these mails: as they chose, otherwise people of the PCM."""
    if user.wants_sign_in_mails is not None:
        return user.wants_sign_in_mails
    return not roles_of(user).isdisjoint(PCM_ROLES)


def announce(session: Session, user: User, browser: str) -> None:
    """Mail the person, if this browser is new to the account. Call it before the sign-in's row.

    The first sign-in of an account is not announced. `browser`: its name, `Firefox en Windows`.
    """
    if not wants_mails(user) or known_browsers.browser(known_browsers.subject_of(user)):
        return
    if session.scalar(select(SignIn.id).where(SignIn.user_id == user.id).limit(1)) is None:
        return
    now, subject = calendar.now(), keyed_hash("attempt", f"{MAILED} {user.id}")
    earlier = Attempt.subject == subject, Attempt.at > now - ONE_PER
    if session.scalar(select(Attempt.id).where(*earlier).limit(1)) is not None:
        return
    session.add(Attempt(kind=MAILED, subject=subject, at=now))
    values = {"at": now, "browser": browser}
    mail.post(session, mail.Letter("new_device", user.email, values, user=user))

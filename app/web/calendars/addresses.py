"""The secret addresses of calendars: made once, and replaced.

`app.people.accounts.signed_in` makes them void.
"""

from __future__ import annotations

import secrets

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.base import audit_log, calendar, db
from app.base.models import CalendarAddress, User
from app.people.access.rules import has_left
from app.people.access.tickets import keyed_hash

#: The longest text that is looked up as a secret.
LONGEST = 100


def of(session: Session, user: User) -> CalendarAddress | None:
    """Return the address of a person; None if there is none."""
    return session.scalar(select(CalendarAddress).where(CalendarAddress.user_id == user.id))


def make(session: Session, user: User, *, with_names: bool) -> str:
    """Make a person's address and return its secret, once; an earlier one is void. Flushes."""
    db.in_turn(session, f"calendar of {user.id}")
    secret = secrets.token_urlsafe(32)
    row = of(session, user) or CalendarAddress(user_id=user.id)
    row.secret_hash, row.with_names = keyed_hash("calendar", secret), with_names
    row.made_at = calendar.now()
    session.add(row)
    audit_log.of_person(session, "person.calendar_made", user, user.id)
    session.flush()
    return secret


def find(session: Session, secret: str) -> CalendarAddress | None:
    """Return the address of a secret whose person may still sign in and has a role."""
    if len(secret) > LONGEST:
        return None
    row = session.scalar(
        select(CalendarAddress)
        .options(joinedload(CalendarAddress.user))
        .where(CalendarAddress.secret_hash == keyed_hash("calendar", secret))
    )
    if row is None or not row.user.may_sign_in or has_left(row.user):
        return None
    return row

"""Browsers that are signed in: a row each, so that the server can end any of them.

The cookie holds a random token, the table its keyed hash. A sign-in ends when its owner leaves,
when the password changes, when the account is deactivated or suspended or its last role ends, after
`IDLE` without use, and `LONGEST` after it began.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

import flask
from flask import current_app, g, request
from flask_login import UserMixin, current_user, login_user
from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session, joinedload

from app.base import audit_log, calendar, db
from app.base.models import CalendarAddress, SignIn, User
from app.people.access.rules import has_left
from app.people.access.tickets import keyed_hash
from app.people.accounts import known_browsers, new_devices

IDLE = timedelta(hours=12)
LONGEST = timedelta(days=30)
#: The precision of `seen_at`: a write for every page would cost more than it is worth.
NOTED_EVERY = timedelta(minutes=15)

BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


#: Person and roles come along: every page asks for them.
BY_TOKEN = (
    select(SignIn)
    .where(SignIn.token_hash == bindparam("hash"), SignIn.ended_at.is_(None))
    .options(joinedload(SignIn.user).joinedload(User.grants))
)


class Visitor(UserMixin):
    """Flask-Login's current user: a person in one browser."""

    def __init__(self, sign_in: SignIn, token: str) -> None:
        self.sign_in = sign_in
        self.token = token

    @property
    def person(self) -> User:
        """The person."""
        return self.sign_in.user

    def get_id(self) -> str:
        """Return the content of the cookie."""
        return self.token


def load(token: str) -> Visitor | None:
    """Return the visitor of a cookie; None if its sign-in has ended or cannot be looked up."""
    if g.get("database_away"):
        return None
    found = db.session().scalars(BY_TOKEN, {"hash": keyed_hash("sign_in", token)})
    row = found.unique().one_or_none()
    now = calendar.now()
    if row is None or not row.user.may_sign_in or has_left(row.user) or not is_alive(row, now):
        return None
    if now - row.seen_at > NOTED_EVERY and request.method in db.READ_ONLY_METHODS:
        note_use(row)
    return Visitor(row, token)


def is_alive(row: SignIn, now: datetime) -> bool:
    """Return whether a sign-in that was not ended still lets its browser in."""
    idle: timedelta = current_app.config.get("SIGN_IN_IDLE", IDLE)
    return now - row.seen_at <= idle and now - row.created_at <= max(idle, LONGEST)


def note_use(row: SignIn) -> None:
    """Record that a sign-in is in use, in a separate transaction: the page only reads."""
    with db.writing(current_app) as session:
        session.execute(update(SignIn).where(SignIn.id == row.id).values(seen_at=calendar.now()))


def start(session: Session, user: User, *, with_factor: bool = False) -> None:
    """Sign a person in; the earlier content of the browser's cookie is discarded.

    `with_factor`: the person just gave a code of the second factor.
    """
    now, name = calendar.now(), browser(request.user_agent.string)
    new_devices.announce(session, user, name)
    token = secrets.token_urlsafe(32)
    row = SignIn(
        token_hash=keyed_hash("sign_in", token),
        user=user,
        created_at=now,
        seen_at=now,
        browser=name,
        factor_at=now if with_factor else None,
    )
    session.add(row)
    flask.session.clear()
    login_user(Visitor(row, token))
    known_browsers.remember(user)


def current() -> SignIn | None:
    """Return the sign-in of this request."""
    row: SignIn | None = getattr(current_user, "sign_in", None)
    return row


def end(session: Session, row: SignIn) -> None:
    """End one sign-in."""
    row.ended_at = calendar.now()
    session.flush()


def end_all(
    session: Session, user: User, actor_id: int | None, *, but: SignIn | None = None
) -> int:
    """End every sign-in of a person (but one), and void their calendar; return how many ended."""
    rows = [row for row in open_ones(session, user) if but is None or row.id != but.id]
    for row in rows:
        end(session, row)
    void_calendar(session, user, actor_id)
    return len(rows)


def void_calendar(session: Session, user: User, actor_id: int | None) -> bool:
    """Make the secret address of a person's calendar void; return whether there was one. Flushes.

    Who has it reads the calendar without signing in.
    """
    row = session.scalar(select(CalendarAddress).where(CalendarAddress.user_id == user.id))
    if row is None:
        return False
    session.delete(row)
    audit_log.of_person(session, "person.calendar_voided", user, actor_id)
    session.flush()
    return True


def open_ones(session: Session, user: User) -> list[SignIn]:
    """Return a person's sign-ins that have not ended, newest first."""
    rows = session.scalars(
        select(SignIn)
        .where(SignIn.user_id == user.id, SignIn.ended_at.is_(None))
        .order_by(SignIn.id.desc())
    )
    return list(rows)


def browser(agent: str) -> str:
    """Return the name that a browser declares, as its owner knows it: `Firefox en Windows`."""
    name = next((name for mark, name in BROWSERS if mark in agent), "")
    system = next((system for mark, system in SYSTEMS if mark in agent), "")
    return " en ".join(part for part in (name or "Navegador", system) if part)

"""People who gave their password and not yet a code of their second factor.

Until then they are signed out for every page. What waits is in the signed cookie of the browser,
for a quarter of an hour and for this password only.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import flask
from flask import redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.base import calendar
from app.base.models import User
from app.people.access.rules import has_left
from app.people.access.tickets import keyed_hash
from app.people.accounts import signed_in
from app.people.accounts.factor import held, policy

KEY = "waiting"
LASTS = timedelta(minutes=15)


def come_in(session: Session, user: User, wanted: str, *, with_factor: bool = False) -> Response:
    """Sign a person in whose password or link is right, or lead them to the second factor. Commits.

    `wanted`: the path to go to afterwards. `with_factor`: the provider checked a second factor.
    """
    if with_factor or not is_demanded(session, user):
        signed_in.start(session, user, with_factor=with_factor)
        session.commit()
        return redirect(wanted, 303)
    session.commit()
    flask.session.clear()
    flask.session[KEY] = [user.id, calendar.now().isoformat(), _mark(user), wanted]
    return redirect(url_for("accounts.give_code"), 303)


def is_demanded(session: Session, user: User) -> bool:
    """Return whether the person needs a code to come in: they have a second factor, or must."""
    return policy.is_on() and (policy.is_required(user) or bool(held.of(session, user)))


def current(session: Session) -> tuple[User, str] | None:
    """Return the person who waits in this browser, and the path that they want."""
    waits: Any = flask.session.get(KEY)
    if not waits or not policy.is_on():
        return None
    number, since, mark, wanted = waits
    user = session.get(User, number)
    age = calendar.now() - datetime.fromisoformat(since)
    if user is None or not user.may_sign_in or has_left(user) or mark != _mark(user):
        return None
    return (user, wanted) if timedelta(0) <= age <= LASTS else None


def _mark(user: User) -> str:
    """Return what changes with the password."""
    return keyed_hash("waiting", user.password_hash)

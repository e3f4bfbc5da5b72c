"""A recent code of the second factor, before what cannot be taken back.

The rows of `app.people.access.pages` say which endpoints are `fresh`. Users who have a second
factor, or must have one, give a code not older than ten minutes; the form that was sent comes back
as typed.
"""

from __future__ import annotations

from datetime import timedelta

from flask import current_app, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.base import calendar, db
from app.base.models import User
from app.people.access import me, unsent
from app.people.access.pages import POSTS
from app.people.accounts import signed_in
from app.people.accounts.factor import held, waiting

#: How long a code counts.
LASTS = timedelta(minutes=10)


def guard() -> Response | None:
    """Ask for a code before an endpoint that is `fresh`."""
    # Other requests do not begin their transaction here: some write first in a separate one.
    if request.method in db.READ_ONLY_METHODS or POSTS.get(request.endpoint or "") != "fresh":
        return None
    return demand()


def demand() -> Response | None:
    """Lead the user to give a code first; None if they just did or need none."""
    user = me()
    if user is None:
        return None
    session = db.session()
    if is_recent() or not waiting.is_demanded(session, user):
        return None
    wanted = unsent.keep() or "/"
    return unsent.lead(way(session, user, wanted))


def way(session: Session, user: User, wanted: str) -> str:
    """Return the address of the page to give a code, or to set up the second factor first."""
    if is_by_provider(session, user):
        return url_for("provider.confirm", siguiente=wanted)
    page = "accounts.confirm_factor" if held.of(session, user) else "accounts.set_up_factor"
    return url_for(page, siguiente=wanted)


def is_by_provider(session: Session, user: User) -> bool:
    """Return whether the provider stands in for the signed-in person's second factor.

    It did when they came in, and they have none here.
    """
    row = signed_in.current()
    given = row is not None and row.factor_at is not None
    return given and bool(current_app.config["OIDC_ISSUER"]) and not held.of(session, user)


def is_recent() -> bool:
    """Return whether a code was given in this browser within the last ten minutes."""
    row = signed_in.current()
    if row is None or row.factor_at is None:
        return False
    return timedelta(0) <= calendar.now() - row.factor_at <= LASTS

"""Accounts unused for nine months: suspended at night, each in a separate transaction.

An account counts as used while a sign-in is in use, and from the day on which it was opened, opened
again, or given a role. `SignIn` rows are stored for a year, which is longer than MONTHS.
Never suspended: an authority, an alternate, and the last person who can act in one of their roles.
A person who announced an absence is not missing. Roles stay; open steps pass to others as in a
departure. See `app.people.access.suspension`.
"""

from __future__ import annotations

import logging
from calendar import monthrange
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, Engine, and_, exists, func, or_, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.administration.users import departures
from app.administration.users.departures import NobodyLeft
from app.base import audit_log, calendar, db
from app.base.db import Stop, never, open_session
from app.base.models import Absence, Grant, SignIn, User
from app.people import handover, mail
from app.people.access import ANSWERS, others_hold
from app.people.access.rules import ACTIONS
from app.people.accounts import signed_in

logger = logging.getLogger(__name__)

#: The months without use after which an account is suspended.
MONTHS = 9
#: Roles that are never suspended.
NEVER = ("authority", "alternate")
#: Users read in one statement.
PAGE = 200


def suspend_unused(engine: Engine, stop: Stop = never) -> int:
    """Suspend the accounts that were not used; return how many."""
    since, done, last_id = unused_since(calendar.today()), 0, 0
    while True:
        with open_session(engine, writes=False) as session:
            page = _page(session, since, last_id)
            ids = [user.id for user in page if not is_last(session, user)]
        if not page:
            return done
        for user_id in ids:
            if stop():
                return done
            done += _each(engine, user_id, since)
        last_id = page[-1].id


def unused_since(today: date) -> datetime:
    """Return the moment since which an account must have been used."""
    year, month = divmod(today.year * 12 + today.month - 1 - MONTHS, 12)
    day = min(today.day, monthrange(year, month + 1)[1])
    return calendar.midnight(date(year, month + 1, day))


def _page(session: Session, since: datetime, last_id: int) -> Sequence[User]:
    query = select(User).where(is_unused(since), User.id > last_id)
    return session.scalars(query.order_by(User.id).limit(PAGE)).all()


def is_unused(since: datetime) -> ColumnElement[bool]:
    """Return the condition on User: active, with roles but none of NEVER, and not used since."""
    held = and_(Grant.user_id == User.id, Grant.until_at.is_(None))
    away = or_(
        and_(Absence.user_id == User.id, Absence.until_on >= calendar.lima_day(since)),
        and_(Absence.substitute_id == User.id, Absence.until_on >= calendar.today()),
    )
    return and_(
        User.active,
        func.coalesce(User.reopened_at, User.created_at) < since,
        exists().where(held),
        ~exists().where(held, or_(Grant.role.in_(NEVER), Grant.since_at >= since)),
        ~exists().where(SignIn.user_id == User.id, SignIn.seen_at >= since),
        ~exists().where(Absence.ended_at.is_(None), away),
    )


def is_last(session: Session, user: User) -> bool:
    """Return whether nobody else can do what one of the user's roles is for, where they have it."""
    return any(
        not others_hold(session, user, pool, held.entity_id)
        for held in user.grants
        if held.until_at is None
        for pool in pools(held.role)
    )


def pools(role: str) -> list[frozenset[str]]:
    """Return the sets of roles of which one is enough, for each thing that a role is for."""
    lanes = [roles for roles in ANSWERS.values() if role in roles]
    if role == "operator":
        return [ACTIONS["record_visits"]]
    return lanes or [frozenset({role})]


def _each(engine: Engine, user_id: int, since: datetime) -> bool:
    try:
        with open_session(engine) as session:
            done = suspend(session, user_id, since)
            session.commit()
    except (NobodyLeft, OperationalError):
        logger.exception("an account waits for the next night", extra={"user": user_id})
        return False
    return done


def suspend(session: Session, user_id: int, since: datetime) -> bool:
    """Suspend an account, unless it was used, or its person is the last, meanwhile.

    Sign-ins end, open steps pass to others, and the person gets a mail. Return whether it was done.
    Raise NobodyLeft.
    """
    db.in_turn(session, "roles")
    user = session.scalar(
        select(User)
        .where(User.id == user_id, is_unused(since))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if user is None or is_last(session, user):
        return False
    leaving = handover.before(session, user)
    user.active, user.suspended_at = False, calendar.now()
    signed_in.end_all(session, user, None)
    audit_log.of_person(session, "person.suspended", user, None)
    mail.post(session, mail.Letter("suspended", user.email, {"months": MONTHS}, user=user))
    departures.hand_over(session, leaving, None)
    return True

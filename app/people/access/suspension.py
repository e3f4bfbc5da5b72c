"""Accounts suspended for lack of use, and what opens them again.

Who suspends which accounts: `app.administration.users.unused`. A suspended account is not active,
so that its person can neither sign in nor act. A link to its own address opens it again. A role
given meanwhile lets the person count as someone who can act, like an invited person; they still
need the link to sign in.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.base import audit_log, calendar
from app.base.models import User


def is_dormant(user: User) -> bool:
    """Return whether an account is suspended, and no role was given since then."""
    return user.suspended_at is not None and not user.active


def lift(session: Session, user: User, actor_id: int) -> bool:
    """Open a suspended account again; return whether it was suspended."""
    if user.suspended_at is None:
        return False
    session.refresh(user, with_for_update=True)
    if not user.may_reopen:  # deactivated a moment ago
        return False
    user.suspended_at, user.active, user.reopened_at = None, True, calendar.now()
    audit_log.of_person(session, "person.reopened", user, actor_id)
    session.flush()
    return True


def count_in(session: Session, user: User) -> None:
    """Let a suspended person who gets a role count as someone who can act."""
    if is_dormant(user):
        user.active = True
        session.flush()

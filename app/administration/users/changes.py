"""Changes of an account: another address, deactivation, reactivation; each is logged."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.administration.users import departures, operators
from app.administration.users.departures import NobodyLeft
from app.base import audit_log, calendar, db
from app.base.models import Grant, User
from app.cases import notices
from app.people import access, handover
from app.people.access import holders, invite, suspension
from app.people.accounts import signed_in
from app.people.accounts.factor.resets import change_address

LAST_SUPERUSER = (
    "Es la única persona activa que gestiona la plataforma. Da antes esa función a otra."
)


def is_last_superuser(session: Session, user: User) -> bool:
    """Return whether this person is the only active superuser."""
    return [holder.id for holder in holders(session, "superuser")] == [user.id]


def move_account(session: Session, user: User, email: str, actor_id: int) -> None:
    """Give an account another address, from where it must be opened again.

    Raise `resets.Refused`.
    """
    old = change_address(session, user, email, actor_id)
    user.password_hash = ""
    signed_in.end_all(session, user, actor_id)
    audit_log.of_person(session, "person.email_changed", user, actor_id, old=old, new=email)
    if user.may_reopen:
        access.hold_code(session, actor_id, "sent_code", None, user)
        invite(session, user, actor_id=actor_id)


def deactivate(session: Session, user: User, actor_id: int) -> tuple[str, ...]:
    """End a user's sign-ins and admit no new ones; their work passes to others.

    Return what was done with the work (see `departures`). Raise NobodyLeft.
    """
    operators.wait_for_turn(session, user.grants)
    db.in_turn(session, "roles")
    session.refresh(user)
    if is_last_superuser(session, user):
        raise NobodyLeft(LAST_SUPERUSER)
    if not user.may_reopen:
        return ()
    operators.must_not_be_last(session, user, user.grants)
    leaving = handover.before(session, user)
    user.active, user.suspended_at = False, None
    signed_in.end_all(session, user, actor_id)
    audit_log.of_person(session, "person.deactivated", user, actor_id)
    return departures.hand_over(session, leaving, actor_id)


def take_role(session: Session, user: User, held: Grant, actor_id: int) -> tuple[str, ...]:
    """End a role of a user; the work of that role passes to others.

    Return what was done with the work. Raise NobodyLeft.
    """
    operators.wait_for_turn(session, [held])
    db.in_turn(session, "roles")
    if held.role == "superuser" and is_last_superuser(session, user):
        raise NobodyLeft(LAST_SUPERUSER)
    operators.must_not_be_last(session, user, [held])
    leaving = handover.before(session, user)
    access.revoke(session, user, held.role, held.entity, actor_id)
    return departures.hand_over(session, leaving, actor_id)


def reactivate(session: Session, user: User, actor_id: int) -> None:
    """Allow a user to sign in again, whose account was deactivated or suspended."""
    if user.may_sign_in:
        return
    if not suspension.lift(session, user, actor_id):
        user.active, user.reopened_at = True, calendar.now()
        audit_log.of_person(session, "person.reactivated", user, actor_id)
    notices.on_arrival(session, user, actor_id)

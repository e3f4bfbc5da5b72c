"""A lost second factor is reset by two people who manage users, or by a command.

One asks with a reason, another one confirms; never the person itself. One must not have let the
other in a few days before. The person gets a mail, the sign-ins end, and the next one sets up
another second factor. For some days, the address of the account stays as it is.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.base import audit_log, calendar
from app.base.models import FactorReset, LogEntry, User
from app.people import addresses, mail
from app.people.accounts import signed_in
from app.people.accounts.factor import codes, held

#: How long a request can be confirmed.
LASTS = timedelta(days=7)
#: For how long two people do not count as two, after one of them let the other in.
APART = timedelta(days=7)
#: Acts that let a person in: another person could use the account.
LETS_IN = ("person.role_granted", "person.email_changed", "person.email_corrected")


class Refused(Exception):
    """The request cannot be made or answered; the message says why, for the page."""


def waiting(session: Session, user: User) -> FactorReset | None:
    """Return the newest request about a person that can still be confirmed."""
    return session.scalar(
        select(FactorReset)
        .where(
            FactorReset.user_id == user.id,
            FactorReset.closed_at.is_(None),
            FactorReset.requested_at > calendar.now() - LASTS,
        )
        .order_by(FactorReset.id.desc())
        .limit(1)
    )


def ask(session: Session, user: User, actor: User, reason: str) -> None:
    """Ask that a person's second factor be reset. Flushes. Raises Refused."""
    session.refresh(user, with_for_update=True)
    if actor.id == user.id:
        raise Refused("No puedes pedirlo para ti: lo piden y confirman otras dos personas.")
    if not held.of(session, user):
        raise Refused(f"{user.full_name} no tiene un segundo factor.")
    if waiting(session, user) is not None:
        raise Refused("Ya se pidió: falta que otra persona lo confirme.")
    now = calendar.now()
    session.add(
        FactorReset(user_id=user.id, requested_by_id=actor.id, requested_at=now, reason=reason)
    )
    audit_log.of_person(session, "person.factor_reset_asked", user, actor.id, reason=reason)
    session.flush()


def confirm(session: Session, user: User, actor: User) -> None:
    """Reset a second factor at the request of another person. Flushes. Raises Refused."""
    session.refresh(user, with_for_update=True)
    request = waiting(session, user)
    if request is None:
        raise Refused("Ese pedido ya no espera: venció, se retiró o alguien lo confirmó.")
    if actor.id in (user.id, request.requested_by_id):
        raise Refused("Lo confirma otra persona: ni quien lo pidió, ni de quien es la cuenta.")
    if _let_in(session, {actor.id, request.requested_by_id}):
        raise Refused(
            "Lo confirma otra persona: hace menos de siete días, uno de ustedes dio al otro una "
            "función o cambió su correo."
        )
    reset(session, user, actor.id, request.reason)


def _let_in(session: Session, two: Collection[int]) -> bool:
    """Return whether one of two people let the other in lately.

    Otherwise a person alone could invite an invented one, and confirm with that account.
    """
    acts = select(LogEntry.id).where(
        LogEntry.kind.in_(LETS_IN),
        LogEntry.at > calendar.now() - APART,
        LogEntry.actor_id.in_(two),
        LogEntry.data["person_id"].as_integer().in_(two),
        LogEntry.data["person_id"].as_integer() != LogEntry.actor_id,
    )
    return session.scalar(acts.limit(1)) is not None


def withdraw(session: Session, user: User, actor: User) -> None:
    """Withdraw the request about a person. Flushes. Raises Refused."""
    session.refresh(user, with_for_update=True)
    request = waiting(session, user)
    if request is None:
        raise Refused("Ese pedido ya no espera: venció, se retiró o alguien lo confirmó.")
    request.closed_at = calendar.now()
    audit_log.of_person(session, "person.factor_reset_withdrawn", user, actor.id)
    session.flush()


def reset(session: Session, user: User, actor_id: int | None, reason: str) -> None:
    """Remove the person's second factor, end their sign-ins, and write to them. Flushes.

    `actor_id`: None for the command. A request that waits is answered with it: it was about the
    factor that is removed.
    """
    waits = FactorReset.user_id == user.id, FactorReset.closed_at.is_(None)
    session.execute(update(FactorReset).where(*waits).values(closed_at=calendar.now()))
    held.remove_all(session, user)
    signed_in.end_all(session, user, actor_id)
    audit_log.of_person(session, "person.factor_reset", user, actor_id, reason=reason)
    codes.notify(session, user, "reset")
    session.flush()


def change_address(session: Session, user: User, new: str, actor_id: int) -> str:
    """Give an account another address, notify the former one, and return it. Flushes.

    Raises Refused for some days after a reset: links that let people in go to the address.
    """
    resets = select(LogEntry.id).where(
        LogEntry.kind == "person.factor_reset",
        LogEntry.at > calendar.now() - APART,
        LogEntry.data["person_id"].as_integer() == user.id,
    )
    if new != user.email and session.scalar(resets.limit(1)):
        raise Refused(
            "El segundo factor de la cuenta se restableció hace menos de siete días: hasta que "
            "pasen no se cambia su correo."
        )
    old, user.email = user.email, new
    if old.casefold() != new.casefold():
        values = {"at": calendar.now()}
        mail.post(session, mail.Letter("address_changed", old, values, user=user))
    addresses.replaced(session, old, new, actor_id)
    return old

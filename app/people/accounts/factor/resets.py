"""A lost second factor is reset by two people who manage users, or by a command.

One proposes it with a reason, another one confirms; never the person itself. The person gets a
mail, the sign-ins end, and the next one sets up another second factor. For some days, the address
of the account stays as it is.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import audit_log, calendar
from app.base.models import LogEntry, Proposal, User
from app.people import addresses, mail, proposals
from app.people.accounts import signed_in
from app.people.accounts.factor import codes, held
from app.people.proposals import Refused as Refused

KIND = "factor_reset"
OWN = "Es tu cuenta: lo proponen y confirman otras dos personas."


def waiting(session: Session, user: User) -> Proposal | None:
    """Return the proposal about a person that can still be confirmed."""
    return proposals.waiting(session, KIND, str(user.id))


def propose(session: Session, user: User, actor: User, reason: str) -> Proposal:
    """Propose that a person's second factor be reset. Flushes. Raise Refused."""
    if actor.id == user.id:
        raise Refused(OWN)
    if not held.of(session, user):
        raise Refused(f"{user.full_name} no tiene un segundo factor.")
    return proposals.propose(
        session,
        KIND,
        str(user.id),
        actor_id=actor.id,
        what=f"restablecer el segundo factor de {user.full_name}",
        reason=reason,
    )


def confirm(session: Session, proposal_id: int, actor_id: int) -> None:
    """Reset a second factor as another person proposed. Flushes. Raise Refused."""
    proposal = proposals.confirm(session, proposal_id, actor_id)
    if proposal.key == str(actor_id):
        raise Refused(OWN)
    user = session.get_one(User, int(proposal.key))
    reset(session, user, actor_id, proposal.reason, proposer=proposal.by.full_name)


def reset(session: Session, user: User, actor_id: int | None, reason: str, **entry: Any) -> None:
    """Remove the person's second factor, end their sign-ins, and write to them. Flushes.

    `actor_id`: None for the command. `entry`: more values of the log entry. A proposal that waits
    is void with it: it was about the factor that is removed.
    """
    proposals.end(session, KIND, str(user.id))
    held.remove_all(session, user)
    signed_in.end_all(session, user, actor_id)
    audit_log.of_person(session, "person.factor_reset", user, actor_id, reason=reason, **entry)
    codes.notify(session, user, "reset")
    session.flush()


def change_address(session: Session, user: User, new: str, actor_id: int) -> str:
    """Give an account another address, notify the former one, and return it. Flushes.

    Raises Refused for some days after a reset: links that let people in go to the address.
    """
    resets = select(LogEntry.id).where(
        LogEntry.kind == "person.factor_reset",
        LogEntry.at > calendar.now() - proposals.NEW,
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

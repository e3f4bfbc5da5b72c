"""A role that the PCM gives a person, and the second person for a new Gestor."""

from __future__ import annotations

from typing import Any

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import Entity, Grant, LogEntry, Proposal, User
from app.people import access, notices, proposals
from app.people.access import suspension
from app.people.access.invitations import notify_of_role
from app.people.accounts import signed_in
from app.people.accounts.factor import policy
from app.people.proposals import Refused

KIND = "gestor"
ROLE = "superuser"


def needs_two(session: Session, role: str, actor_id: int) -> bool:
    """Return whether another Gestor confirms this role: a new Gestor, where there is another.

    One who was deactivated or lost the role in the last seven days counts: otherwise one Gestor
    alone could put another aside for a moment.
    """
    if role != ROLE:
        return False
    since = calendar.now() - proposals.NEW
    left = exists().where(
        LogEntry.kind == "person.deactivated",
        LogEntry.at > since,
        LogEntry.data["person_id"].as_integer() == User.id,
    )
    others = (
        select(User.id)
        .join(Grant, Grant.user_id == User.id)
        .where(
            Grant.role == ROLE,
            User.id != actor_id,
            or_(Grant.until_at.is_(None) & (User.active | left), Grant.until_at > since),
        )
    )
    return session.scalar(others.limit(1)) is not None


def waiting(session: Session, user: User) -> Proposal | None:
    """Return the proposal that a person become Gestor, if one waits."""
    return proposals.waiting(session, KIND, str(user.id))


def propose(session: Session, user: User, reason: str, actor_id: int) -> Proposal:
    """Propose that a person become Gestor. Flushes. Raise Refused."""
    return proposals.propose(
        session,
        KIND,
        str(user.id),
        actor_id=actor_id,
        what=f"dar la función «{access.ROLES[ROLE].name}» a {user.full_name}",
        reason=reason,
    )


def confirm(session: Session, proposal_id: int, actor_id: int) -> None:
    """Make a person Gestor as another one proposed. Flushes. Raise Refused, also to that one."""
    proposal = proposals.confirm(session, proposal_id, actor_id)
    if proposal.key == str(actor_id):
        raise Refused("Se trata de tu función: la confirma otra persona.")
    user = session.get_one(User, int(proposal.key), populate_existing=True)
    give_role(session, user, ROLE, None, actor_id, proposer=proposal.by.full_name)


def give_role(
    session: Session,
    user: User,
    role: str,
    entity: Entity | None,
    actor_id: int,
    **entry: Any,
) -> None:
    """Give a role to a person, who gets a mail; sign-ins without a demanded second factor end.

    `entry`: more values of the log entry. Flushes.
    """
    suspension.count_in(session, user)
    access.grant(session, user, role, entity, actor_id, **entry)
    if policy.is_required(user):
        for row in signed_in.open_ones(session, user):
            if row.factor_at is None:
                signed_in.end(session, row)
    notices.on_arrival(session, user, actor_id)
    if user.password_hash:
        notify_of_role(session, user, role, entity, {user.email})
    else:
        access.invite(session, user, role=role, entity=entity, actor_id=actor_id)

"""The second person: an act that one user proposes, and another one confirms (ADR 0108).

Versions of the process, batches of a migration, cancellations, resets of a second factor, new
Gestores, ends by validation and suppressions are such acts. What each does, and under which
conditions, is in its own module; who may confirm it is here.

A proposer never confirms. An account whose role, e-mail or second factor is younger than seven days
counts on neither side: one user could have made it, or taken it over.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, exists, func, or_, select, text, true
from sqlalchemy.orm import Session, joinedload

from app.base import audit_log, calendar, db
from app.base.models import Entity, LogEntry, Passkey, ProcessInstance, Proposal, SecondFactor, User
from app.base.models.base import LETS_IN, TextAt
from app.people import access
from app.people.access.rules import counts

#: Kind → the action that its proposer and its second person need.
RIGHTS: Mapping[str, str] = {
    "version": "manage_process",
    "migration": "manage_process",
    "cancellation": "cancel",
    "factor_reset": "manage_people",
    "gestor": "manage_people",
    "validation": "validate_stage",
    "validation_batch": "validate_stage",
    "suppression": "decide_personal_data",
}
#: The kinds about a process, whose id is their key: they end with it.
OF_PROCESSES = ("cancellation", "validation")
#: How long a proposal can be confirmed.
LASTS = timedelta(days=30)
#: For how long an account counts as new.
NEW = timedelta(days=7)
#: Entries of acts after which another person may read what is sent to an account.
OTHER_ADDRESS = ("person.email_changed", "person.email_corrected", "person.contact_changed")

ANOTHER_WAITS = "Ya hay una propuesta igual: falta que otra persona la confirme o se retire."
ANSWERED = "Esa propuesta ya no espera: se confirmó, se retiró o venció."
ONESELF = "Tú lo propusiste: lo confirma otra persona."
IS_NEW = (
    "Tu cuenta todavía no puede confirmar: hace menos de siete días que cambió tu función, tu "
    "correo o tu segundo factor. Lo confirma otra persona."
)
AUTHOR_IS_NEW = (
    "Todavía no se puede confirmar: hace menos de siete días que cambió la función, el correo o el "
    "segundo factor de quien lo propuso."
)
NO_AUTHOR = "Quien lo propuso ya no tiene esa función: otra persona tiene que proponerlo."


class Refused(Exception):
    """The act is not possible now; the message (Spanish) says why."""


def propose(
    session: Session,
    kind: str,
    key: str,
    *,
    actor_id: int,
    what: str,
    reason: str,
    entity_id: int | None = None,
    instance_id: int | None = None,
    **data: Any,
) -> Proposal:
    """Store a proposal, and log it. Flushes. Raise Refused if one about the same thing waits.

    `key`: what it is about, within its kind. `what`: the act in Spanish, from its verb on. `data`:
    what the act needs, never a document number.
    """
    db.in_turn(session, f"proposal {kind} {key}")
    former = _row(session, kind, key)
    if former is not None:
        if former.at > calendar.now() - LASTS:
            raise Refused(ANOTHER_WAITS)
        _close(former, "void", None)
        session.flush()
    proposal = Proposal(
        kind=kind,
        key=key,
        entity_id=entity_id,
        at=calendar.now(),
        by=session.get_one(User, actor_id),
        what=what,
        reason=reason,
        data=data,
    )
    session.add(proposal)
    audit_log.write(
        session,
        "proposal.made",
        actor_id=actor_id,
        entity_id=entity_id,
        instance_id=instance_id,
        what=what,
        reason=reason,
    )
    session.flush()
    return proposal


def waiting(session: Session, kind: str, key: str) -> Proposal | None:
    """Return the proposal about a thing that waits for its second person, if there is one."""
    found = _row(session, kind, key)
    return found if found is not None and found.at > calendar.now() - LASTS else None


def about(session: Session, entity: Entity, user: User | None) -> list[Proposal]:
    """Return what waits about an entity and the user may answer, also the user's own."""
    query = _open().where(Proposal.entity_id == entity.id)
    return [one for one in session.scalars(query) if may_answer(user, one)]


def of_others(session: Session, user: User) -> list[Proposal]:
    """Return what waits for a second person and another one than this user proposed, oldest first.

    A statement, however many they are.
    """
    return list(session.scalars(_open().where(Proposal.by_id != user.id)))


def _open() -> Select[Proposal]:
    return (
        select(Proposal)
        .where(Proposal.state == "waiting", Proposal.at > calendar.now() - LASTS)
        .options(joinedload(Proposal.by).lazyload(User.grants), joinedload(Proposal.entity))
        .order_by(Proposal.id)
    )


def may_answer(user: User | None, proposal: Proposal) -> bool:
    """Return whether a user has the right to confirm or withdraw a proposal."""
    return access.may(user, *_right(proposal))


def hindrance(session: Session, proposal: Proposal, user: User) -> str:
    """Return why a user does not confirm a proposal (Spanish); "" if nothing is in the way."""
    if proposal.state != "waiting" or proposal.at <= calendar.now() - LASTS:
        return ANSWERED
    right, entity_id = _right(proposal)
    if user.id == proposal.by_id:
        return ONESELF
    if not may_answer(user, proposal):
        return "Lo confirma otra persona."
    if is_new(session, user, right, entity_id):
        return IS_NEW
    if not may_answer(proposal.by, proposal):
        return NO_AUTHOR
    return AUTHOR_IS_NEW if is_new(session, proposal.by, right, entity_id) else ""


def confirm(session: Session, proposal_id: int, actor_id: int) -> Proposal:
    """Lock a proposal and close it as confirmed; the caller carries the act out. Flushes.

    Raise Refused, with the reason of `hindrance`.
    """
    proposal = db.locked(session, Proposal, proposal_id)
    actor = db.locked(session, User, actor_id)
    if why := hindrance(session, proposal, actor):
        raise Refused(why)
    _close(proposal, "confirmed", actor_id)
    session.flush()
    return proposal


def withdraw(session: Session, proposal_id: int, reason: str, actor_id: int) -> Proposal:
    """Close a proposal without effect, as its proposer or as another person. Raise Refused."""
    proposal = db.locked(session, Proposal, proposal_id)
    if proposal.state != "waiting":
        raise Refused(ANSWERED)
    _close(proposal, "withdrawn", actor_id)
    audit_log.write(
        session,
        "proposal.withdrawn",
        actor_id=actor_id,
        entity_id=proposal.entity_id,
        what=proposal.what,
        reason=reason,
        proposer=proposal.by.full_name,
    )
    session.flush()
    return proposal


def end_of_process(session: Session, instance_id: int) -> None:
    """Make void what is proposed about a process that ended. Flushes."""
    for kind in OF_PROCESSES:
        end(session, kind, str(instance_id))


def end(session: Session, kind: str, key: str) -> None:
    """Make the proposal about a thing void, if one waits: what it was about is settled. Flushes."""
    found = _row(session, kind, key)
    if found is not None:
        _close(found, "void", None)
        session.flush()


def is_new(session: Session, user: User, right: str, entity_id: int | None = None) -> bool:
    """Return whether a user's role, e-mail or second factor is younger than seven days.

    The role is one that gives this right. What a command gave counts as old, as does all that was
    there before the first process started, and the second factors of a demo.
    """
    began = session.scalar(select(func.min(ProcessInstance.started_at)))
    if began is None:
        return False
    since = max(began, calendar.now() - NEW)
    if _acted_on(session, user, since, *OTHER_ADDRESS):
        return True
    roles = [
        one
        for one in user.grants
        if counts(one) and one.role in access.ACTIONS[right] and one.entity_id in (None, entity_id)
    ]
    recent = [one for one in roles if one.since_at > since]
    if not recent:
        return not roles or _has_new_factor(session, user, since)
    given = "person.role_granted"
    return any(_acted_on(session, user, since, given, role=one.role) for one in recent)


def _acted_on(session: Session, user: User, since: datetime, *kinds: str, role: str = "") -> bool:
    """Return whether a person, and no command, did one of these acts on a user's account."""
    acts = exists().where(
        text(LETS_IN),  # written out, as the condition of the index of these entries is
        LogEntry.kind.in_(kinds),
        or_(
            LogEntry.kind != "person.contact_changed",
            TextAt(LogEntry.data, "changed", "email").is_not(None),
        ),
        LogEntry.at > since,
        LogEntry.actor_id.is_not(None),
        LogEntry.data["person_id"].as_integer() == user.id,
        LogEntry.data["role"].as_string() == role if role else true(),
    )
    return session.scalar(select(acts)) or False


def _has_new_factor(session: Session, user: User, since: datetime) -> bool:
    new = or_(
        exists().where(
            SecondFactor.user_id == user.id, SecondFactor.set_at > since, ~SecondFactor.invented
        ),
        exists().where(Passkey.user_id == user.id, Passkey.made_at > since),
    )
    return session.scalar(select(new)) or False


def _row(session: Session, kind: str, key: str) -> Proposal | None:
    query = select(Proposal).where(
        Proposal.kind == kind, Proposal.key == key, Proposal.state == "waiting"
    )
    return session.scalar(query.options(joinedload(Proposal.by)))


def _right(proposal: Proposal) -> tuple[str, int | None]:
    return RIGHTS[proposal.kind], proposal.entity_id


def _close(proposal: Proposal, state: str, actor_id: int | None) -> None:
    proposal.state, proposal.closed_at, proposal.closed_by_id = state, calendar.now(), actor_id

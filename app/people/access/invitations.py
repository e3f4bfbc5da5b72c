"""Accounts of people: a role, and a mail with a link or with the news."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.base import audit_log, calendar
from app.base.models import Entity, LogEntry, Ticket, User
from app.people import mail
from app.people.access import suspension, tickets, vacancies
from app.people.access.grants import grant, open_grant
from app.people.access.roles import ANSWERING, ROLES


def find_person(session: Session, document_type: str, number: str) -> User | None:
    """Return the account of a document, active or not."""
    return session.scalar(
        select(User).where(User.document_type == document_type, User.document_number == number)
    )


def open_account(
    session: Session,
    person: Mapping[str, Any],
    role: str,
    entity: Entity | None,
    actor_id: int | None,
) -> User:
    """Give a person (as `forms.records.Person`) a role, and an account where there is none.

    A user without a password is invited; one with a password is notified of the role. Nothing is
    sent to a user who already has both, unless the account is suspended and the role answers steps.
    An address in use is not replaced by the one given (see `may_replace_email`); then both get the
    mail.
    """
    user = find_or_create(session, person)
    email = person.get("email", "").strip()
    if email and email != user.email and may_replace_email(user, entity):
        old, user.email = user.email, email
        if old:
            said = {"old": old, "new": email, "entity_id": entity.id if entity else None}
            audit_log.of_person(session, "person.email_corrected", user, actor_id, **said)
    counts_again = role in ANSWERING and suspension.is_dormant(user)
    if open_grant(user, role, entity) and user.password_hash and not counts_again:
        return user
    suspension.count_in(session, user)
    grant(session, user, role, entity, actor_id)
    if user.password_hash:
        notify_of_role(session, user, role, entity, {user.email, email})
    else:
        invite(session, user, role=role, entity=entity, actor_id=actor_id)
    return user


def find_or_create(session: Session, person: Mapping[str, Any]) -> User:
    """Return a person's account (`forms.records.Person`), or a new one without role or password."""
    found = find_person(session, person["document_type"], person["document_number"])
    return found or create(session, person)


def create(session: Session, person: Mapping[str, Any]) -> User:
    """Create an account without password or role; return it, or one created meanwhile."""
    user = User(
        document_type=person["document_type"],
        document_number=person["document_number"],
        given_names=person["given_names"].strip(),
        surnames=person["surnames"].strip(),
        email=person.get("email", "").strip(),
        phone=person.get("phone", "").strip(),
        created_at=calendar.now(),
        grants=[],
    )
    try:
        with session.begin_nested():
            session.add(user)
    except IntegrityError:
        made = find_person(session, person["document_type"], person["document_number"])
        if made is None:
            raise
        return made
    return user


def may_replace_email(user: User, entity: Entity | None) -> bool:
    """Return whether an act in an entity may change where a person's mails go.

    Links that let people in go to that address: so only while the account was never used, and
    its roles, if any, are of the same entity. Later it is for the person, or the superuser.
    """
    entity_id = entity.id if entity else 0
    return not user.password_hash and not holds_elsewhere(user, entity_id)


def holds_elsewhere(user: User, entity_id: int | None) -> bool:
    """Return whether a person has a role in the PCM or in another entity."""
    return any(held.until_at is None and held.entity_id != entity_id for held in user.grants)


def invite(
    session: Session,
    user: User,
    *,
    role: str = "",
    entity: Entity | None = None,
    actor_id: int | None = None,
) -> None:
    """Send a link by which the person chooses a password; earlier links become void."""
    token = tickets.issue(session, "invitation", user=user, entity=entity)
    name = ROLES[role].name if role else ""
    values = {"token": token, "role": name, "days": tickets.INVITATION_DAYS}
    mail.post(session, mail.Letter("invitation", user.email, values, user=user, entity=entity))
    entity_id = entity.id if entity else None
    audit_log.of_person(session, "person.invited", user, actor_id, entity_id=entity_id)


def notify_of_role(
    session: Session, user: User, role: str, entity: Entity | None, addresses: set[str]
) -> None:
    """Notify a user with an account of a new role, at every known address."""
    for address in sorted(addresses - {""}):
        values = {"role": ROLES[role].name, "other_address": address != user.email}
        mail.post(session, mail.Letter("new_role", address, values, user=user, entity=entity))


def call_in(
    session: Session, entity: Entity, actor_id: int | None, mail_kind: str = "activation"
) -> None:
    """Issue an activation code, unless one is out, for an entity without a preparer."""
    if not vacancies.code_is_out(session, entity.id):
        issue_activation_code(session, entity, actor_id, mail_kind=mail_kind)


def void_authority_code(session: Session, entity: Entity) -> None:
    """Make the unused code that a change of authority issued void, since the change has ended.

    Such a code has a first day: the first working day after the mandate of the earlier authority.
    """
    tickets.void(
        session,
        Ticket.kind == "activation",
        Ticket.entity_id == entity.id,
        Ticket.valid_from_at.is_not(None),
    )


def issue_activation_code(
    session: Session,
    entity: Entity,
    actor_id: int | None = None,
    secret: str = "",
    *,
    valid_from: datetime | None = None,
    mail_kind: str = "activation",
    **data: Any,
) -> str:
    """Issue an activation code for an entity, mailed if it has an address; void earlier ones.

    It is returned once, for the letter that is printed where there is no address. `secret` is one
    that is printed in a letter already (`tickets.new_code`), `data` more values for the log.
    `valid_from` is when it can first be used, `mail_kind` the mail that brings it.
    """
    code = tickets.issue(session, "activation", entity=entity, secret=secret, valid_from=valid_from)
    values = {"code": code, "days": tickets.lifetime("activation").days}
    if valid_from is not None:
        values["valid_from"] = valid_from
    mail.post(session, mail.Letter(mail_kind, entity.contact_email, values, entity=entity))
    if entity.contact_email and actor_id and _changed_by(session, entity) == actor_id:
        hold_code(session, actor_id, "sent_code", entity.id)
    audit_log.write(session, "code.issued", actor_id=actor_id, entity_id=entity.id, **data)
    return code


def _changed_by(session: Session, entity: Entity) -> int | None:
    """Return who changed the address of an entity last; None for the system, or nobody."""
    changes = session.scalars(
        select(LogEntry)
        .where(
            LogEntry.entity_id == entity.id,
            LogEntry.kind.in_(("entity.changed", "entity.contact_changed")),
        )
        .order_by(LogEntry.id.desc())
    )
    newest = (one.actor_id for one in changes if "contact_email" in one.data["changed"])
    return next(newest, None)


def hold_code(
    session: Session, actor_id: int, why: str, entity_id: int | None, user: User | None = None
) -> None:
    """Log that a person could use a code or a link of others, which bars them from deciding.

    `why`: `seen_code` or `sent_code`, as in `duties.WHY`. Without an entity, those in which the
    user has a role.
    """
    roles = {one.entity_id for one in user.grants if one.until_at is None} if user else set()
    for number in {entity_id} if entity_id else roles or {None}:
        audit_log.write(session, "code.held", actor_id=actor_id, entity_id=number, why=why)

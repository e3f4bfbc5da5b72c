"""The invented people of the demo, and how they get their accounts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import audit_log
from app.base.models import Entity, Grant, Ticket, User
from app.cases.entities.assignment import Choice, assign
from app.ops import trial_people
from app.people import access
from app.people.access import tickets
from app.people.access.invitations import find_or_create
from app.people.accounts import hashed


@dataclass(frozen=True)
class Coordinator:
    """A person of the PCM, with the share of a term that they take, (least, most)."""

    user_id: int
    pace: tuple[float, float]


#: People of the PCM without a printed login: role, document, names, pace.
STAFF = (
    ("sip", "00000021", "Rosa Persona", "Mamani Muestra", (0.2, 0.6)),
    ("sip", "00000022", "Jorge Persona", "Flores Ficticio", (0.5, 1.2)),
    ("sgtd", "00000023", "Elena Persona", "Rojas Ejemplo", (0.2, 0.7)),
    ("sgtd", "00000024", "Raúl Persona", "Quispe Ejemplo", (0.8, 2.2)),
    ("secretary", "00000025", "Julia Persona", "Díaz Muestra", (0.2, 0.8)),
)
USUAL = (0.3, 0.8)


class Accounts:
    """Opens accounts as users would, with the password of the trial people."""

    def __init__(self) -> None:
        # One hash for all: hashing takes 50 ms, and there are thousands of them.
        self.secret = hashed(trial_people.PASSWORD)

    def open_staff(self, session: Session) -> dict[str, list[Coordinator]]:
        """Return the people of the PCM by role; create those that are missing."""
        found: dict[str, list[Coordinator]] = {}
        for role, user in trial_people.open_accounts(session).items():
            found.setdefault(role, []).append(Coordinator(user.id, USUAL))
        actor_id = found["superuser"][0].user_id
        for role, document, given_names, surnames, pace in STAFF:
            person = trial_people.person(role, document, given_names, surnames)
            user = access.open_account(session, person, role, None, actor_id)
            self.come_in(session, user)
            found[role].append(Coordinator(user.id, pace))
        return found

    def come_in(self, session: Session, user: User) -> None:
        """Use the invitation of a person who has no password yet."""
        if user.password_hash:
            return
        invitation = session.scalars(
            select(Ticket)
            .where(
                Ticket.user_id == user.id,
                Ticket.kind == "invitation",
                Ticket.used_at.is_(None),
                Ticket.void.is_(False),
            )
            .order_by(Ticket.id.desc())
        ).first()
        if invitation is not None:
            tickets.spend(session, invitation)
        user.password_hash = self.secret
        audit_log.write(session, "person.password_set", actor_id=user.id, person_id=user.id)

    def let_in(self, session: Session, entity_id: int) -> None:
        """Give every person with a role in the entity a sign-in, before they are needed."""
        invited = (
            select(User).join(Grant).where(Grant.entity_id == entity_id, User.password_hash == "")
        )
        for user in session.scalars(invited).all():
            self.come_in(session, user)

    def activate(
        self, session: Session, entity: Entity, code: str, person: Mapping[str, Any]
    ) -> User:
        """Use the entity's activation code; its user becomes the preparer."""
        ticket = tickets.find(session, "activation", code)
        if ticket is None or not tickets.is_good(ticket):
            code = access.issue_activation_code(session, entity)
            ticket = tickets.find(session, "activation", code)
        user = find_or_create(session, person)
        user.password_hash = user.password_hash or self.secret
        if ticket is not None:
            tickets.spend(session, ticket)
        access.grant(session, user, "preparer", entity, user.id)
        name = user.full_name
        audit_log.write(session, "code.used", actor_id=user.id, entity_id=entity.id, person=name)
        return user


def put_in_charge(
    session: Session, entity: Entity, staff: Mapping[str, list[Coordinator]], random: Random
) -> None:
    """Assign the entity's coordinators."""
    chosen = [
        Choice(role, True, session.get_one(User, random.choice(staff[role]).user_id))
        for role in ("sip", "sgtd")
    ]
    assign(session, entity, chosen, staff["superuser"][0].user_id)


def trial_person(played_by: int, role: str) -> dict[str, Any] | None:
    """Return the person of `trial_people.ENTITY_PEOPLE` with that role there, as a record."""
    for place, its_role, *names in trial_people.ENTITY_PEOPLE:
        if (place, its_role) == (played_by, role):
            return trial_people.person(role, *names)
    return None

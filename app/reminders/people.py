"""Who is reminded of a task: the words of the table, and the people that they mean.

What many tasks need is looked up at once: the people of their entities, the coordinators, which
entities are designating anew, which addresses are dead. So the cost of a run does not grow with
one question per row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, lazyload

from app import access, mail
from app.holdings import PCM
from app.models import Address, Entity, Grant, ProcessInstance, Task, User

#: As whom somebody is reminded. The table's words are lane, alternate, authority and coordinator;
#: where there is no alternate it is the preparer, and before there is one, the mesa de partes.
AS_WHOM: Mapping[str, str] = {
    "lane": "A quien le corresponde",
    "alternate": "Administrador alterno",
    "preparer": "Responsable de la designación",
    "mesa_de_partes": "Mesa de partes de la entidad",
    "authority": "Máxima autoridad administrativa",
    "coordinator": "Coordinador a cargo",
    "secretary": "Despacho de la Secretaría",
}
#: Roles of an entity that the words reach.
STAFF = ("authority", "preparer", "administrator", "alternate")


@dataclass(frozen=True)
class Recipient:
    """Somebody who is reminded, and as whom (a key of AS_WHOM).

    `person` is "u12", an address where there is no account, or "" where there is nobody yet;
    `on_behalf_of` is who is away, where this person stands in.
    """

    person: str
    word: str
    user: User | None = None
    address: str = ""
    on_behalf_of: User | None = None


def party_of(task: Task) -> str:
    """Whose a task is, as the tables ask: "entity" or "pcm"."""
    return "pcm" if task.role in PCM else "entity"


class People:
    """The people of some entities, as they are now; of nobody else."""

    def __init__(self, session: Session, entities: Collection[Entity]) -> None:
        self._of_entity: dict[tuple[int | None, str], list[User]] = defaultdict(list)
        ids = sorted({entity.id for entity in entities})
        grants = session.execute(
            select(Grant.entity_id, Grant.role, User)
            .join(User, User.id == Grant.user_id)
            .where(
                Grant.until_at.is_(None),
                User.active,
                or_(
                    Grant.entity_id.is_(None) & Grant.role.in_(PCM),
                    Grant.entity_id.in_(ids) & Grant.role.in_(STAFF),
                ),
            )
            .options(lazyload(User.grants))
            .order_by(User.id)
        )
        for entity_id, role, user in grants:
            self._of_entity[entity_id, role].append(user)
        self._redesignating = set(
            session.scalars(
                select(ProcessInstance.entity_id).where(
                    ProcessInstance.entity_id.in_(ids),
                    ProcessInstance.process == "redesignation",
                    ProcessInstance.ended_at.is_(None),
                )
            )
        )

    def holders(self, role: str, entity: Entity) -> list[User]:
        """Who holds a role now, in the entity or (roles of the PCM) everywhere."""
        return self._of_entity.get((None if role in PCM else entity.id, role), [])

    def of_lane(self, role: str, entity: Entity) -> list[User]:
        """Who gets the mails of a lane (see `access.recipients`)."""
        return access.people_of_lane(
            role,
            entity,
            lambda role: self.holders(role, entity),
            lambda: entity.id in self._redesignating,
        )

    def recipients(self, task: Task, words: Iterable[str]) -> list[Recipient]:
        """Whom the words reach, each person once: the first word says why.

        Where they reach nobody at all, one without a person, so that the ledger can say so.
        """
        found: dict[str, Recipient] = {}
        for word in words:
            for one in self._meant(task, word):
                found.setdefault(one.person, one)
        return list(found.values()) or [Recipient("", next(iter(words), "lane"))]

    def _meant(self, task: Task, word: str) -> Sequence[Recipient]:
        entity = task.entity
        if word == "lane":
            return _as("lane", self._answering(task, task.role))
        if word == "alternate":
            return self._standing_in(entity)
        if word == "authority":
            return _as("authority", self.holders("authority", entity))
        role = task.role if task.role in ("sip", "sgtd") else "sip"
        return _as("coordinator", self._answering(task, role))

    def _answering(self, task: Task, role: str) -> list[User]:
        """Who took the task and may still answer it, else the people of the lane."""
        people = [*self.holders(role, task.entity)]
        if role == task.role and task.assignee_id is not None:
            for other in access.ANSWERS[role] - {role}:
                people += self.holders(other, task.entity)
            took = [user for user in people if user.id == task.assignee_id]
            if took:
                return took[:1]
        return self.of_lane(role, task.entity)

    def _standing_in(self, entity: Entity) -> Sequence[Recipient]:
        for word in ("alternate", "preparer"):
            if people := self.holders(word, entity):
                return _as(word, people)
        if self.holders("administrator", entity) or not entity.contact_email:
            return ()
        return (Recipient(entity.contact_email, "mesa_de_partes", address=entity.contact_email),)


def _as(word: str, people: Iterable[User]) -> list[Recipient]:
    return [Recipient(mail.person_of(user), word, user, user.email) for user in people]


def dead_addresses(session: Session, recipients: Iterable[Recipient]) -> set[str]:
    """Which of these addresses nothing is sent to any more, in lower case."""
    wanted = {one.address.casefold() for one in recipients if one.address}
    if not wanted:
        return set()
    query = select(Address.address).where(
        Address.address.in_(sorted(wanted)), Address.dead_at.is_not(None)
    )
    return set(session.scalars(query))

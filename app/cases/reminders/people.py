"""The recipients of reminders: the words of the table, and the people that they stand for.

The data of many tasks is read at once: the people of their entities, the coordinators, entities
with a redesignation, dead addresses. So the number of statements does not grow with the rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, lazyload

from app.base.db.membership import among
from app.base.models import (
    Address,
    Entity,
    Grant,
    MandateEnd,
    ProcessInstance,
    Task,
    User,
)
from app.cases.custody import PCM
from app.cases.records import mandate
from app.cases.reminders.subjects import Subject, key_of, stage_of
from app.people import access, mail

#: The capacities in which people are reminded. The table has lane, alternate, authority and
#: coordinator; without an alternate it is the preparer and, before them, the mesa de partes.
CAPACITIES: Mapping[str, str] = {
    "lane": "A quien le corresponde",
    "alternate": "Administrador alterno",
    "preparer": "Responsable de la designación",
    "mesa_de_partes": "Mesa de partes de la entidad",
    "authority": "Máxima autoridad administrativa",
    "coordinator": "Coordinador a cargo",
    "secretary": "Despacho de la Secretaría",
    "allows": "Quien puede permitir que alguien decida",
}
#: Roles of an entity that the words stand for.
STAFF = ("authority", "preparer", "administrator", "alternate")


@dataclass(frozen=True)
class Recipient:
    """A recipient of a reminder, and their capacity (a key of CAPACITIES).

    `person` is "u12", an address without an account, or "" for none yet; `on_behalf_of` is the
    absent user, if this person substitutes for them.
    """

    person: str
    word: str
    user: User | None = None
    address: str = ""
    on_behalf_of: User | None = None


#: What is reminded of, the words of its recipients, and the day if people are away on it.
Reached = tuple[tuple[str, int], tuple[str, ...], date | None]


def party_of(task: Subject) -> str:
    """Return the party of a task for the tables: "entity" or "pcm"."""
    return "pcm" if task.role in PCM else "entity"


def _looking_after(task: Subject) -> str:
    """Return the role whose coordinator is meant: of the step or, for the entity, of its stage.

    The Despacho signs for the SIP in every stage.
    """
    if party_of(task) == "entity":
        return access.reviewing_role(stage_of(task))
    return "sip" if task.role == "secretary" else task.role


#: Capacity → the word of the table.
WORD_OF: Mapping[str, str] = {
    "preparer": "alternate",
    "mesa_de_partes": "alternate",
    "allows": "lane",
}


class People:
    """The people of some entities, as they are now."""

    def __init__(self, session: Session, entities: Collection[Entity]) -> None:
        self._session = session
        self._away: dict[date, Mapping[int, User]] = {}
        self._reached: dict[Reached, Sequence[Recipient]] = {}
        self._of_entity: dict[tuple[int | None, str], list[User]] = defaultdict(list)
        ids = sorted({entity.id for entity in entities})
        self._ended = _ended_mandates(session, ids)
        grants = session.execute(
            select(Grant.entity_id, Grant.role, Grant.since_at, User)
            .join(User, User.id == Grant.user_id)
            .where(
                access.IS_HELD,
                User.active,
                or_(
                    Grant.entity_id.is_(None) & Grant.role.in_((*PCM, "superuser")),
                    among(Grant.entity_id, ids) & Grant.role.in_(STAFF),
                ),
            )
            .options(lazyload(User.grants))
            .order_by(User.id)
        )
        for entity_id, role, since_at, user in grants:
            if not self._is_of_before(entity_id, role, since_at):
                self._of_entity[entity_id, role].append(user)
        self._bars = access.duties.barred_people(session, access.OF_ENTITIES, entity_ids=ids)
        self._redesignating = set(
            session.scalars(
                select(ProcessInstance.entity_id).where(
                    among(ProcessInstance.entity_id, ids),
                    ProcessInstance.process == "redesignation",
                    ProcessInstance.ended_at.is_(None),
                )
            )
        )

    def _is_of_before(self, entity_id: int | None, role: str, since_at: datetime) -> bool:
        """Return whether a role was given by the authority whose mandate has ended.

        Until the new one comes in with the code, the office is reminded in their place.
        """
        began_at = self._ended.get(entity_id)
        return role in ("authority", "preparer") and began_at is not None and since_at < began_at

    def holders(self, role: str, entity: Entity | None) -> list[User]:
        """Return who holds a role now: in the entity or, for roles of the PCM, everywhere."""
        entity_id = None if role in access.PCM_ROLES or entity is None else entity.id
        return self._of_entity.get((entity_id, role), [])

    def recipients(self, task: Subject, words: tuple[str, ...], day: date) -> Sequence[Recipient]:
        """Return the recipients of the words on a day, each person once: the first word says why.

        People who are absent that day are replaced by their substitutes. If the words reach no
        person, return a recipient without a person, for the reminder log.
        """
        key = (key_of(task), words, day if self._away_on(day) else None)
        if key not in self._reached:
            found: dict[str, Recipient] = {}
            for word in words:
                for one in self._meant(task, word, day):
                    found.setdefault(one.person, one)
            nobody = Recipient("", next(iter(words), "lane"))
            self._reached[key] = tuple(found.values()) or (nobody,)
        return self._reached[key]

    def find(self, task: Subject, word: str, person: str, day: date) -> Recipient | None:
        """Return a person in a capacity (a key of CAPACITIES); None if they no longer have it."""
        meant = self._meant(task, WORD_OF.get(word, word), day)
        return next((one for one in meant if one.person == person), None)

    def _meant(self, task: Subject, word: str, day: date) -> Sequence[Recipient]:
        entity = task.entity
        role = {"lane": task.role, "coordinator": _looking_after(task)}.get(word, word)
        if entity.id in self._ended and task.role == "authority" and word != "coordinator":
            return self._newcomers(entity, word, day)
        if word == "alternate":
            return self._standing_by(entity, day)
        if isinstance(task, Task) and role == task.role and access.duties.decides(task):
            return self._deciding(task, word, day)
        if word in ("lane", "coordinator"):
            return self._as(word, self._answering(task, role), day)
        return self._as(word, self.holders(word, entity), day)

    def _deciding(self, task: Task, word: str, day: date) -> Sequence[Recipient]:
        """Return who may decide a task on a day; if no user of the lane may, who can allow it."""

        def free(user: User | None) -> bool:
            return user is not None and (task.id, user.id) not in self._bars

        usual = self._as(word, self._answering(task, task.role), day)
        if found := [one for one in usual if free(one.user)]:
            return found
        away = self._away_on(day)
        there = [user for user in self.holders(task.role, None) if user.id not in away]
        if others := [user for user in there if free(user)]:
            return self._as(word, others, day)
        despacho = [user for user in self.holders("secretary", None) if user.id not in away]
        able = [user for user in despacho if free(user)] or self.holders("superuser", None)
        return self._as("allows", able, day) if there else ()

    def _answering(self, task: Subject, role: str) -> list[User]:
        """Return who took the task and may still answer it; without one, the people of the lane."""
        entity = task.entity
        if not isinstance(task, Task):
            held = partial(self.holders, entity=entity)
            return access.people_of_lane(role, entity, held, lambda: False)
        if role == task.role and task.assignee_id is not None:
            able = [
                user
                for one in access.ANSWERS[role]
                for user in self.holders(one, entity)
                if (task.id, user.id) not in self._bars
            ]
            took = [user for user in able if user.id == task.assignee_id]
            if took:
                return took[:1]
        return access.people_of_lane(
            role,
            entity,
            lambda role: [
                user for user in self.holders(role, entity) if (task.id, user.id) not in self._bars
            ],
            lambda: entity.id in self._redesignating,
        )

    def _newcomers(self, entity: Entity, word: str, day: date) -> Sequence[Recipient]:
        """Return who came in with the code after a mandate; before that, the mesa de partes."""
        if people := self.holders("preparer", entity) or self.holders("authority", entity):
            return self._as("preparer" if word == "alternate" else word, people, day)
        address = entity.contact_email.strip()
        return (Recipient(address, "mesa_de_partes", address=address),) if address else ()

    def _standing_by(self, entity: Entity, day: date) -> Sequence[Recipient]:
        """Return the alternate; without one, the preparer; before any login, the mesa de partes."""
        for word in ("alternate", "preparer"):
            if people := self.holders(word, entity):
                return self._as(word, people, day)
        address = entity.contact_email.strip()
        if not address or any(self.holders(role, entity) for role in STAFF):
            return ()
        return (Recipient(address, "mesa_de_partes", address=address),)

    def _as(self, word: str, people: Sequence[User], day: date) -> list[Recipient]:
        return [
            Recipient(mail.person_of(user), word, user, user.email.strip(), absent)
            for user, absent in access.absences.standing_in(people, self._away_on(day))
        ]

    def _away_on(self, day: date) -> Mapping[int, User]:
        if day not in self._away:
            self._away[day] = access.absences.away(self._session, day)
        return self._away[day]


def _ended_mandates(session: Session, ids: Sequence[int]) -> Mapping[int | None, datetime]:
    """Return from when people count as those of the new authority, by entity.

    Of the entities with an open change that is the one for the end of a mandate: see
    `app.cases.records.mandate.began_at`.
    """
    rows = session.execute(
        select(MandateEnd, ProcessInstance)
        .join(ProcessInstance, ProcessInstance.id == MandateEnd.instance_id)
        .where(among(MandateEnd.entity_id, ids), ProcessInstance.ended_at.is_(None))
    )
    return {end.entity_id: mandate.began_at(end, change) for end, change in rows}


def dead_addresses(session: Session, recipients: Iterable[Recipient]) -> set[str]:
    """Return which of these addresses are dead, in lower case."""
    wanted = {one.address.casefold() for one in recipients if one.address}
    if not wanted:
        return set()
    query = select(Address.address).where(
        Address.address.in_(sorted(wanted)), Address.dead_at.is_not(None)
    )
    return set(session.scalars(query))

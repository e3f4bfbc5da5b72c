"""Handover of open steps of a user who leaves: the heirs, their mails, and the history.

Each heir gets one mail; the history of each entity concerned has an entry. The acts that end roles
call `before`, and `notify` when the roles have ended: `app.administration.users.departures`, and
changes of an entity's personnel (`app.cases.records.personnel_change`). The mail about an
administrator who leaves the function is `write_of_departure`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from app.base import audit_log
from app.base.models import Entity, Task, User
from app.base.urls import external_url
from app.people import access, mail, notices
from app.people.access import ENTITY_ROLES, suspension
from app.people.access.rules import COORDINATORS, Lane

#: Most steps named in a mail, and most people named in an entry of the history.
NAMED_STEPS, NAMED_PEOPLE = 20, 3


@dataclass(frozen=True)
class Leaving:
    """A user who is about to lose roles: their lanes, and their open steps in each lane.

    These are the steps whose mails the user got, or that the user had taken.
    """

    user: User
    lanes: frozenset[Lane]
    roles: dict[int, list[str]]
    steps: dict[Lane, Sequence[Task]]


def designating_another(entity: Entity) -> str:
    """Return the sentence that the administrator's lane was left without people (Spanish)."""
    return f"Se inició una nueva designación en {entity.name}, que quedó sin administrador."


def called_in(entity: Entity) -> str:
    """Return the sentence that the authority's lane was left without people (Spanish)."""
    return (
        f"{entity.name} quedó sin quien prepare la designación: tiene un código de activación para "
        "que ingrese otra persona."
    )


@dataclass
class Passed:
    """The steps that pass to one heir, and sentences (Spanish) with a link each."""

    steps: list[Task] = field(default_factory=list)
    sentences: list[tuple[str, str]] = field(default_factory=list)


def before(session: Session, user: User) -> Leaving:
    """Return a user's lanes, roles and steps, before they leave."""
    roles = defaultdict(list)
    for held in user.grants:
        if held.until_at is None and held.entity_id is not None:
            roles[held.entity_id].append(held.role)
    lanes = access.lanes_of(user)
    steps = {lane: _steps(session, user, lane) for lane in sorted(lanes, key=str)}
    return Leaving(user, lanes, dict(roles), steps)


def _steps(session: Session, user: User, lane: Lane) -> Sequence[Task]:
    role, entity_id = lane
    query = select(Task).options(joinedload(Task.entity)).order_by(Task.id)
    query = query.where(Task.role == role, Task.state == "open")
    taken = Task.assignee_id == user.id
    if entity_id is not None:
        query = query.where(Task.entity_id == entity_id)
        theirs = user.id in [one.id for one in _meant(session, role, entity_id)]
        return session.scalars(query if theirs else query.where(taken)).all()
    if role in COORDINATORS:
        charge = {"sip": Entity.sip_coordinator_id, "sgtd": Entity.sgtd_coordinator_id}[role]
        in_charge = Task.entity_id.in_(select(Entity.id).where(charge == user.id))
        return session.scalars(query.where(or_(taken, in_charge))).all()
    return session.scalars(query.where(taken)).all()


def _meant(session: Session, role: str, entity_id: int) -> list[User]:
    """Return the users of a lane's steps, absent users included."""
    return access.people_of_lane(
        role,
        session.get_one(Entity, entity_id),
        lambda held: access.holders(session, held, entity_id),
        lambda: access.grants.redesignation_is_open(session, entity_id),
    )


def heirs(session: Session, role: str, entity: Entity | None) -> list[User]:
    """Return the heirs of a lane: its people, or the preparer, or the coordinators."""
    if entity is None or role not in ENTITY_ROLES:
        return access.holders(session, role)
    ways = (role, "authority") if role == "administrator" else (role,)
    for lane in ways:
        if people := access.recipients(session, lane, entity):
            return people
    return access.recipients(session, notices.responsible_role(entity), entity)


def notify(
    session: Session,
    leaving: Leaving,
    filled: dict[Lane, str],
    actor_id: int | None,
) -> None:
    """Write to the heirs, and log the handover in each entity.

    `filled`: what was done about the lanes without people, in sentences (Spanish).
    """
    user, now = leaving.user, access.lanes_of(leaving.user)
    passed: dict[int, Passed] = defaultdict(Passed)
    people: dict[int, User] = {}
    noted: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for lane, steps in leaving.steps.items():
        if lane in now or not (steps or lane in filled):
            continue
        entity = session.get(Entity, lane[1]) if lane[1] is not None else None
        # If a lane is empty and needed no act, its waiting steps already have their people.
        known = lane in filled and not filled[lane]
        goes_on = [] if known else heirs(session, lane[0], entity)
        people |= {one.id: one for one in goes_on}
        for one in goes_on:
            if lane not in filled:
                passed[one.id].steps += steps
            elif entity is not None:
                page = external_url("entities.show", code=entity.code)
                passed[one.id].sentences.append((filled[lane], page))
        for entity_id, count in _by_entity(steps, lane).items():
            noted[entity_id].append(_note_of(lane[0], count, goes_on, vacant=lane in filled))
    for user_id, what in passed.items():
        _write_to(session, people[user_id], user, what)
    concerned = noted.keys() | (set() if user.active else leaving.roles.keys())
    for entity_id in sorted(concerned):
        audit_log.of_person(
            session,
            "person.left",
            user,
            actor_id,
            entity_id=entity_id,
            deactivated=not user.active,
            suspended=suspension.is_dormant(user),
            roles=leaving.roles.get(entity_id, []),
            lanes=noted[entity_id],
        )


def _by_entity(steps: Iterable[Task], lane: Lane) -> dict[int, int]:
    """Return how many steps pass in each entity; 0 where a lane is left without any."""
    counts: dict[int, int] = {} if lane[1] is None else {lane[1]: 0}
    for step in steps:
        counts[step.entity_id] = counts.get(step.entity_id, 0) + 1
    return counts


def _note_of(role: str, count: int, goes_on: Sequence[User], *, vacant: bool) -> dict[str, Any]:
    names = [one.full_name for one in goes_on[:NAMED_PEOPLE]]
    more = len(goes_on) - len(names)
    return {"role": role, "steps": count, "heirs": names, "more": more, "vacant": vacant}


def write_of_departure(
    session: Session,
    reader: User,
    entity: Entity,
    *,
    person: User,
    from_on: date,
    heir: str,
    offered: bool,
    is_heir: bool = False,
    withdrawn: bool = False,
) -> None:
    """Write to a user that an administrator leaves the function, or withdrew that.

    `heir`: who goes on with the steps, "" if nobody. `offered`: a redesignation can begin.
    """
    values = {
        "person": person.full_name,
        "from_on": from_on,
        "heir": heir,
        "is_heir": is_heir,
        "withdrawn": withdrawn,
        "may_designate": offered and access.may(reader, "start_redesignation", entity),
        "page": external_url("entities.show", code=entity.code),
    }
    mail.post(session, mail.Letter("leaving", reader.email, values, reader, entity))


def _write_to(session: Session, heir: User, user: User, what: Passed) -> None:
    if not (what.steps or what.sentences):
        return
    values = {
        "person": user.full_name,
        "deactivated": not user.active,
        "suspended": suspension.is_dormant(user),
        "steps": [
            {"name": one.name, "entity": one.entity.name, "id": one.id}
            for one in what.steps[:NAMED_STEPS]
        ],
        "count": len(what.steps),
        "told": [{"text": text, "url": url} for text, url in dict.fromkeys(what.sentences)],
    }
    mail.post(session, mail.Letter("handed_over", heir.email, values, user=heir))

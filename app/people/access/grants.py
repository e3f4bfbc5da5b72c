"""Roles given and taken, dated and logged; and who holds a role when mails are written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import Session, lazyload

from app.base import audit_log, calendar, db
from app.base.models import Entity, Grant, ProcessInstance, Task, User
from app.people import mail
from app.people.access import absences, vacancies
from app.people.access.roles import ANSWERING, ENTITY_ROLES, LANES, PCM_ROLES, ROLES, lane_title
from app.people.access.rules import IS_HELD


def grant(
    session: Session,
    user: User,
    role: str,
    entity: Entity | None,
    actor_id: int | None,
    **entry: Any,
) -> Grant:
    """Give a role from now on; return the open grant if the person already has the role.

    `entry`: more values of the log entry, such as its proposer. An absence of the person in which
    no substitute would answer for the role ends. Raise ValueError for an unknown role, for a role
    of an entity without an entity, and for a role of the PCM with an entity.
    """
    if role not in ROLES or (role in PCM_ROLES) != (entity is None):
        raise ValueError(f"no such role here: {role} in {entity.code if entity else 'the PCM'}")
    held = open_grant(user, role, entity)
    if held is not None:
        return held
    if role in ANSWERING:
        db.in_turn(session, "roles")
    given = Grant(user=user, role=role, entity=entity, since_at=calendar.now(), until_at=None)
    session.add(given)
    session.flush()
    said = {"entity_id": given.entity_id, "role": role} | entry
    audit_log.of_person(session, "person.role_granted", user, actor_id, **said)
    if entity is None and actor_id is not None:
        _notify_superusers(session, user, role, actor_id)
    if role in ANSWERING:
        absences.end_uncovered(session, user, actor_id)
    return given


def _notify_superusers(session: Session, user: User, role: str, actor_id: int) -> None:
    """Notify the others who manage users of a new role of the PCM."""
    actor = session.get_one(User, actor_id).full_name
    values = {"person": user.full_name, "role": ROLES[role].name, "actor": actor}
    for one in holders(session, "superuser"):
        if one.id != user.id:
            mail.post(session, mail.Letter("staff_role", one.email, values, user=one))


def revoke(
    session: Session, user: User, role: str, entity: Entity | None, actor_id: int | None
) -> bool:
    """End a role now; False where the person does not have it.

    Tasks that the person had taken and may not answer any more go back to all people of their lane.
    An absence that no substitute covers any more ends.
    """
    held = open_grant(user, role, entity)
    if held is None:
        return False
    if role in ANSWERING:
        db.in_turn(session, "roles")
    held.until_at = calendar.now()
    session.flush()
    said = {"entity_id": held.entity_id, "role": role}
    audit_log.of_person(session, "person.role_revoked", user, actor_id, **said)
    if role in ANSWERING:
        vacancies.hand_back(session, user, actor_id)
        absences.end_uncovered(session, user, actor_id)
    return True


def close_others(
    session: Session, role: str, entity: Entity, keep: set[tuple[str, str]], actor_id: int | None
) -> None:
    """End a role of an entity for everyone except these documents, deactivated people included."""
    for user in with_role(session, role, entity):
        if (user.document_type, user.document_number) not in keep:
            revoke(session, user, role, entity, actor_id)


def close_these(
    session: Session, role: str, entity: Entity, people: set[tuple[str, str]], actor_id: int | None
) -> None:
    """End a role of an entity for these documents, in one query however many they are."""
    for user in with_role(session, role, entity):
        if (user.document_type, user.document_number) in people:
            revoke(session, user, role, entity, actor_id)


def with_role(session: Session, role: str, entity: Entity) -> Sequence[User]:
    """Return who has a role in an entity, deactivated and suspended people included."""
    held = (
        select(User)
        .join(Grant, Grant.user_id == User.id)
        .where(Grant.role == role, Grant.entity_id == entity.id, Grant.until_at.is_(None))
    )
    return session.scalars(held.order_by(User.id)).all()


def close_earlier(
    session: Session, role: str, entity: Entity, since_at: datetime, actor_id: int | None
) -> None:
    """End a role of an entity for holders from before a moment, if others got it since then."""
    held = (
        select(User, Grant.since_at)
        .join(Grant, Grant.user_id == User.id)
        .where(Grant.role == role, Grant.entity_id == entity.id, Grant.until_at.is_(None))
    )
    rows = session.execute(held.order_by(User.id)).all()
    if not any(since >= since_at for _, since in rows):
        return
    for user, since in rows:
        if since < since_at:
            revoke(session, user, role, entity, actor_id)


def open_grant(user: User, role: str, entity: Entity | None) -> Grant | None:
    """Return the grant by which a person holds a role now (in an entity, or in the PCM)."""
    entity_id = None if entity is None else entity.id
    for held in user.grants:
        if (held.until_at, held.role, held.entity_id) == (None, role, entity_id):
            return held
    return None


def others_hold(
    session: Session, user: User, roles: Iterable[str], entity: Entity | int | None
) -> bool:
    """Return whether another active person has one of these roles, in an entity or in the PCM.

    People who announced that they leave the role do not count.
    """
    entity_id = entity.id if isinstance(entity, Entity) else entity
    other = (
        select(User.id)
        .join(Grant, Grant.user_id == User.id)
        .where(
            User.active,
            User.id != user.id,
            Grant.until_at.is_(None),
            Grant.leaves_on.is_(None),
            Grant.role.in_(sorted(roles)),
            Grant.entity_id.is_(None) if entity_id is None else Grant.entity_id == entity_id,
        )
    )
    return session.scalar(other.limit(1)) is not None


#: Their other roles are not looked at: an act asks for recipients of every step that opens.
_HOLDERS = (
    select(User)
    .join(Grant, Grant.user_id == User.id)
    .where(Grant.role == bindparam("role"), IS_HELD, User.active)
    .options(lazyload(User.grants))
    .order_by(User.id)
)
OF_PCM = _HOLDERS.where(Grant.entity_id.is_(None))
OF_ENTITY = _HOLDERS.where(Grant.entity_id == bindparam("entity_id"))


def holders(session: Session, role: str, entity: Entity | int | None = None) -> list[User]:
    """Return active people who hold a role now, in an entity or (None) in the PCM."""
    entity_id = entity.id if isinstance(entity, Entity) else entity
    if entity_id is None:
        return list(session.scalars(OF_PCM, {"role": role}))
    return list(session.scalars(OF_ENTITY, {"role": role, "entity_id": entity_id}))


def recipients(session: Session, role: str, entity: Entity) -> list[User]:
    """Return who gets the mails of a task of a lane today; substitutes replace who is away."""
    people = absences.stand_in(session, _meant(session, role, entity), calendar.today())
    return [user for user, _ in people]


def on_behalf_of(session: Session, task: Task, actor_id: int | None) -> dict[str, Any] | None:
    """Return the user that a substitute replaces for a task today: {"id", "name"}, or None.

    The replaced user is absent and had taken the task. If no user had taken it, the replaced user
    would have got its mails, unless the substitute would get them too.
    """
    away = absences.away(session, calendar.today())
    replaced = {user_id for user_id, substitute in away.items() if substitute.id == actor_id}
    if not replaced:
        return None
    if task.assignee_id is not None:
        ids = [task.assignee_id]
    else:
        ids = [user.id for user in _meant(session, task.role, task.entity)]
    found = [] if actor_id in ids else [user_id for user_id in ids if user_id in replaced]
    if not found:
        return None
    user = session.get_one(User, found[0])
    return {"id": user.id, "name": user.full_name}


def _meant(session: Session, role: str, entity: Entity) -> list[User]:
    def held(role: str) -> list[User]:
        return holders(session, role, entity if role in ENTITY_ROLES else None)

    return people_of_lane(role, entity, held, lambda: redesignation_is_open(session, entity.id))


def people_of_lane(
    role: str,
    entity: Entity,
    held: Callable[[str], list[User]],
    redesignating: Callable[[], bool],
) -> list[User]:
    """Return the users of a lane's tasks, for callers that read many entities' users at once.

    Administrator's lane: the administrator, otherwise the alternate (the other way round while a
    redesignation is open). Authority's lane: preparer and authority. PCM: the coordinator in
    charge of the entity, otherwise every user with that role.
    """
    if role == "authority":
        both = held("preparer") + held("authority")
        return list({user.id: user for user in both}.values())
    if role == "administrator":
        order = ("administrator", "alternate")
        if redesignating():
            order = ("alternate", "administrator")
        return held(order[0]) or held(order[1])
    everybody = held(role)
    in_charge = {"sip": entity.sip_coordinator_id, "sgtd": entity.sgtd_coordinator_id}.get(role)
    return [user for user in everybody if user.id == in_charge] or everybody


def redesignation_is_open(session: Session, entity_id: int) -> bool:
    """Return whether the entity is designating another administrator."""
    condition = exists().where(
        ProcessInstance.entity_id == entity_id,
        ProcessInstance.process == "redesignation",
        ProcessInstance.ended_at.is_(None),
    )
    return bool(session.scalar(select(condition)))


def lane_titles(session: Session, entity: Entity) -> dict[str, str]:
    """Return who does the steps in an entity: name of the lane in the diagrams → as read."""
    held = session.scalars(
        select(Grant.role)
        .join(User, User.id == Grant.user_id)
        .where(Grant.entity_id == entity.id, IS_HELD, User.active)
        .distinct()
    )
    holders = frozenset(held)
    return {lane: lane_title(role, holders) for lane, role in LANES.items()}

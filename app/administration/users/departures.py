"""Departures from the platform or a role: the work of the user passes on, in the same act.

Tasks that the user had taken go back to all people of their lane. If an entity's lane becomes
vacant: the administrator's lane waits while another is designated, which begins now; for the
authority's lane, an activation code lets the entity's new preparer in. Both appear among the
coordinator's waiting work, who may enter the entity's dictated answers meanwhile. The PCM's lanes
keep their last person. The heirs get a mail, and the history of each entity records it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.base.models import Entity, ProcessInstance, User
from app.cases import notices, processes
from app.cases.entities.assignment import Choice, assign
from app.people import access, handover
from app.people.access import ENTITY_ROLES, ROLES, absences, vacancies
from app.people.access.rules import COORDINATORS, Lane
from app.people.handover import Leaving


class NobodyLeft(Exception):
    """No other user could act in place of the user; the message (Spanish) says what to do first."""


def hand_over(session: Session, leaving: Leaving, actor_id: int | None) -> tuple[str, ...]:
    """Pass on a person's steps, after the person lost the right to answer some lanes.

    Return what was done, in sentences (Spanish). Raise NobodyLeft: then the caller must not
    carry out the act.
    """
    user = leaving.user
    lost = sorted(leaving.lanes - access.lanes_of(user), key=str)
    vacancies.hand_back(session, user, actor_id)
    done = [
        f"Terminó la ausencia de {ended.user.full_name} anotada {absences.days_of(ended)}."
        for ended in absences.end_uncovered(session, user, actor_id)
    ]
    filled: dict[Lane, str] = {}
    for role, entity_id in lost:
        if role in COORDINATORS:
            _leave_charge(session, user, role, actor_id)
        if not vacancies.is_vacant(session, (role, entity_id)):
            continue
        if role not in ENTITY_ROLES:
            raise NobodyLeft(
                f"{user.full_name} es la única persona activa con la función «{ROLES[role].name}»: "
                "da antes esa función a otra."
            )
        entity = session.get_one(Entity, entity_id)
        filled[role, entity_id] = FILL[role](session, entity, actor_id)
        if filled[role, entity_id] and not handover.heirs(session, role, entity):
            raise NobodyLeft(
                f"{user.full_name} es la última persona de {entity.name}, y nadie la coordina: "
                f"da antes a alguien la función «{ROLES['sip'].name}»."
            )
    handover.notify(session, leaving, filled, actor_id)
    return tuple(sentence for sentence in (*done, *filled.values()) if sentence)


def _leave_charge(session: Session, user: User, role: str, actor_id: int | None) -> None:
    """Leave the user's entities to all coordinators, until another one is put in charge."""
    nobody = Choice(role, True, None)
    mine = getattr(Entity, nobody.column) == user.id
    for entity in session.scalars(select(Entity).where(mine).order_by(Entity.id)).all():
        assign(session, entity, [nobody], actor_id)


def _designate_another(session: Session, entity: Entity, actor_id: int | None) -> str:
    try:
        processes.start(session, entity, "redesignation", actor_id)
    except (processes.AlreadyRunning, processes.NotStartable):
        return ""  # its steps wait already, or none is open before an administrator was designated
    notices.nobody_left(session, entity, "administrator")
    return handover.designating_another(entity)


def _call_in(session: Session, entity: Entity, actor_id: int | None) -> str:
    if not _has_process(session, entity):
        return ""
    access.call_in(session, entity, actor_id)
    notices.nobody_left(session, entity, "authority")
    return handover.called_in(entity)


#: Lane of an entity → the act when the lane is left without people.
FILL: Mapping[str, Callable[[Session, Entity, int | None], str]] = {
    "administrator": _designate_another,
    "authority": _call_in,
}


def _has_process(session: Session, entity: Entity) -> bool:
    found = exists().where(ProcessInstance.entity_id == entity.id)
    return bool(session.scalar(select(found)))

"""Vacancies: lanes without people, and tasks of users who cannot act.

`stranded` is always empty. Every act that takes from a person what they could do hands their
tasks back to the lane (`hand_back`); the acts that could leave a lane empty fill it, or are refused
(see docs/adr/0017-substitution.md).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Set

from sqlalchemy import ColumnElement, and_, exists, not_, select
from sqlalchemy.orm import Session

from app.base import audit_log, calendar
from app.base.models import Grant, ProcessInstance, Task, Ticket, User
from app.people.access.absences import away
from app.people.access.roles import ANSWERING, ANSWERS, ENTITY_ROLES
from app.people.access.rules import IS_HELD, Lane, may_answer


def hand_back(session: Session, user: User, actor_id: int | None) -> None:
    """Give the open tasks that a person took and may not answer any more back to their lanes."""
    taken = select(Task).where(Task.assignee_id == user.id, Task.state == "open").order_by(Task.id)
    for task in session.scalars(taken):
        if not may_answer(user, task):
            task.assignee_id = None
            audit_log.about(session, "task.unassigned", task, actor_id, person=user.full_name)
    session.flush()


def without_role() -> ColumnElement[bool]:
    """Return the condition on User: the account is in use, and no role is held now."""
    held = exists().where(Grant.user_id == User.id, IS_HELD)
    return and_(User.active, User.suspended_at.is_(None), not_(held))


def is_vacant(session: Session, lane: Lane) -> bool:
    """Return whether no person with an account in use answers a lane."""
    role, entity_id = lane
    answered = exists().where(
        Grant.user_id == User.id,
        User.active,
        IS_HELD,
        Grant.role.in_(sorted(ANSWERS[role])),
        Grant.entity_id.is_(None) if entity_id is None else Grant.entity_id == entity_id,
    )
    return not session.scalar(select(answered))


def code_is_out(session: Session, entity_id: int) -> bool:
    """Return whether an entity has an activation code that was not used yet."""
    query = _CODE_OUT.where(Ticket.entity_id == entity_id).limit(1)
    return session.scalar(query) is not None


def stranded(session: Session) -> list[Task]:
    """Open tasks of people who cannot act, today: always none.

    They are the tasks taken by a user who may not answer them (any more), or who is absent without
    a substitute who may; and the tasks of a lane without people on duty. Two lanes may be without
    people: the administrator's while another is designated, since its tasks wait for that; and the
    authority's while an activation code is out, with which the entity's new preparer comes in.
    """
    tasks = session.scalars(select(Task).where(Task.state == "open").order_by(Task.id)).all()
    answering = _answering(session)
    substitutes = {absent: user.id for absent, user in away(session, calendar.today()).items()}
    waiting: dict[str, set[int | None]] = {
        "administrator": set(session.scalars(_REDESIGNATING)),
        "authority": set(session.scalars(_CODE_OUT)),
    }

    def cannot_act(task: Task) -> bool:
        lane = task.role, task.entity_id if task.role in ENTITY_ROLES else None
        able = answering[lane]
        there = {user for user in able if user not in substitutes}
        if not there and task.entity_id not in waiting.get(task.role, ()):
            return True
        taker = task.assignee_id
        return taker is not None and not (
            taker in there or (taker in able and substitutes[taker] in there)
        )

    return [task for task in tasks if cannot_act(task)]


def _answering(session: Session) -> Mapping[Lane, Set[int]]:
    """Return the ids of the people with an account in use who answer each lane."""
    grants = session.execute(
        select(Grant.role, Grant.entity_id, Grant.user_id)
        .join(User, User.id == Grant.user_id)
        .where(User.active, Grant.until_at.is_(None), Grant.role.in_(sorted(ANSWERING)))
    )
    found: dict[Lane, set[int]] = defaultdict(set)
    for role, entity_id, user_id in grants:
        for lane, roles in ANSWERS.items():
            if role in roles:
                found[lane, entity_id].add(user_id)
    return found


_REDESIGNATING = select(ProcessInstance.entity_id).where(
    ProcessInstance.process == "redesignation", ProcessInstance.ended_at.is_(None)
)
_CODE_OUT = select(Ticket.entity_id).where(
    Ticket.kind == "activation", Ticket.used_at.is_(None), Ticket.void.is_(False)
)

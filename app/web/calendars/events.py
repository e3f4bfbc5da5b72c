"""What is in a calendar: a person's tasks by their last day, and their sessions.

Without names, an event says what is to be done, and neither for which entity nor where: the address
of a page has no code of an entity.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from flask import current_app
from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, contains_eager

from app.base import calendar
from app.base.models import Entity, InductionSession, Meeting, ProcessInstance, Seat, Task, User
from app.base.urls import external_url
from app.cases.records import agenda
from app.people import access
from app.people.access.rules import COORDINATORS
from app.web.calendars.writing import Event

#: How long past sessions stay in a calendar.
PAST = timedelta(days=30)
#: The most tasks, and the most sessions, of one calendar: the nearest.
MOST = 1000
#: Topic → the role of the coordinators who hold its sessions.
HOLDERS = {"thematic": "sip", "technical": "sgtd"}
#: The name of an entity's training without its words, which may name it.
TRAINING = "Capacitación"


def of_person(session: Session, user: User, *, with_names: bool) -> Iterator[Event]:
    """Yield a person's tasks, the sessions of their entities, and those that they may hold."""
    yield from _tasks(session, user, with_names=with_names)
    yield from _meetings(session, user, with_names=with_names)
    yield from _sessions(session, user)


def _concerns(user: User) -> ColumnElement[bool]:
    """Return the condition on InductionSession: the user may hold it.

    A user published it, or is a coordinator of the secretariat of its topic, or is in charge of an
    entity that has a seat in it.
    """
    roles = access.roles_of(user) & COORDINATORS
    ways = [InductionSession.created_by_id == user.id]
    if roles:
        topics = sorted(topic for topic, role in HOLDERS.items() if role in roles)
        charge = or_(Entity.sip_coordinator_id == user.id, Entity.sgtd_coordinator_id == user.id)
        of_charge = (
            select(Seat.session_id)
            .join(ProcessInstance, ProcessInstance.id == Seat.instance_id)
            .join(Entity, Entity.id == ProcessInstance.entity_id)
            .where(charge)
        )
        ways += [InductionSession.topic.in_(topics), InductionSession.id.in_(of_charge)]
    return or_(*ways)


def _uid(kind: str, number: int) -> str:
    return f"{kind}-{number}@{current_app.config['MAIL_FROM'].rpartition('@')[2]}"


def _tasks(session: Session, user: User, *, with_names: bool) -> Iterator[Event]:
    rows = session.scalars(
        select(Task)
        .join(Task.instance)
        .join(Task.entity)
        .options(contains_eager(Task.entity))
        .where(
            access.answerable(user),
            Task.due_at.is_not(None),
            ProcessInstance.status == "running",
            _own(user),
        )
        .order_by(Task.due_at, Task.id)
        .limit(MOST)
    )
    for task in rows:
        if task.due_at is not None:
            yield Event(
                uid=_uid("task", task.id),
                sequence=task.due_moves,
                changed_at=task.due_moved_at or task.opened_at,
                summary=f"{task.name} · {task.entity.name}" if with_names else task.name,
                begins=calendar.last_day(task.due_at),
                description="Último día para responder este paso.",
                url=external_url("tasks.open_step", task_id=task.id),
            )


def _own(user: User) -> ColumnElement[bool]:
    """Return the condition on Task (joined with its Entity) that it is this person's.

    That is a task that they took, or one that nobody took: of a coordinator, if they are in charge
    of the entity.
    """
    in_charge = or_(
        and_(Task.role == "sip", Entity.sip_coordinator_id == user.id),
        and_(Task.role == "sgtd", Entity.sgtd_coordinator_id == user.id),
    )
    pool = or_(Task.role.not_in(sorted(COORDINATORS)), in_charge)
    return or_(Task.assignee_id == user.id, and_(Task.assignee_id.is_(None), pool))


def _meetings(session: Session, user: User, *, with_names: bool) -> Iterator[Event]:
    """Yield the sessions of the entities that a person administers, cancelled ones as such."""
    ids = sorted(access.entities_of(user, access.ANSWERS["administrator"]))
    if not ids:
        return
    rows = session.execute(
        select(Meeting, Entity.name)
        .join(Entity, Entity.id == Meeting.entity_id)
        .where(Meeting.entity_id.in_(ids), Meeting.at > calendar.now() - PAST)
        .order_by(Meeting.at, Meeting.id)
        .limit(MOST)
    )
    for row, name in rows:
        yield Event(
            uid=row.uid,
            sequence=row.sequence,
            changed_at=row.changed_at,
            summary=f"{row.summary} · {name}" if with_names else _without_names(row),
            begins=row.at,
            minutes=row.minutes,
            place=row.place if with_names else "",
            url=row.link if with_names else "",
            cancelled=row.cancelled_at is not None,
        )


def _without_names(row: Meeting) -> str:
    return TRAINING if row.key.startswith(agenda.TRAINING) else row.summary


def _sessions(session: Session, user: User) -> Iterator[Event]:
    """Yield the induction sessions that a person may hold, cancelled ones as such."""
    rows = session.scalars(
        select(InductionSession)
        .where(InductionSession.at > calendar.now() - PAST, _concerns(user))
        .order_by(InductionSession.at, InductionSession.id)
        .limit(MOST)
    )
    for row in rows:
        yield Event(
            uid=_uid("session", row.id),
            sequence=row.sequence,
            changed_at=row.changed_at,
            summary=f"{agenda.TOPICS[row.topic]} · {agenda.SUBJECT}",
            begins=row.at,
            minutes=row.minutes,
            place=row.place or "Virtual",
            url=row.link,
            cancelled=row.cancelled,
        )

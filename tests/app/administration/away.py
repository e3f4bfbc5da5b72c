"""Helpers for tests of absences and departures: absences, users, stranded tasks."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.administration.users import changes
from app.base import calendar
from app.base.models import Absence, Grant, Task, User
from app.people import access
from app.people.access import absences
from tests.app.walk import Walk


def in_days(count: int) -> date:
    """Return the day a number of days from today (Lima)."""
    return calendar.today() + timedelta(days=count)


def note(
    walk: Walk,
    who: str,
    substitute: str,
    begins: int = 0,
    ends: int = 10,
    *,
    by: str = "",
) -> int:
    """Note that one of the walk's people is away, by parts; the id. Raises CannotBeAway."""
    with walk.writing() as session:
        absent, stands_in = (person(session, walk, part) for part in (who, substitute))
        actor_id = walk.people[by or who]
        days = in_days(begins), in_days(ends)
        return absences.note(session, absent, stands_in, *days, actor_id).id


def end(walk: Walk, absence_id: int, by: str) -> None:
    """End an absence."""
    with walk.writing() as session:
        absences.end(session, session.get_one(Absence, absence_id), walk.people[by])


def person(session: Session, walk: Walk, part: str) -> User:
    """Return who plays a part."""
    return walk.user(session, part)


def more(walk: Walk, part: str, number: str, role: str, code: str = "") -> None:
    """Let one more person play a part of the walk."""
    walk.people[part] = walk.person(number, role, code)


def deactivate(walk: Walk, part: str) -> tuple[str, ...]:
    """Deactivate a user, as the superuser's page does."""
    with walk.writing() as session:
        return changes.deactivate(session, person(session, walk, part), walk.people["superuser"])


def take(walk: Walk, part: str, role: str) -> tuple[str, ...]:
    """Take a role from a user, as the superuser's page does."""
    with walk.writing() as session:
        user = person(session, walk, part)
        held = session.scalars(
            select(Grant).where(
                Grant.user_id == user.id, Grant.role == role, Grant.until_at.is_(None)
            )
        ).one()
        return changes.take_role(session, user, held, walk.people["superuser"])


def assign(walk: Walk, step: str, part: str) -> None:
    """Let a user take a task."""
    with walk.writing() as session:
        walk.find(session, step).assignee_id = walk.people[part]


def stranded(walk: Walk) -> list[str]:
    """Return the steps of people who cannot act."""
    with walk.reading() as session:
        return [task.step for task in access.vacancies.stranded(session)]


def receivers(walk: Walk, role: str) -> list[str]:
    """Return the parts of those who get the mails of a lane today."""
    parts = {number: part for part, number in walk.people.items()}
    with walk.reading() as session:
        task = session.scalars(select(Task).limit(1)).one()
        return [parts[user.id] for user in access.recipients(session, role, task.entity)]

"""What a move did to a step while a user had its page open."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import LogEntry, Task, User
from app.people import access

#: How long a page that was opened before a move is still taken.
OPENED = timedelta(days=1)


def was_left(session: Session, task: Task) -> bool:
    """Return whether a case left a step because it moved to another version."""
    if task.state != "cancelled":
        return False
    moved = exists().where(
        LogEntry.instance_id == task.instance_id,
        LogEntry.kind == "case.migrated",
        LogEntry.at == task.closed_at,
    )
    return bool(session.scalar(select(moved)))


def had_lane(session: Session, user: User, task: Task) -> bool:
    """Return whether a step was in a lane of a user until it changed lanes, a day ago at most."""
    roles = session.scalars(
        select(LogEntry.data["before"].as_string())
        .where(
            LogEntry.task_id == task.id,
            LogEntry.kind == "task.lane_changed",
            LogEntry.at > calendar.now() - OPENED,
        )
        .order_by(LogEntry.id.desc())
    ).all()
    return any(access.may_answer_in(user, role, task.entity_id) for role in roles)

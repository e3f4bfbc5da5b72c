"""The log: append-only, one entry per act, never with a document number or a secret in it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.base import calendar, db
from app.base.models import LogEntry, Register, Task, User


def write(
    session: Session,
    kind: str,
    *,
    actor_id: int | None,
    entity_id: int | None = None,
    instance_id: int | None = None,
    task: Task | None = None,
    at: datetime | None = None,
    **data: Any,
) -> LogEntry:
    """Add an entry: what (`kind`), who (None is the system), about what, and the values.

    `at` is the moment of the act that it belongs to (default: now).

    The Spanish sentence of a kind is in `app/cases/history`.
    """
    entry = LogEntry(
        at=at or calendar.now(),
        kind=kind,
        actor_id=actor_id,
        entity_id=entity_id,
        instance_id=instance_id,
        task=task,
        data=data,
    )
    session.add(entry)
    return entry


def write_once(
    session: Session, kind: str, *, at: datetime, actor_id: int, entity_id: int, **data: Any
) -> None:
    """Add an entry at once, unless a unique index of the log says that it is there."""
    values = {"at": at, "kind": kind, "actor_id": actor_id, "entity_id": entity_id}
    db.insert_missing(session, LogEntry, values | {"data": data})


def about(session: Session, kind: str, task: Task, actor_id: int | None, **data: Any) -> LogEntry:
    """Add an entry about a task, with its name, outside of an act on its case."""
    return write(
        session,
        kind,
        actor_id=actor_id,
        entity_id=task.entity_id,
        instance_id=task.instance_id,
        task=task,
        name=task.name,
        **data,
    )


def of_register(
    session: Session, kind: str, register: Register, actor_id: int | None, **data: Any
) -> LogEntry:
    """Add an entry about a register of an entity."""
    return write(
        session,
        kind,
        actor_id=actor_id,
        entity_id=register.entity_id,
        environment=register.environment,
        **data,
    )


def of_person(
    session: Session, kind: str, person: User, actor_id: int | None, **data: Any
) -> LogEntry:
    """Add an entry about a person; `entity_id` says where it is a matter of one entity."""
    return write(
        session,
        kind,
        actor_id=actor_id,
        person_id=person.id,
        person=person.full_name,
        **data,
    )

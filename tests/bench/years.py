"""Years of use for benchmarks: calls and readings of documents, of all entities."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from itertools import cycle, islice
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import LogEntry, ProcessInstance, Task, User

CHUNK = 5_000
#: Days that those years cover.
PAST = 700


def add_years(session: Session, tasks: int, entries: int) -> None:
    """Add closed tasks and log entries until there are at least the given numbers."""
    reader = session.scalars(select(User.id).order_by(User.id)).first()
    columns = (ProcessInstance.id, ProcessInstance.entity_id, ProcessInstance.stage)
    cases = session.execute(select(*columns).order_by(ProcessInstance.id)).all()
    for model, wanted, row in ((Task, tasks, _call), (LogEntry, entries, _reading)):
        there = session.scalar(select(func.count()).select_from(model)) or 0
        missing = enumerate(islice(cycle(cases), max(0, wanted - there)))
        made = (row(number, case, reader) for number, case in missing)
        for chunk in _chunks(made):
            session.execute(insert(model), chunk)


def _chunks(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def _call(number: int, case: Any, reader: int | None) -> dict[str, Any]:
    """Return a telephone call of a follow-up that no one answered."""
    at = calendar.now() - timedelta(days=number % PAST + 1)
    return {
        "instance_id": case.id,
        "entity_id": case.entity_id,
        "engine_id": str(uuid.uuid4()),
        "step": "call_entity",
        "name": "Llamar a la entidad",
        "role": "sip",
        "process": "follow_up",
        "stage": case.stage,
        "state": "completed",
        "opened_at": at,
        "due_at": at + timedelta(days=2),
        "closed_at": at + timedelta(hours=3),
        "closed_by_id": reader,
        "outcome": "not_reached",
    }


def _reading(number: int, case: Any, reader: int | None) -> dict[str, Any]:
    """Return the reading of a document."""
    return {
        "at": calendar.now() - timedelta(days=number % PAST + 1),
        "kind": "file.read",
        "actor_id": reader,
        "entity_id": case.entity_id,
        "instance_id": case.id,
        "task_id": None,
        "data": {"name": f"documento-{number % 7}.pdf"},
    }

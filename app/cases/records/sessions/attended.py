"""The records of the steps that record attendance, of many cases at once.

A session has forty entities or more. Read one by one, each takes six statements.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base.db.membership import among
from app.base.models import InductionSession, Task
from app.cases.records import documents, roster
from app.cases.records.sessions import TOPICS, as_published

#: What a case has of an induction in addition to `administrator` and `roster`.
OF_TOPIC = tuple(f"{topic}_session" for topic in TOPICS)


def read_all(session: Session, tasks: Sequence[Task]) -> dict[int, dict[str, Any]]:
    """Return what `records.read_all` returns for these steps, by task: None where there is none.

    The number of statements does not depend on that of the tasks.
    """
    entities = sorted({task.entity_id for task in tasks})
    administrators = documents.of_entities(session, "administrator", entities)
    rosters = roster.of_entities(session, entities)
    found = documents.of_instances(session, OF_TOPIC, sorted({task.instance_id for task in tasks}))
    published = _published(session, found)
    given: dict[int, dict[str, Any]] = {}
    for task in tasks:
        topic = task.step.split("_")[1]
        document = found.get((task.instance_id, f"{topic}_session"))
        row = published.get(int((document or {}).get("session") or 0))
        given[task.id] = {
            "administrator": administrators.get(task.entity_id),
            "roster": rosters.get(task.entity_id),
            f"{topic}_session": as_published(document, row) if document else None,
        }
    return given


def _published(
    session: Session, found: Mapping[tuple[int, str], Any]
) -> dict[int, InductionSession]:
    """Return the published sessions that documents name, by id."""
    ids = {int(data["session"]) for data in found.values() if data and data.get("session")}
    rows = session.scalars(select(InductionSession).where(among(InductionSession.id, ids)))
    return {row.id: row for row in rows}

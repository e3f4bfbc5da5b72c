"""Presentations under review, for tests of conformity to many."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from app.base import audit_log
from app.base.models import Entity, FileUse, Filing, PersonnelRow, Task
from tests.app import cast
from tests.app.walk import CODE, Walk


def presented(walk: Walk, code: str) -> int:
    """Bring an entity to the review of its second roster, with all checks green. Return the
    task."""
    people = dict(walk.people)
    if code != CODE:
        with walk.writing() as session:
            place = session.scalars(select(Entity).where(Entity.code == code)).one_or_none()
            place = place or cast.entity(session, code)
            for number, role in enumerate(("preparer", "administrator", "alternate")):
                person = cast.person(session, f"4100{code[-2:]}{number:02}", role, place)
                walk.people[role] = person.id
    instance = walk.begin_at("resubmission", code)
    for step in ("update_personnel", "file_personnel", "record_personnel_reception"):
        walk.answer(step, instance=instance)
    with walk.writing() as session:
        task = walk.find(session, "review_personnel", instance)
        for use in papers(session, task):
            use.findings = []
        mailed = update(PersonnelRow).where(PersonnelRow.email == "")
        session.execute(mailed.values(email="relacion@example.pe"))
        walk.people |= people
        return task.id


def papers(session: Any, task: Task) -> list[FileUse]:
    """Return the papers of the presentation that a task reviews."""
    filing = session.scalars(
        select(Filing).where(Filing.instance_id == task.instance_id, Filing.result == "")
    ).one()
    return list(session.scalars(select(FileUse).where(FileUse.id.in_(filing.signed.values()))))


def opened(walk: Walk, task_id: int, role: str = "sgtd") -> None:
    """Log that a person opened each paper of a presentation."""
    with walk.writing() as session:
        for use in papers(session, session.get_one(Task, task_id)):
            audit_log.write(
                session,
                "file.read",
                actor_id=walk.people[role],
                entity_id=use.entity_id,
                instance_id=use.instance_id,
                file=use.id,
            )

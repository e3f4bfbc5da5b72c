"""Dictation: an entity dictates an answer to a coordinator, who enters it on its behalf.

A step can be dictated if its form allows it (`forms.StepForm.dictated`): signing, filing and
approving never are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import audit_log, calendar, db, formatting
from app.base.models import Dictation, Task, User
from app.cases.case import Dictated
from app.people import mail
from app.people.mail import Letter

#: The ways of dictating: key → text.
HOW: Mapping[str, str] = {"telephone": "por teléfono", "in_person": "en persona"}


def note(
    session: Session,
    task: Task,
    actor_id: int,
    *,
    name: str,
    post: str,
    how: str,
    told_at: datetime,
) -> Dictation:
    """Record who dictates a step to a coordinator, replacing an earlier record; log a change.

    `how` is a key of HOW; `told_at` an aware moment.
    """
    db.in_turn(session, f"dictation {task.id}")
    row = of(session, task.id, actor_id)
    if row is None or (row.name, row.post, row.how, row.told_at) != (name, post, how, told_at):
        row = session.merge(
            Dictation(
                task_id=task.id,
                by_id=actor_id,
                name=name,
                post=post,
                how=how,
                told_at=told_at,
                noted_at=calendar.now(),
            )
        )
        session.flush()
        audit_log.about(session, "task.dictation_noted", task, actor_id, dictated_by=facts(row))
    return row


def of(session: Session, task_id: int, coordinator_id: int | None) -> Dictation | None:
    """Return the dictation of a task to a coordinator; None if there is none."""
    return session.get(Dictation, (task_id, coordinator_id)) if coordinator_id else None


def of_task(session: Session, task: Task) -> Dictation | None:
    """Return the dictation of a task's answer or, while the task is open, its newest dictation."""
    if task.state != "open":
        return of(session, task.id, task.closed_by_id)
    return session.scalars(
        select(Dictation).filter_by(task_id=task.id).order_by(Dictation.noted_at.desc()).limit(1)
    ).first()


def facts(row: Dictation) -> Dictated:
    """Return the values that the log stores of a dictation."""
    return {
        "name": row.name,
        "post": row.post,
        "how": row.how,
        "at": row.told_at.isoformat(),
    }


def in_words(dictated: Dictated) -> str:
    """Return who dictated, how and when: `Rosa Díaz (Gerenta), por teléfono, el 5 de agosto …`."""
    when = formatting.moment(dictated["at"])
    return f"{dictated['name']} ({dictated['post']}), {HOW[dictated['how']]}, el {when}"


def notify_people(session: Session, row: Dictation, task: Task, people: Iterable[User]) -> None:
    """Post the entered answer to the people of the step's lane or, without any, to the entity."""
    values = {"task": task, "coordinator": row.by.full_name, "said": in_words(facts(row))}
    reached = mail.reachable(session, people)
    for user in reached:
        mail.post(session, Letter("dictated", user.email, values, user=user, entity=task.entity))
    if not reached:
        to = task.entity.contact_email
        mail.post(session, Letter("dictated", to, values, entity=task.entity))

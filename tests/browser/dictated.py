"""Answers that coordinators enter for an entity, for the demo site."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

import forms
from app.base import calendar
from app.base.models import Dictation, Entity, Task, User
from app.cases.processes import dictation
from app.people import access


def places(session: Session, user: User) -> list[str]:
    """Return the pages of the answers that a coordinator enters, or entered, for an entity."""
    rows = session.execute(
        select(Task.id, Task.step, Task.state)
        .join(Dictation, Dictation.task_id == Task.id)
        .where(Dictation.by_id == user.id)
    )
    paths = []
    for task_id, step, state in rows:
        base = f"/encargos/{task_id}"
        key = forms.steps()[step].form.screens()[0].key
        pages = [base, f"{base}/{key}", f"{base}/revisar"]
        paths += pages if state == "open" else [f"/tareas/{task_id}/encargo"]
    return paths


def add_steps(session: Session, entity: Entity) -> None:
    """Add a step that coordinators of the SIP are entering, and steps that they entered."""
    step = session.scalars(select(Task).where(Task.entity_id == entity.id)).one()
    query = select(Task).where(Task.step == "list_personnel", Task.state == "completed")
    holders = access.holders(session, "sip")
    answered = session.scalars(query.order_by(Task.id).limit(len(holders))).all()
    said = {"name": "Rosa Inventada Prueba", "post": "Secretaria general", "how": "telephone"}
    for user, done in zip(holders, answered, strict=True):
        done.closed_by = user
        for task in (step, done):
            dictation.note(session, task, user.id, told_at=calendar.now(), **said)

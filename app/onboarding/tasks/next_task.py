"""The next task of the same kind: what a coordinator does after an answer."""

from __future__ import annotations

from typing import NamedTuple

from flask import url_for
from markupsafe import Markup
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

from app.base import formatting
from app.base.models import ProcessInstance, Task, User
from app.onboarding.tasks import task_view
from app.people import access


class NextTask(NamedTuple):
    """The next task of a kind, and how many are left with it."""

    task: Task
    left: int


def of_kind(session: Session, user: User, answered: Task) -> NextTask | None:
    """Return the task of the same step that is due first, among those that the user may take."""
    row = session.execute(
        select(Task, func.count().over())
        .join(Task.instance)
        .where(
            access.answerable(user),
            Task.step == answered.step,
            Task.id != answered.id,
            ProcessInstance.status == "running",
            or_(Task.assignee_id.is_(None), Task.assignee_id == user.id),
        )
        .options(joinedload(Task.entity))
        .order_by(task_view.RUNS_TO.is_(None), task_view.RUNS_TO, Task.id)
        .limit(1)
    ).first()
    return NextTask(*row) if row else None


def link_to(following: NextTask) -> Markup:
    """Return a link to the next task, which says how many are left."""
    task, left = following
    link = Markup('<a class="govuk-link" href="{}">Siguiente: {}, {}</a> ({} {})')
    url, many = url_for(".open_step", task_id=task.id), "queda" if left == 1 else "quedan"
    return link.format(url, task.name, task.entity.name, many, formatting.number(left))

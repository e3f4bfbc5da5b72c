"""What a user does after an answer: the next step of the case, the next task of the same kind."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from flask import flash, request, url_for
from markupsafe import Markup
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

import forms
from app.base import formatting
from app.base.models import ProcessInstance, Task, User
from app.onboarding.tasks import task_view
from app.onboarding.tasks.blueprint import QUEUE
from app.onboarding.tasks.queue.query import TaskQuery
from app.people import access


class NextTask(NamedTuple):
    """The next task of a kind, and how many are left with it."""

    task: Task
    left: int


#: The parameter of a step's page that names the task whose answer led to it.
LED_BY = "desde"


def opened_for(user: User, opened: Iterable[Task]) -> Task | None:
    """Return the first open step of the user's lanes among those that an answer opened.

    The page of the step finds out whether the user must not decide it, not the transaction of the
    answer, which others wait for.
    """
    mine = (one for one in opened if one.state == "open" and access.may_answer(user, one))
    return next(mine, None)


def url_of(task: Task, answered: Task) -> str:
    """Return the address of the first page of a task to which an answer leads."""
    key = forms.steps()[task.step].form.screens()[0].key
    values: dict[str, Any] = {"task_id": task.id, "key": key, LED_BY: answered.id}
    return url_for("tasks.show", **values)


def offer(session: Session, user: User, answered: Task | None) -> None:
    """Add a message that leads a coordinator to the next task after the one that they answered.

    It is the next one of the list from which they opened it; without a list, of the same kind.
    """
    if answered is None:
        return
    is_own = answered.role not in access.ENTITY_ROLES and answered.closed_by_id == user.id
    find = in_queue if request.args.get(QUEUE) else of_kind
    if is_own and (following := find(session, user, answered)):
        flash(link_to(following), "next")


def in_queue(session: Session, user: User, task: Task) -> NextTask | None:
    """Return the task that follows in the list from which a step was opened; None if none is."""
    number, left = TaskQuery.of_queue(session, user).following(session, task)
    if number is None:
        return None
    return NextTask(session.get_one(Task, number, options=[joinedload(Task.entity)]), left)


def list_url(session: Session, user: User) -> str:
    """Return the address of the list from which a step was opened."""
    return TaskQuery.of_queue(session, user).address()


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

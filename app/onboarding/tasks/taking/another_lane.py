"""A page that was opened before its step passed to another lane, and is sent after it."""

from __future__ import annotations

from flask import abort, render_template

from app.base import db
from app.base.models import Task
from app.cases.processes.migrating import meanwhile
from app.onboarding.tasks.loading import TaskPage
from app.onboarding.tasks.showing import Answer
from app.onboarding.tasks.taking.posted import newer_by, save_draft, typed
from app.people import access


def take_from_former_lane(task_id: int, key: str = "") -> Answer:
    """Save what a user typed in a step that was theirs until its case moved, and say so.

    Raise 404 for all others. `key`: the page of the step; "" for the review, which has no fields.
    A draft that is newer than the page stays.
    """
    session, user = db.session(), access.me()
    task = session.get(Task, task_id)
    if user is None or task is None or not meanwhile.had_lane(session, user, task):
        abort(404)
    task_page = TaskPage(session, task, user)
    is_saved = bool(key) and task_page.is_open and not newer_by(task_page)
    if is_saved:
        save_draft(task_page, typed(task_page, task_page.page(key)))
        session.commit()
    page = render_template(
        "tasks/another_lane.html",
        task=task,
        entity=task.entity,
        lane=access.lane_title(task.role),
        is_saved=is_saved,
    )
    return page, 409

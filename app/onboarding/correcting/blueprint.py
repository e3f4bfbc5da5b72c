"""The blueprint of the pages on which an entity corrects, and who may open them."""

from __future__ import annotations

from flask import Blueprint, abort, render_template

from app.base import db
from app.base.models import Task
from app.cases.processes.returns import corrections
from app.onboarding.case_admin.acts import this_task
from app.people import access
from app.people.access import this_entity

blueprint = Blueprint("correcting", __name__)

#: The right to correct what the entity typed or presented.
CORRECT = "correct_papers"


def held_task(task_id: int) -> Task:
    """Return a task in which the PCM has a presentation, for those who may present it; or 404."""
    user, task = access.require(CORRECT, this_entity()), this_task(task_id)
    filed = corrections.filed_task(db.session(), task)
    return task if filed is not None and access.may_answer(user, filed) else abort(404)


def is_running(task: Task) -> bool:
    """Return whether a task is open and its process runs."""
    return task.state == "open" and task.instance.status == "running"


def too_late(task: Task) -> tuple[str, int]:
    """Say that a task is not open any more, so that nothing is corrected from it."""
    return render_template("correcting/too_late.html", task=task, entity=task.entity), 409

"""*Corregir antes de presentar*: back from the papers to a page of what was typed."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session

import forms
from app.base import db
from app.base.models import Task, User
from app.cases import processes
from app.cases.processes.returns import corrections
from app.onboarding.tasks import showing
from app.onboarding.tasks.loading import TaskPage
from app.onboarding.tasks.showing import Answer
from app.onboarding.tasks.why import why_due
from app.people import access
from app.people.access import this_entity
from forms.fields import ChoiceField

blueprint = Blueprint("correcting", __name__)

CORRECT = "correct_papers"


class PlaceForm(FlaskForm):
    """The page to return to: `<step>/<key of the page>`."""

    place = ChoiceField("¿Qué quieres corregir?", needed="Elige qué quieres corregir.")


def load(task_id: int) -> TaskPage:
    """Load a task of the entity that the URL names, for a user who may answer and correct it."""
    user: User = access.require(CORRECT, this_entity())
    task_page = TaskPage.of(db.session(), task_id, user)
    return task_page if task_page.task.entity_id == this_entity().id else abort(404)


def places(session: Session, task: Task) -> list[tuple[str, str, dict[str, str]]]:
    """Return the pages of what was typed for a presentation: value, title, and their step."""
    return [
        (f"{one.step}/{page.key}", page.title, {"hint": one.name})
        for one in corrections.typed_tasks(session, task)
        for page in forms.steps()[one.step].form.screens()
    ]


@blueprint.route("/entidades/<code>/tareas/<int:task_id>/corregir", methods=["GET", "POST"])
def before_filing(code: str, task_id: int) -> Answer:
    """Choose a page to correct; the papers that were made are void."""
    task_page = load(task_id)
    session, task = task_page.session, task_page.task
    if refusal := showing.refusal(task_page):
        return refusal()
    if not corrections.can_correct_before_filing(task):
        abort(404)
    form = PlaceForm()
    form.place.choices = places(session, task)
    errors: dict[str, str] = {}
    if form.validate_on_submit():
        step, _, key = form.place.data.partition("/")
        try:
            opened = corrections.before_filing(session, task_id, step, task_page.user.id)
            session.commit()
        except processes.Refused as refused:
            session.rollback()
            errors = {"": str(refused)}
        else:
            flash("Vuelves a lo que escribiste: corrige y continúa hasta presentar.", "success")
            return redirect(url_for("tasks.show", task_id=opened.id, key=key), 303)
    errors = errors or {name: messages[0] for name, messages in form.errors.items()}
    page: Any = render_template(
        "correcting/before_filing.html",
        task=task,
        entity=task.entity,
        form=form,
        errors=errors,
        papers=[one for one in task_page.given["papers"] if one["kind"] in task_page.form.kinds],
        why=why_due(session, [task])[task.id],
    )
    return (page, 422) if errors else page

"""Back to a page of what was typed: before the papers are presented, or for a corrected version."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import abort, url_for
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session

import forms
from app.base import db, formatting
from app.base.models import Task
from app.cases.processes.returns import corrections
from app.onboarding.case_admin.acts import carry_out
from app.onboarding.correcting.blueprint import CORRECT, blueprint, held_task, is_running, too_late
from app.onboarding.tasks import showing
from app.onboarding.tasks.loading import TaskPage
from app.onboarding.tasks.showing import Answer
from app.onboarding.tasks.why import why_due
from app.people import access
from app.people.access import this_entity
from forms.fields import ChoiceField

#: Corrects: gets the session, the task, the step to return to and the user; returns the open task.
Act = Callable[[Session, int, str, int], Task]


class PlaceForm(FlaskForm):
    """The page to return to: `<step>/<key of the page>`."""

    place = ChoiceField("¿Qué quieres corregir?", needed="Elige qué quieres corregir.")


def places(session: Session, task: Task) -> list[tuple[str, str]]:
    """Return the pages of what was typed for a presentation: value and title."""
    return [
        (f"{one.step}/{page.key}", page.title)
        for one in corrections.typed_tasks(session, task)
        for page in forms.steps()[one.step].form.screens()
    ]


@blueprint.route("/entidades/<code>/tareas/<int:task_id>/corregir", methods=["GET", "POST"])
def before_filing(code: str, task_id: int) -> Answer:
    """Choose a page to correct; the papers that were made are void."""
    user = access.require(CORRECT, this_entity())
    task_page = TaskPage.of(db.session(), task_id, user)
    session, task = task_page.session, task_page.task
    if task.entity_id != this_entity().id:
        abort(404)
    if refusal := showing.refusal(task_page):
        return refusal()
    if not corrections.can_correct_before_filing(task):
        abort(404)
    kinds, papers = getattr(task_page.form, "kinds", ()), task_page.given.get("papers") or ()
    files = bool(kinds)
    return _choose(
        task,
        corrections.before_filing,
        user.id,
        "Corrige antes de presentar",
        "Vuelves a lo que escribiste, que se conserva. Al terminar, los documentos se emiten "
        f"{'otra vez ' if files else ''}para que los firmes y los presentes.",
        "Volver a corregir",
        template="correcting/before_filing.html",
        papers=[one for one in papers if one["kind"] in kinds],
        files=files,
        why=why_due(session, [task])[task.id],
        back=url_for("tasks.open_step", task_id=task.id),
    )


@blueprint.route(
    "/entidades/<code>/tareas/<int:task_id>/version-corregida", methods=["GET", "POST"]
)
def corrected_version(code: str, task_id: int) -> Answer:
    """Choose a page to correct; the papers are presented again, with a new constancia."""
    user, session = access.require(CORRECT, this_entity()), db.session()
    task = held_task(task_id)
    if not is_running(task):
        return too_late(task)
    filing = corrections.filing_of(session, task, user.id)
    if filing is None or not corrections.can_replace(filing):
        abort(404)
    return _choose(
        task,
        corrections.corrected_version,
        user.id,
        "Presenta una versión corregida",
        f"Ya presentaste, con la constancia {filing.number} del "
        f"{formatting.moment(filing.presented_at)}: la PCM tiene esos documentos y los conserva.",
        "Preparar la versión corregida",
        template="correcting/version.html",
    )


def _choose(
    task: Task, act: Act, user_id: int, title: str, lead: str, button: str, **page: Any
) -> Answer:
    """Show the pages of what was typed, and go back to the chosen one."""
    task_id, form = task.id, PlaceForm()
    form.place.choices = places(db.session(), task)

    def chosen() -> list[str]:
        return str(form.place.data).split("/", 1)

    return carry_out(
        form,
        title,
        lead,
        button,
        lambda session: act(session, task_id, chosen()[0], user_id),
        "Vuelves a lo que escribiste: corrige y continúa hasta presentar.",
        then=lambda opened: url_for("tasks.show", task_id=opened.id, key=chosen()[1]),
        task=task,
        **page,
    )

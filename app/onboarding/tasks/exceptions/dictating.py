"""*Registrar por encargo de la entidad*: a coordinator enters what a person of it dictates.

First a page asks who dictates. Then follow the step's own pages, over the draft that the entity's
people see. Afterwards both sides can read what was entered.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from app.base import calendar, db
from app.base.models import Task
from app.cases.processes import dictation
from app.onboarding.tasks import showing, taking
from app.onboarding.tasks.blueprint import blueprint as tasks
from app.onboarding.tasks.loading import TaskPage
from app.onboarding.tasks.showing import Answer
from app.people import access
from forms import StepForm
from forms.drafts import Pair, as_formdata, errors_of
from forms.fields import ChoiceField, MomentField, NameField, TextField, add_error

blueprint = Blueprint("dictation", __name__, url_prefix="/encargos/<int:task_id>")

#: How long after its dictation an answer can be entered.
LATEST = timedelta(days=30)


class DictationForm(StepForm):
    """Form that asks who dictates, how and when."""

    name_of = NameField(
        "Nombres y apellidos de quien dicta",
        needed="Escribe los nombres y apellidos de quien dicta.",
        limit=200,
    )
    post = TextField("Cargo que tiene en la entidad", needed="Escribe su cargo.", limit=150)
    how = ChoiceField(
        "¿Cómo te lo dicta?",
        tuple((key, text.capitalize()) for key, text in dictation.HOW.items()),
        needed="Elige cómo te lo dicta.",
    )
    told = MomentField(
        "¿Cuándo?", hint="Fecha y hora de Lima", needed="Escribe cuándo te lo dicta."
    )

    def check(self) -> None:
        """Check that the moment has come, at most 30 days ago."""
        at = self.told.moment
        if at is not None and at > calendar.now():
            add_error(self.told, "Ese momento todavía no llega.")
        elif at is not None and at < calendar.now() - LATEST:
            add_error(self.told, "Hace más de 30 días: confírmalo otra vez con la entidad.")


@blueprint.route("", methods=["GET", "POST"])
def begin(task_id: int) -> Answer:
    """Show the form for the person who dictates, before the step is shown."""
    task_page = TaskPage.on_behalf_of_entity(db.session(), task_id, access.me())
    if not task_page.is_open:
        return showing.closed(task_page)
    if request.method != "POST":
        return _page(task_page, DictationForm(MultiDict(_noted(task_page))))
    form = DictationForm(request.form)
    if not form.validate():
        return _page(task_page, form), 422
    dictation.note(
        task_page.session,
        task_page.task,
        task_page.user.id,
        name=form.name_of.data,
        post=form.post.data,
        how=form.how.data,
        told_at=form.told.moment or calendar.now(),
    )
    task_page.session.commit()
    return redirect(url_for(".show", task_id=task_id, key=task_page.pages[0].key), 303)


def _noted(task_page: TaskPage) -> list[Pair]:
    """Return the form's pairs: what this coordinator noted before, or just the present moment."""
    noted = task_page.dictation
    values: dict[str, Any] = {"told": calendar.now()}
    if noted:
        values = {
            "name_of": noted.name,
            "post": noted.post,
            "how": noted.how,
            "told": noted.told_at,
        }
    return as_formdata(DictationForm, values)


def _page(task_page: TaskPage, form: DictationForm) -> str:
    return render_template(
        "tasks/dictation.html",
        task=task_page.task,
        step=task_page.step,
        entity=task_page.task.entity,
        form=form,
        errors=errors_of(form) if form.validated else {},
    )


@blueprint.route("/<key>", methods=["GET", "POST"])
def show(task_id: int, key: str) -> Answer:
    """Show a page of the step; or save it, and answer the step where the button says so."""
    if request.method == "POST":
        return taking.take_page(partial(_load, task_id), key)
    return showing.show_page(_load(task_id), key)


@blueprint.get("/revisar")
def review(task_id: int) -> Answer:
    """Show all answers of a step before they are sent."""
    return showing.show_review(_load(task_id))


@blueprint.post("/revisar")
def send(task_id: int) -> Answer:
    """Answer the step from its review, or leave it for later."""
    return taking.take_review(partial(_load, task_id))


@blueprint.get("/listo")
def after(task_id: int) -> Response:
    """Redirect after an answer to the entity, which shows its next steps."""
    task_page = TaskPage.on_behalf_of_entity(db.session(), task_id, access.me())
    return redirect(task_page.task.entity.url, 303)


def _load(task_id: int, *, locked: bool = False) -> TaskPage:
    """Load the task; redirect to `begin` if the coordinator has not noted yet who dictates."""
    session, user = db.session(), access.me()
    task_page = TaskPage.on_behalf_of_entity(session, task_id, user, locked=locked)
    if task_page.is_open and task_page.dictation is None:
        abort(redirect(url_for("dictation.begin", task_id=task_id), 303))
    return task_page


@tasks.get("/tareas/<int:task_id>/encargo")
def entered(task_id: int) -> str:
    """Show an answer entered on the entity's behalf, to its people and its author."""
    session, user = db.session(), access.me()
    task = session.get(Task, task_id)
    if task is None or user is None:
        abort(404)
    own = access.may_answer(user, task)
    load = TaskPage.of if own else TaskPage.on_behalf_of_entity
    task_page = load(session, task_id, user)
    if (
        task_page.dictation is None
        or task.state != "completed"
        or not (own or task.closed_by_id == user.id)
    ):
        abort(404)
    return render_template(
        "tasks/entered.html",
        task=task,
        entity=task.entity,
        form=task_page.form,
        pages=task_page.pages,
        dictated=showing.dictation_text(task_page),
    )

"""Registrar por encargo de la entidad: a coordinator enters what somebody of it dictates.

First who dictates, then the step's own screenfuls over the draft that the entity's people see. What
was entered can be read by both afterwards.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from app.base import calendar, db
from app.base.models import Task
from app.cases.processes import dictation
from app.onboarding.tasks import screens
from app.onboarding.tasks.blueprint import blueprint as tasks
from app.onboarding.tasks.rendering import closed, dictation_said
from app.onboarding.tasks.screens import Answer
from app.onboarding.tasks.task_page import Desk
from app.people import access
from forms import StepForm
from forms.drafts import Pair, as_formdata, errors_of
from forms.fields import ChoiceField, MomentField, NameField, TextField, add_error

blueprint = Blueprint("dictation", __name__, url_prefix="/encargos/<int:task_id>")

#: How long after it was dictated an answer can still be entered.
LATEST = timedelta(days=30)


class DictationForm(StepForm):
    """Who dictates."""

    name_of = NameField(
        "Nombres y apellidos de quien dicta",
        needed="Escribe los nombres y apellidos de quien dicta.",
        limit=200,
    )
    post = TextField("Cargo que tiene en la entidad", needed="Escribe su cargo.", limit=150)
    how = ChoiceField(
        "¿Cómo te lo dicta?",
        tuple((key, said.capitalize()) for key, said in dictation.HOW.items()),
        needed="Elige cómo te lo dicta.",
    )
    told = MomentField(
        "¿Cuándo?", hint="Fecha y hora de Lima", needed="Escribe cuándo te lo dicta."
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """The fields, and a moment that has come and is not long past."""
        good = bool(super().validate(extra_validators))
        at, day = self.told.moment, self.told.form["date"]
        if at is not None and at > calendar.now():
            add_error(day, "Ese momento todavía no llega.")
            return False
        if at is not None and at < calendar.now() - LATEST:
            add_error(day, "Hace más de 30 días: confírmalo otra vez con la entidad.")
            return False
        return good


@blueprint.route("", methods=["GET", "POST"])
def begin(task_id: int) -> Answer:
    """Who dictates: asked before anything of the step is shown."""
    desk = Desk.on_behalf_of_entity(db.session(), task_id, access.me())
    if not desk.is_open:
        return closed(desk)
    if request.method == "GET":
        return _page(desk, DictationForm(MultiDict(_known(desk))))
    form = DictationForm(request.form)
    if not form.validate():
        return _page(desk, form), 422
    dictation.note(
        desk.session,
        desk.task,
        desk.user.id,
        name=form.name_of.data,
        post=form.post.data,
        how=form.how.data,
        told_at=form.told.moment or calendar.now(),
    )
    desk.session.commit()
    return redirect(url_for(".show", task_id=task_id, key=desk.pages[0].key), 303)


def _known(desk: Desk) -> list[Pair]:
    """Whom this coordinator noted before, else this very moment."""
    noted = desk.dictation
    known: dict[str, Any] = {"told": calendar.now()}
    if noted:
        known = {"name_of": noted.name, "post": noted.post, "how": noted.how, "told": noted.told_at}
    return as_formdata(DictationForm, known)


def _page(desk: Desk, form: DictationForm) -> str:
    return render_template(
        "tasks/dictation.html",
        task=desk.task,
        step=desk.step,
        entity=desk.task.entity,
        form=form,
        errors=errors_of(form) if form.judged else {},
    )


@blueprint.route("/<key>", methods=["GET", "POST"])
def show(task_id: int, key: str) -> Answer:
    """A screenful of the step: shown, saved, answered."""
    return screens.in_turn(lambda: _desk(task_id), key)


@blueprint.get("/revisar")
def review(task_id: int) -> Answer:
    """All answers of a step, before they are sent."""
    return screens.review(_desk(task_id))


@blueprint.post("/revisar")
def send(task_id: int) -> Answer:
    """Answers the step from its review, or leaves it for later."""
    desk = _desk(task_id)
    return screens.send(desk, desk.task.entity.url)


@blueprint.get("/listo")
def after(task_id: int) -> Response:
    """After an answer: the entity, and what it is asked for next."""
    desk = Desk.on_behalf_of_entity(db.session(), task_id, access.me())
    return redirect(desk.task.entity.url, 303)


def _desk(task_id: int) -> Desk:
    """The desk of a coordinator who said who dictates; else that is asked first."""
    desk = Desk.on_behalf_of_entity(db.session(), task_id, access.me())
    if desk.is_open and desk.dictation is None:
        abort(redirect(url_for("dictation.begin", task_id=task_id), 303))
    return desk


@tasks.get("/tareas/<int:task_id>/encargo")
def entered(task_id: int) -> str:
    """What was entered on the entity's behalf, for its people and for whoever entered it."""
    session, user = db.session(), access.me()
    task = session.get(Task, task_id)
    if task is None or user is None:
        abort(404)
    own = access.may_answer(user, task)
    desk = (Desk.of if own else Desk.on_behalf_of_entity)(session, task_id, user)
    if (
        desk.dictation is None
        or task.state != "completed"
        or not (own or task.closed_by_id == user.id)
    ):
        abort(404)
    return render_template(
        "tasks/entered.html",
        task=task,
        entity=task.entity,
        form=desk.form(),
        pages=desk.pages,
        said=dictation_said(desk),
    )

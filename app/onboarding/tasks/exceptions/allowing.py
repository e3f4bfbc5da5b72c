"""*Permite que alguien decida*: the exception if the separation of duties bars every user."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request
from flask_wtf import FlaskForm
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response
from wtforms.validators import Length

from app.base import db, formatting
from app.base.models import Task, User
from app.onboarding.tasks.blueprint import blueprint
from app.people import access
from app.people.access import duties
from forms.fields import ChoiceField, LongTextField


class AllowForm(FlaskForm):
    """Form of a permission: which person, and why."""

    person = ChoiceField("¿A quién se lo permites?", needed="Elige a una persona.")
    reason = LongTextField(
        "Motivo",
        hint="Por qué no puede esperar a que decida otra persona. Queda en el historial.",
        needed="Escribe el motivo.",
        limit=1000,
        rules=(Length(10, message="El motivo tiene entre 10 y 1000 caracteres."),),
    )


@blueprint.route("/tareas/<int:task_id>/permitir", methods=["GET", "POST"])
def allow(task_id: int) -> Response | str | tuple[str, int]:
    """Allow one barred person to decide this task; 404 for users who may not allow it."""
    session, user = db.session(), access.me()
    task = session.get(Task, task_id, options=[joinedload(Task.entity)])
    if task is None or user is None or not duties.may_allow(session, user, task):
        abort(404)
    watch = duties.Watch.of(session, [task])
    form, errors = AllowForm(), {}
    form.person.choices = [(str(one.id), one.full_name) for one in watch.nominees(task, user)]
    if form.validate_on_submit():
        try:
            return _allowed(task, user, form)
        except duties.CannotAllow as fault:
            session.rollback()
            errors = {"": str(fault)}
    errors = errors or {name: messages[0] for name, messages in form.errors.items()}
    people = [
        (one.full_name, formatting.listed([duties.WHY[why][1] for why in watch.stops(task, one)]))
        for one in watch.barred(task)
    ]
    page = render_template(
        "tasks/allow.html", task=task, entity=task.entity, form=form, errors=errors, people=people
    )
    return (page, 422) if request.method == "POST" else page


def _allowed(task: Task, user: User, form: AllowForm) -> Response:
    """Allow it and go to the entity, whose history says so. Raise CannotAllow."""
    session = db.session()
    row = duties.allow(session, task, int(form.person.data), form.reason.data or "", user)
    session.commit()
    flash(f"{row.user.full_name} puede decidir «{task.name}».", "success")
    return redirect(task.entity.url, 303)

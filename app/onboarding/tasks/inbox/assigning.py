"""Take a task, return it to everyone who may answer it, or give it to a colleague by name."""

from __future__ import annotations

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms.validators import Length

from app.base import db
from app.base.models import User
from app.cases import processes
from app.cases.processes import assigning
from app.onboarding.tasks import showing
from app.onboarding.tasks.blueprint import blueprint
from app.onboarding.tasks.loading import TaskPage
from app.onboarding.tasks.showing import Answer
from app.people import access
from forms.fields import ChoiceField, LongTextField


class GiveForm(FlaskForm):
    """Form to give a task: to which colleague, and why."""

    person = ChoiceField("¿A quién se la das?", needed="Elige a una persona.")
    reason = LongTextField(
        "Motivo",
        hint="Lo lee tu colega en un correo, y queda en el historial de la entidad.",
        needed="Escribe el motivo.",
        limit=1000,
        rules=(Length(10, message="El motivo tiene entre 10 y 1000 caracteres."),),
    )


@blueprint.post("/tareas/<int:task_id>/asignar")
def assign(task_id: int) -> Response:
    """Assign a task to the user, or return it to everyone who may answer it."""
    task_page = TaskPage.of(db.session(), task_id, access.me())
    session, user, task = task_page.session, task_page.user, task_page.task
    takes = request.form.get("para") == "mi"
    if not takes and request.form.get("para") != "todos":
        abort(400)
    if takes and task_page.bars:
        return make_response(*showing.barred(task_page))
    try:
        changed = (assigning.take if takes else assigning.put_back)(session, task, user)
    except processes.Refused as refusal:
        session.rollback()
        flash(str(refusal), "warning")
    else:
        session.commit()
        if changed:
            done = "La tarea quedó asignada a ti." if takes else "La tarea volvió a la bandeja."
            flash(done, "success")
        elif task.state == "open":
            where = "asignada a ti" if takes else "en la bandeja"
            flash(f"La tarea ya estaba {where}.", "message")
    return redirect(url_for(".open_step", task_id=task_id), 303)


@blueprint.route("/tareas/<int:task_id>/dar", methods=["GET", "POST"])
def give(task_id: int) -> Answer:
    """Give a task to a colleague who may answer it; 404 for tasks of other lanes."""
    task_page = TaskPage.of(db.session(), task_id, access.me())
    session, user, task = task_page.session, task_page.user, task_page.task
    if not assigning.may_give(user, task):
        abort(404)
    if not task_page.is_open:
        return showing.closed(task_page)
    form, errors = GiveForm(), {}
    people = assigning.colleagues(session, task, user)
    form.person.choices = [(str(one.id), one.full_name) for one in people]
    if form.validate_on_submit():
        to = session.get_one(User, int(form.person.data))
        try:
            processes.give(session, task, to, form.reason.data or "", user)
            session.commit()
            flash(f"Le diste «{task.name}» de {task.entity.name} a {to.full_name}.", "success")
            return redirect(url_for(".inbox"), 303)
        except processes.Refused as refusal:
            session.rollback()
            errors = {"": str(refusal)}
    errors = errors or {name: messages[0] for name, messages in form.errors.items()}
    context = {"task": task, "entity": task.entity, "form": form, "people": people}
    page = render_template("tasks/give.html", errors=errors, **context)
    return (page, 422) if request.method == "POST" else page

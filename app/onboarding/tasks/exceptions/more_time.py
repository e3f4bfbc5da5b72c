"""*Pedir más plazo*: the entity requests more time for a step, and reads the answer there."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from wtforms.validators import Length

from app.base import db
from app.cases import processes
from app.cases.processes import extensions
from app.onboarding.tasks import showing, task_view
from app.onboarding.tasks.blueprint import blueprint
from app.onboarding.tasks.loading import TaskPage
from app.onboarding.tasks.showing import Answer
from app.onboarding.tasks.why import why_due
from app.people import access
from forms.fields import CountField, LongTextField


class MoreTimeForm(FlaskForm):
    """Form of a request: how many working days, and why."""

    working_days = CountField(
        "¿Cuántos días hábiles más necesitas?",
        least=1,
        most=60,
        needed="Escribe cuántos días hábiles más necesitas.",
    )
    reason = LongTextField(
        "¿Por qué?",
        hint="Lo lee el coordinador y queda en el historial de la entidad.",
        needed="Escribe por qué necesitas más plazo.",
        limit=1000,
        rules=(Length(10, message="El motivo tiene entre 10 y 1000 caracteres."),),
    )


@blueprint.route("/tareas/<int:task_id>/mas-plazo", methods=["GET", "POST"])
def ask_more_time(task_id: int) -> Answer:
    """Ask the coordinator for more working days."""
    task_page = TaskPage.of(db.session(), task_id, access.me())
    session, task = task_page.session, task_page.task
    if not task_page.is_open:
        return showing.closed(task_page)
    form, errors = MoreTimeForm(), {}
    if form.validate_on_submit():
        days, reason = form.working_days.number or 0, form.reason.data or ""
        try:
            extensions.ask(session, task, days, reason, task_page.user)
            session.commit()
            flash("Enviamos tu pedido. Te avisaremos cuando lo respondan.", "success")
            return redirect(url_for("tasks.open_step", task_id=task_id), 303)
        except processes.Refused as refusal:
            session.rollback()
            errors = {"": str(refusal)}
    errors = errors or {name: messages[0] for name, messages in form.errors.items()}
    newest = extensions.newest(session, task)
    page = render_template(
        "tasks/more_time.html",
        task=task,
        entity=task.entity,
        form=form,
        errors=errors,
        may_ask=extensions.can_ask(task) and not (newest and extensions.is_open(newest)),
        request_text=task_view.request_text(newest, task_page.user) if newest else "",
        why=why_due(session, [task])[task.id],
    )
    return (page, 422) if errors else page

"""*Pedir más plazo*: the entity asks for it on a step's page, and reads there what became of it."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as AnyResponse
from wtforms.validators import Length

from app.base import db
from app.cases import processes
from app.cases.processes import extensions
from app.onboarding.tasks import task_view
from app.onboarding.tasks.blueprint import blueprint
from app.onboarding.tasks.rendering import closed
from app.onboarding.tasks.task_page import Desk
from app.onboarding.tasks.why import why_due
from app.people import access
from forms.fields import CountField, LongTextField


class MoreTimeForm(FlaskForm):
    """How much, and why."""

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
def ask_more_time(task_id: int) -> AnyResponse | str | tuple[str, int]:
    """Asks the coordinator for more working days."""
    desk = Desk.of(db.session(), task_id, access.me())
    if desk.task.state != "open" or desk.task.instance.status != "running":
        return closed(desk)
    form, errors = MoreTimeForm(), {}
    if form.validate_on_submit():
        days, reason = form.working_days.number or 0, form.reason.data or ""
        try:
            extensions.ask(desk.session, desk.task, days, reason, desk.user)
            desk.session.commit()
            flash("Enviamos tu pedido. Te avisaremos cuando lo respondan.", "success")
            return redirect(url_for("tasks.open_step", task_id=task_id), 303)
        except processes.Refused as refusal:
            desk.session.rollback()
            errors = {"": str(refusal)}
    errors = errors or {name: messages[0] for name, messages in form.errors.items()}
    page = render_template("tasks/more_time.html", form=form, errors=errors, **told(desk))
    return (page, 422) if errors else page


def told(desk: Desk) -> dict[str, Any]:
    """What the page says besides its form."""
    asked = extensions.newest(desk.session, desk.task)
    return {
        "task": desk.task,
        "entity": desk.task.entity,
        "may_ask": extensions.can_ask(desk.task) and not (asked and extensions.is_open(asked)),
        "asked": task_view.request_said(asked, desk.user) if asked else "",
        "why": why_due(desk.session, [desk.task])[desk.task.id],
    }

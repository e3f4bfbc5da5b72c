"""The number and the hour of a constancia, corrected while the PCM has the presentation."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template
from flask_wtf import FlaskForm

from app.base import calendar, db
from app.cases import processes
from app.cases.processes.returns import corrections
from app.onboarding.correcting.blueprint import CORRECT, blueprint, held_task, is_running, too_late
from app.onboarding.tasks.showing import Answer
from app.people import access
from app.people.access import this_entity
from forms.fields import MomentField, TextField


class ReceiptForm(FlaskForm):
    """What the constancia says."""

    number = TextField(
        "Número de la constancia", needed="Escribe el número de la constancia.", limit=40
    )
    presented_at = MomentField(
        "¿Cuándo se presentó?",
        hint="Fecha y hora que figuran en la constancia",
        needed="Escribe la fecha y la hora de la constancia.",
    )


@blueprint.route("/entidades/<code>/tareas/<int:task_id>/constancia", methods=["GET", "POST"])
def receipt(code: str, task_id: int) -> Answer:
    """Correct the number and the moment of the constancia."""
    user, session = access.require(CORRECT, this_entity()), db.session()
    task = held_task(task_id)
    if not is_running(task):
        return too_late(task)
    filing = corrections.filing_of(session, task, user.id)
    if filing is None:
        abort(404)
    at = filing.presented_at.astimezone(calendar.LIMA)
    known = {"number": filing.number, "presented_at": {"date": at.date(), "time": at.time()}}
    form = ReceiptForm(data=known)
    errors: dict[str, str] = {}
    if form.validate_on_submit() and form.presented_at.moment:
        number, moment = form.number.data or "", form.presented_at.moment
        try:
            corrections.correct_receipt(session, task_id, number, moment, user.id)
            session.commit()
        except processes.Refused as refused:
            session.rollback()
            errors = {"": str(refused)}
        else:
            flash("Corregimos la constancia. Tu coordinador lo verá.", "success")
            return redirect(task.entity.url, 303)
    errors = errors or {name: messages[0] for name, messages in form.errors.items()}
    page = render_template(
        "correcting/receipt.html", task=task, entity=task.entity, form=form, errors=errors
    )
    return (page, 422) if errors else page

"""The number and the hour of a constancia, corrected while the PCM has the presentation."""

from __future__ import annotations

from flask import abort
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session

from app.base import calendar, db
from app.cases.processes.returns import corrections
from app.onboarding.case_admin.acts import carry_out
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

    def correct(session: Session) -> None:
        moment = form.presented_at.moment
        assert moment is not None  # noqa: S101 - it is needed
        corrections.correct_receipt(session, task_id, form.number.data or "", moment, user.id)

    return carry_out(
        form,
        "Corrige la constancia",
        "Escribe lo que dice la constancia de la mesa de partes. El cambio queda en el historial y "
        "tu coordinador lo verá. Los plazos de la PCM corren desde que la mesa de partes recibe la "
        "presentación: este cambio no los mueve.",
        "Guardar la corrección",
        correct,
        "Corregimos la constancia. Tu coordinador lo verá.",
    )

"""Note the moment at which a coordinator notified an entity on paper."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any, cast

from flask import Blueprint
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session

from app.base import calendar, db, formatting
from app.base.models import Task
from app.cases import processes
from app.onboarding.case_admin.acts import carry_out, this_task
from app.onboarding.tasks.why import why_due
from app.people import access
from app.people.access import this_entity
from forms.fields import DateField, TextField, TimeField

blueprint = Blueprint("notification", __name__)


class NoticeForm(FlaskForm):
    """The time at which the paper reached the entity, and its proof."""

    on = DateField("Fecha de la notificación", hint="Día/mes/año", needed="Escribe la fecha.")
    hour = TimeField("Hora", hint="De 00:00 a 23:59, hora de Lima", needed="Escribe la hora.")
    how = TextField(
        "Cargo o constancia de la notificación",
        hint="Por ejemplo: cargo n.º 0123-2026, recibido en la mesa de partes de la entidad",
        needed="Escribe con qué se prueba la notificación.",
        limit=200,
    )

    @property
    def at(self) -> datetime:
        """The moment, in UTC, of a valid form."""
        return calendar.at_hour(cast("date", self.on.data), cast("time", self.hour.data))


@blueprint.route("/entidades/<code>/tareas/<int:task_id>/notificar", methods=["GET", "POST"])
def note(code: str, task_id: int) -> Any:
    """Start a legal term at the moment of its notice on paper."""
    user, session = access.require("send_back", this_entity()), db.session()
    task, form, actor_id = this_task(task_id), NoticeForm(), user.id

    def do(session: Session) -> None:
        processes.notified_on_paper(session, task_id, form.at, form.how.data, actor_id)

    return carry_out(
        form,
        f"Notificar en papel: {task.name}",
        "Notifica primero a la entidad y anota aquí cuándo la recibió. El plazo corre desde el "
        "día hábil siguiente; no se amplía.",
        "Anotar la notificación",
        do,
        lambda: (
            f"La notificación quedó anotada: el plazo vence el {formatting.last_day(task.due_at)}."
        ),
        on=task.instance,
        template="entities/notify.html",
        task=task,
        people=people(task),
        why=why_due(session, [task])[task.id],
    )


def people(task: Task) -> str:
    """Return the names of the people that the step waits for."""
    users = access.recipients(db.session(), task.role, task.entity)
    return formatting.listed([user.full_name for user in users])

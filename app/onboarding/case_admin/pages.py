"""Acts of coordinators on a process, from the entity's page: each with a reason, each logged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, url_for
from werkzeug.wrappers import Response

from app.base import db
from app.cases import processes
from app.cases.processes import extensions
from app.cases.status import PROCESS_NAMES
from app.onboarding.case_admin.acts import ReasonForm, carry_out, this_instance, this_task
from app.onboarding.entity_list.standing import open_incidents
from app.onboarding.tasks.why import why_due
from app.people import access
from app.people.access import this_entity
from forms.fields import CountField, SelectOneField

blueprint = Blueprint("care", __name__)


class SendBackForm(ReasonForm):
    """The step or stage to return to."""

    element = SelectOneField("Paso o etapa al que vuelve", needed="Elige a dónde vuelve.")


class ExtendForm(ReasonForm):
    """The number of working days."""

    working_days = CountField(
        "Días hábiles que se agregan", least=1, most=60, needed="Escribe un número de días."
    )


@blueprint.route("/entidades/<code>/procesos/<int:instance_id>/suspender", methods=["GET", "POST"])
def suspend(code: str, instance_id: int) -> Any:
    """Suspend a process."""
    return _with_reason(
        instance_id,
        "suspend",
        "Suspender",
        "Mientras esté suspendido no se responde ninguna tarea ni corre ningún plazo. Después "
        "puedes reanudarlo.",
        processes.suspend,
        "El proceso quedó suspendido: ningún plazo corre.",
    )


@blueprint.route("/entidades/<code>/procesos/<int:instance_id>/reanudar", methods=["GET", "POST"])
def resume(code: str, instance_id: int) -> Any:
    """Resume a process."""
    return _with_reason(
        instance_id,
        "resume",
        "Reanudar",
        "Los plazos se extienden tantos días hábiles como duró la suspensión.",
        processes.resume,
        "El proceso continúa: los plazos se corrieron por los días suspendidos.",
    )


def _with_reason(
    instance_id: int, action: str, verb: str, lead: str, act: Callable[..., Any], done: str
) -> Any:
    """Carry out an act on a process whose form has only a reason."""
    user, row = access.require(action, this_entity()), this_instance(instance_id)
    form, actor_id = ReasonForm(), user.id
    return carry_out(
        form,
        f"{verb}: {PROCESS_NAMES[row.process]}",
        lead,
        verb,
        lambda session: act(session, instance_id, form.reason.data, actor_id),
        done,
        on=row,
    )


@blueprint.route("/entidades/<code>/procesos/<int:instance_id>/devolver", methods=["GET", "POST"])
def send_back(code: str, instance_id: int) -> Any:
    """Return a process to an earlier step or stage."""
    user, row = access.require("send_back", this_entity()), this_instance(instance_id)
    form, actor_id = SendBackForm(), user.id
    form.element.choices = processes.ways_back(db.session(), row)
    return carry_out(
        form,
        f"Devolver a un paso anterior: {PROCESS_NAMES[row.process]}",
        "Lo que viene después de ese paso se responde otra vez. Lo que ya se escribió se conserva.",
        "Devolver",
        lambda session: processes.send_back(
            session, instance_id, form.element.data, form.reason.data, actor_id
        ),
        "El proceso volvió al paso elegido.",
        on=row,
    )


def _has_incident(instance_id: int) -> bool:
    """Return whether a process of this entity has an open incident."""
    found = open_incidents(db.session(), this_entity())
    return any(one.instance_id == instance_id for one in found)


@blueprint.post("/entidades/<code>/procesos/<int:instance_id>/reintentar")
def retry(code: str, instance_id: int) -> Response:
    """Try again what failed."""
    user, row = access.require("retry_incident", this_entity()), this_instance(instance_id)
    if not _has_incident(row.id):
        flash("No hay ninguna falla por reintentar.", "message")
        return redirect(url_for("entities.show", code=code), 303)
    try:
        processes.retry(db.session(), row.id, user.id)
        db.session().commit()
        if _has_incident(row.id):
            flash("Se volvió a intentar y falló otra vez.", "warning")
        else:
            flash("Se volvió a intentar, y esta vez salió bien.", "success")
    except processes.Refused as reason:
        db.session().rollback()
        flash(str(reason), "warning")
    return redirect(url_for("entities.show", code=code), 303)


@blueprint.route("/entidades/<code>/tareas/<int:task_id>/ampliar", methods=["GET", "POST"])
def extend(code: str, task_id: int) -> Any:
    """Give a task more working days; legal terms are refused."""
    user, task = access.require("send_back", this_entity()), this_task(task_id)
    request = extensions.newest(db.session(), task)
    if request and extensions.is_open(request):  # the days are given as the answer to it
        return redirect(url_for("extensions.resolve", code=code, request_id=request.id), 303)
    form, actor_id = ExtendForm(), user.id
    return carry_out(
        form,
        f"Ampliar el plazo: {task.name}",
        "Los días se agregan al vencimiento que la tarea tiene ahora. Un plazo legal no se amplía.",
        "Ampliar el plazo",
        lambda session: processes.extend(
            session, task_id, form.working_days.number or 0, form.reason.data, actor_id
        ),
        "El plazo quedó ampliado.",
        on=task.instance,
        why=why_due(db.session(), [task])[task.id],
    )

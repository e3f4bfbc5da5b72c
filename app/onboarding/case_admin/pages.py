"""What coordinators do to a process, from the entity's page: each with a reason, each logged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms.validators import Length

from app.base import db
from app.base.models import ProcessInstance, Task
from app.cases import processes
from app.cases.processes import extensions
from app.cases.status import PROCESS_NAMES
from app.onboarding.entity_list.standing import open_incidents
from app.onboarding.tasks.why import why_due
from app.people import access
from app.people.access import this_entity
from forms.fields import CountField, LongTextField, SelectOneField

blueprint = Blueprint("care", __name__)


class ReasonForm(FlaskForm):
    """Why: every act of a coordinator on a process says so."""

    reason = LongTextField(
        "Motivo",
        hint="Queda en el historial de la entidad.",
        needed="Escribe el motivo.",
        limit=1000,
        rules=(Length(10, message="El motivo tiene entre 10 y 1000 caracteres."),),
    )


class SendBackForm(ReasonForm):
    """Where to."""

    element = SelectOneField("Paso o etapa al que vuelve", needed="Elige a dónde vuelve.")


class ExtendForm(ReasonForm):
    """How long."""

    working_days = CountField(
        "Días hábiles que se agregan", least=1, most=60, needed="Escribe un número de días."
    )


def _instance(instance_id: int) -> ProcessInstance:
    row = db.session().get(ProcessInstance, instance_id)
    if row is None or row.entity_id != this_entity().id:
        abort(404)
    return row


def this_task(task_id: int) -> Task:
    """A task of the entity that the address names; 404 for any other."""
    task = db.session().get(Task, task_id)
    if task is None or task.entity_id != this_entity().id:
        abort(404)
    return task


def carry_out(
    form: FlaskForm,
    title: str,
    lead: str,
    button: str,
    do: Callable[[], Any],
    done: str | Callable[[], str],
    *,
    template: str = "entities/act.html",
    **shown: Any,
) -> Response | str | tuple[str, int]:
    """The page of an act on this entity: its form, or (once posted and valid) the act itself.

    What is refused leaves nothing behind, and its sentence stands above the form. `done` is said
    afterwards.
    """
    entity = this_entity()
    errors: dict[str, str] = {}
    if form.validate_on_submit():
        try:
            do()
            db.session().commit()
            flash(done if isinstance(done, str) else done(), "success")
            return redirect(url_for("entities.show", code=entity.code), 303)
        except processes.Refused as reason:
            db.session().rollback()
            errors = {"": str(reason)}
    errors = errors or {name: messages[0] for name, messages in form.errors.items()}
    page = render_template(
        template,
        entity=entity,
        form=form,
        title=title,
        lead=lead,
        button=button,
        errors=errors,
        **shown,
    )
    return (page, 422) if errors else page


@blueprint.route("/entidades/<code>/procesos/<int:instance_id>/suspender", methods=["GET", "POST"])
def suspend(code: str, instance_id: int) -> Any:
    """Lets a process stand still."""
    user, row, form = access.require("suspend", this_entity()), _instance(instance_id), ReasonForm()
    return carry_out(
        form,
        f"Suspender: {PROCESS_NAMES[row.process]}",
        "Mientras esté suspendido no se responde ninguna tarea ni corre ningún plazo. Después "
        "puedes reanudarlo.",
        "Suspender",
        lambda: processes.suspend(db.session(), row.id, form.reason.data, user.id),
        "El proceso quedó suspendido: ningún plazo corre.",
    )


@blueprint.route("/entidades/<code>/procesos/<int:instance_id>/reanudar", methods=["GET", "POST"])
def resume(code: str, instance_id: int) -> Any:
    """Lets it go on."""
    user, row, form = access.require("resume", this_entity()), _instance(instance_id), ReasonForm()
    return carry_out(
        form,
        f"Reanudar: {PROCESS_NAMES[row.process]}",
        "Los plazos se extienden tantos días hábiles como duró la suspensión.",
        "Reanudar",
        lambda: processes.resume(db.session(), row.id, form.reason.data, user.id),
        "El proceso continúa: los plazos se corrieron por los días suspendidos.",
    )


@blueprint.route("/entidades/<code>/procesos/<int:instance_id>/anular", methods=["GET", "POST"])
def cancel(code: str, instance_id: int) -> Any:
    """Ends a process without effect."""
    user, row, form = access.require("cancel", this_entity()), _instance(instance_id), ReasonForm()
    return carry_out(
        form,
        f"Anular: {PROCESS_NAMES[row.process]}",
        "El proceso termina aquí y sus tareas se cierran. No se puede deshacer; el historial se "
        "conserva.",
        "Anular",
        lambda: processes.cancel(db.session(), row.id, form.reason.data, user.id),
        "El proceso quedó anulado.",
    )


@blueprint.route("/entidades/<code>/procesos/<int:instance_id>/devolver", methods=["GET", "POST"])
def send_back(code: str, instance_id: int) -> Any:
    """Returns a process to an earlier step or stage."""
    user, row = access.require("send_back", this_entity()), _instance(instance_id)
    form = SendBackForm()
    form.element.choices = processes.ways_back(db.session(), row)
    return carry_out(
        form,
        f"Devolver a un paso anterior: {PROCESS_NAMES[row.process]}",
        "Lo que viene después de ese paso se responde otra vez. Lo que ya se escribió se conserva.",
        "Devolver",
        lambda: processes.send_back(
            db.session(), row.id, form.element.data, form.reason.data, user.id
        ),
        "El proceso volvió al paso elegido.",
    )


def _fails(instance_id: int) -> bool:
    """Whether something of a process of this page's entity failed and waits to be tried again."""
    found = open_incidents(db.session(), this_entity())
    return any(one.instance_id == instance_id for one in found)


@blueprint.post("/entidades/<code>/procesos/<int:instance_id>/reintentar")
def retry(code: str, instance_id: int) -> Response:
    """Tries again what failed."""
    user, row = access.require("retry_incident", this_entity()), _instance(instance_id)
    if not _fails(row.id):
        flash("No hay ninguna falla por reintentar.", "message")
        return redirect(url_for("entities.show", code=code), 303)
    try:
        processes.retry(db.session(), row.id, user.id)
        db.session().commit()
        if _fails(row.id):
            flash("Se volvió a intentar y falló otra vez.", "warning")
        else:
            flash("Se volvió a intentar, y esta vez salió bien.", "success")
    except processes.Refused as reason:
        db.session().rollback()
        flash(str(reason), "warning")
    return redirect(url_for("entities.show", code=code), 303)


@blueprint.route("/entidades/<code>/tareas/<int:task_id>/ampliar", methods=["GET", "POST"])
def extend(code: str, task_id: int) -> Any:
    """Gives a task more days; legal terms are refused."""
    user, task = access.require("send_back", this_entity()), this_task(task_id)
    asked = extensions.newest(db.session(), task)
    if asked and extensions.is_open(asked):  # it is answered by what is given now
        return redirect(url_for("extensions.resolve", code=code, request_id=asked.id), 303)
    form = ExtendForm()
    return carry_out(
        form,
        f"Ampliar el plazo: {task.name}",
        "Los días se agregan al vencimiento que la tarea tiene ahora. Un plazo legal no se amplía.",
        "Ampliar el plazo",
        lambda: processes.extend(
            db.session(), task.id, form.working_days.number or 0, form.reason.data, user.id
        ),
        "El plazo quedó ampliado.",
        why=why_due(db.session(), [task])[task.id],
    )

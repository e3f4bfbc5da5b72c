"""*Anular*: end a process without effect; where the configuration asks, by two coordinators."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, current_app, url_for
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms.validators import Length

from app.base import db
from app.base.models import Entity, Notice, ProcessInstance, User
from app.cases import processes
from app.cases.processes.returns import cancellations
from app.cases.status import PROCESS_NAMES
from app.onboarding.case_admin.acts import ReasonForm, carry_out, this_instance
from app.people import access
from app.people.access import this_entity
from app.register.facts import open_texts
from forms.fields import ChoiceField, LongTextField

blueprint = Blueprint("cancelling", __name__)

LEAD = (
    "El proceso termina aquí y sus tareas se cierran. No se puede deshacer; el historial se "
    "conserva."
)
OF_TWO = " Lo confirma otra persona con permiso para anular; hasta entonces el proceso sigue."


class ResolveForm(FlaskForm):
    """The answer to a request: cancel, or not, and why not."""

    answer = ChoiceField(
        "¿Qué respondes?",
        (("confirm", "Anular el proceso"), ("refuse", "No anularlo")),
        needed="Elige qué respondes.",
    )
    comment = LongTextField(
        "Comentario",
        hint="Queda en el historial de la entidad.",
        needed="Escribe por qué no se anula.",
        when=("answer", "refuse"),
        limit=1000,
        rules=(Length(10, message="El comentario tiene entre 10 y 1000 caracteres."),),
    )


def needs_two() -> bool:
    """Return whether a cancellation is confirmed by a second coordinator."""
    return bool(current_app.config["CANCEL_NEEDS_TWO"] == "yes")


@dataclass(frozen=True)
class Cancellation:
    """A request to cancel a process: who asks, since when, and where it is answered."""

    process: str
    person: str
    at: datetime
    #: "" for readers who may not.
    url: str
    #: Whether the reader asked.
    is_own: bool


def pending(session: Session, entity: Entity, user: User | None) -> list[Cancellation]:
    """Return the cancellations that wait for another coordinator; none for the entity's people."""
    if not needs_two():
        return []  # one that was asked for before is still in *Mis pendientes*
    if user is None or access.roles_of(user).isdisjoint(access.PCM_ROLES):
        return []
    may = access.may(user, "cancel", entity)
    return [
        Cancellation(
            PROCESS_NAMES[one.data["process"]],
            one.data["person"],
            one.created_at,
            url_for("cancelling.resolve", code=entity.code, number=one.id) if may else "",
            one.data["person_id"] == user.id,
        )
        for one in cancellations.waiting(session, entity.id)
    ]


@blueprint.route("/entidades/<code>/procesos/<int:instance_id>/anular", methods=["GET", "POST"])
def cancel(code: str, instance_id: int) -> Any:
    """End a process without effect, or ask another coordinator to."""
    user_id, row = access.require("cancel", this_entity()).id, this_instance(instance_id)
    form = ReasonForm()
    name, asks = PROCESS_NAMES[row.process], needs_two()
    if asks:
        return carry_out(
            form,
            f"Pedir que se anule: {name}",
            LEAD + OF_TWO,
            "Pedir la anulación",
            lambda session: cancellations.ask(
                session, instance_id, form.reason.data or "", user_id
            ),
            "Pediste la anulación: falta que otra persona la confirme.",
        )
    return carry_out(
        form,
        f"Anular: {name}",
        LEAD,
        "Anular",
        lambda session: processes.cancel(session, instance_id, form.reason.data or "", user_id),
        "El proceso quedó anulado.",
        on=row,
    )


@blueprint.route("/entidades/<code>/anulaciones/<int:number>", methods=["GET", "POST"])
def resolve(code: str, number: int) -> Any:
    """Confirm a cancellation that another coordinator asked for, or refuse or withdraw it."""
    user_id, session = access.require("cancel", this_entity()).id, db.session()
    request = session.get(Notice, number)
    if request is None or request.kind != cancellations.NOTICE:
        abort(404)
    if request.entity_id != this_entity().id:
        abort(404)
    row = session.get_one(ProcessInstance, request.data["instance"])
    is_own, waits = request.data["person_id"] == user_id, request.done_at is None
    form = ResolveForm()
    if is_own:
        form.answer.choices = [("refuse", "Retirar el pedido")]

    def answer(session: Session) -> None:
        if form.answer.data == "confirm":
            cancellations.confirm(session, number, user_id)
        else:
            cancellations.refuse(session, number, form.comment.data or "", user_id)

    confirms = form.answer.data == "confirm"
    return carry_out(
        form,
        f"Pedido de anulación: {PROCESS_NAMES[row.process]}",
        LEAD if waits else "",
        "Anular" if confirms else "Responder el pedido",
        answer,
        "El proceso quedó anulado." if confirms else "El proceso sigue.",
        on=row if confirms and waits else None,
        template="entities/cancellation.html",
        request_made=request,
        reason=open_texts.masked(request.data["reason"]),
        is_own=is_own,
        waits=waits and row.ended_at is None,
    )

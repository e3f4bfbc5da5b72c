"""A request for more time, and its coordinator's answer."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, request
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms.validators import Length

from app.base import db
from app.base.models import ExtensionRequest
from app.cases.processes import extensions
from app.onboarding.case_admin.acts import carry_out
from app.onboarding.tasks.why import why_due
from app.people import access
from app.people.access import this_entity
from app.register.facts import open_texts
from forms.fields import ChoiceField, CountField, LongTextField

blueprint = Blueprint("extensions", __name__)


class AnswerForm(FlaskForm):
    """The answer to a request: how much more time, or none, and why."""

    answer = ChoiceField(
        "¿Qué respondes?",
        (("grant", "Dar más plazo"), ("refuse", "No dar más plazo")),
        needed="Elige qué respondes.",
    )
    working_days = CountField(
        "Días hábiles que se agregan",
        hint="Los que se pidieron, o los que convengan",
        least=1,
        most=60,
        needed="Escribe cuántos días hábiles se agregan.",
        when=("answer", "grant"),
    )
    comment = LongTextField(
        "Comentario",
        hint="Lo lee quien pidió el plazo, y queda en el historial. Hace falta si no lo das.",
        needed="Escribe por qué no se da más plazo.",
        when=("answer", "refuse"),
        limit=1000,
        rules=(Length(10, message="El comentario tiene entre 10 y 1000 caracteres."),),
    )


@blueprint.route("/entidades/<code>/pedidos/<int:request_id>", methods=["GET", "POST"])
def resolve(code: str, request_id: int) -> Any:
    """Grant a request for more time (perhaps other days than requested), or refuse it."""
    user, session = access.require("send_back", this_entity()), db.session()
    extension = session.get(ExtensionRequest, request_id)
    if extension is None or extension.task.entity_id != this_entity().id:
        abort(404)
    form, actor_id = AnswerForm(data={"working_days": str(extension.working_days)}), user.id

    def answer(session: Session) -> None:
        days, comment = form.working_days.number or 0, form.comment.data
        if form.answer.data == "grant":
            extensions.grant(session, request_id, days, comment, actor_id)
        else:
            extensions.refuse(session, request_id, comment, actor_id)

    granted = request.form.get("answer") == "grant"
    return carry_out(
        form,
        f"Pedido de más plazo: {extension.task.name}",
        "Lo que respondas queda en el historial de la entidad.",
        "Responder el pedido",
        answer,
        "El plazo quedó ampliado y avisaremos a la entidad."
        if granted
        else "El plazo queda como estaba y avisaremos a quien lo pidió.",
        on=extension.task.instance,
        template="entities/extension.html",
        extension=extension,
        reason=open_texts.masked(extension.reason),
        comment=open_texts.masked(extension.comment),
        waits=extensions.is_open(extension),
        why=why_due(session, [extension.task])[extension.task.id],
    )

"""Requests of persons about their data: the list for who manages the register, and the answer."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.base import db
from app.base.models import RightsRequest
from app.register.desk.forms import Invalid, accepting
from app.register.desk.frame import require_decider, this_place, this_register
from app.register.desk.visit_pages import blueprint
from app.register.suppression import requests
from app.register.suppression.requests import KINDS, OUTCOMES
from forms.fields import ChoiceField, LongTextField, Part, add_error
from forms.fields.rules import NO_NUMBERS, has_document_number

ROOT = "/registro/<code>/<env>/pedidos"


class AnswerForm(Part):
    """The answer to a request, which the person gets by mail."""

    outcome = ChoiceField("Cómo se resuelve", tuple(OUTCOMES.items()), needed="Elige una opción.")
    answer = LongTextField(
        "Tu respuesta",
        hint="La persona la recibe por correo. No escribas números de documento.",
        needed="Escribe tu respuesta.",
        limit=2000,
    )

    def validate(self, extra_validators: object = None) -> bool:
        """Validate the fields; a mail has no document number."""
        super().validate(extra_validators)
        if has_document_number(self.answer.data or ""):
            add_error(self.answer, NO_NUMBERS)
        return not self.errors


@blueprint.get(ROOT)
def list_requests(code: str, env: str) -> str:
    """List the requests that wait, and those answered last."""
    require_decider()
    return render_template(
        "register/requests.html",
        requests=requests.of_register(db.session(), this_register()),
        kinds=KINDS,
        outcomes=OUTCOMES,
        is_late=requests.is_late,
    )


@blueprint.route(f"{ROOT}/<int:number>", methods=["GET", "POST"])
def answer_request(code: str, env: str, number: int) -> Response | str | tuple[str, int]:
    """Show a request; the POST answers it."""
    user = require_decider()
    session = db.session()
    row = session.get(RightsRequest, number) or abort(404)
    if row.register_id != this_register().id:
        abort(404)
    if request.method != "POST":
        return _answering(row, AnswerForm(), {})
    form = AnswerForm(request.form)
    try:
        with accepting(form):
            text = form.answer.data
            requests.answer(session, row, outcome=form.outcome.data, text=text, actor_id=user.id)
    except Invalid as fault:
        return _answering(row, form, fault.errors), 422
    flash("Enviamos tu respuesta por correo.", "success")
    return redirect(url_for("kept.list_requests", **this_place()), 303)


def _answering(row: RightsRequest, form: AnswerForm, errors: dict[str, str]) -> str:
    return render_template(
        "register/request.html",
        form=form,
        errors=errors,
        request_of=row,
        kind=KINDS[row.kind],
        outcome=OUTCOMES.get(row.state, ""),
        is_late=requests.is_late(row),
        back=url_for("kept.list_requests", **this_place()),
    )

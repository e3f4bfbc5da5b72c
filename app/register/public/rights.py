"""The rights of persons over their data in the register, and the form to request them."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.base import db
from app.base.config.retention import PROPOSAL, RULES
from app.base.models import Register, Visit
from app.people.accounts import attempts
from app.people.accounts.forms import errors_of
from app.register.facts.values import Refused
from app.register.public.shared import keep_out
from app.register.search import published
from app.register.suppression import requests, terms
from app.register.suppression.requests import KINDS, Wanted
from forms.fields import (
    ChoiceField,
    EmailField,
    LongTextField,
    NameField,
    Part,
    TextField,
    TickField,
    add_error,
)
from forms.fields.rules import NO_NUMBERS, has_document_number

Answer = Response | str | tuple[str, int]

blueprint = Blueprint("rights", __name__)
blueprint.after_request(keep_out)

NO_CHILD = "Si pides por un menor de edad, déjalo vacío: no guardamos ningún dato suyo."
NEEDS_VISIT = "Escribe el código de la visita."
#: The same for a request that already waits.
SENT = "Recibimos tu pedido. Un correo te dice quién te responde y hasta cuándo."


class AddressField(EmailField):
    """A mail address of anyone: no domain is better than another."""

    warning = ""


class RequestForm(Part):
    """A request of a person about their data, or of a parent or tutor about a child's."""

    kind = ChoiceField("Qué pides", tuple(KINDS.items()), needed="Elige qué pides.")
    visit = TextField(
        "Código de la visita",
        hint="Los diez caracteres que están en su página. Vacío si pides por todas.",
        limit=40,
        render_kw={"autocomplete": "off", "class": "govuk-input--width-10"},
    )
    entity = TextField("Entidad (si no tienes el código)", hint="Su nombre o su código.", limit=200)
    for_minor = TickField("Pido por un menor de edad: soy su madre, su padre o su tutor")
    name = NameField(
        "Tu nombre y apellidos", needed="Escribe tu nombre y tus apellidos.", limit=150
    )
    contact = AddressField("Tu correo electrónico", needed="Escribe tu correo electrónico.")
    detail = LongTextField(
        "Qué está mal, o qué necesitas (opcional)",
        hint="No escribas números de documento, ni datos de un menor de edad.",
        limit=1000,
    )

    def validate(self, extra_validators: object = None) -> bool:
        """Validate the fields; a request for a child has nothing but the code of the visit."""
        super().validate(extra_validators)
        if has_document_number(self.detail.data or ""):
            add_error(self.detail, NO_NUMBERS)
        if self.for_minor.data and self.detail.data:
            add_error(self.detail, NO_CHILD)
        needs_visit = self.for_minor.data or self.kind.data in ("rectification", "suppression")
        if needs_visit and not self.visit.data:
            add_error(self.visit, NEEDS_VISIT)
        return not self.errors


@blueprint.get("/derechos")
def show() -> str:
    """Show the rights of persons, their terms, and where to request them."""
    session = db.session()
    days = {kind: terms.days(session, kind) for kind in KINDS}
    return render_template(
        "rights/show.html",
        private=False,
        kinds=KINDS,
        days=days,
        rules=RULES.values(),
        proposal=PROPOSAL,
    )


@blueprint.route("/derechos/pedir", methods=["GET", "POST"])
def ask() -> Answer:
    """Show the form; the POST stores the request for the entity. Too many are refused."""
    if request.method != "POST":
        return _form(RequestForm(data={"visit": _code(request.args.get("visita", ""))}))
    form = RequestForm(request.form)
    if not form.validate():
        return _form(form), 422
    session = db.session()
    attempts.admit(session, "rights", form.contact.data.casefold())
    try:
        _receive(form)
    except Refused as refused:
        session.rollback()
        add_error(form[refused.field], refused.sentence)
        return _form(form), 422
    session.commit()
    flash(SENT, "success")
    return redirect(url_for(".ask"), 303)


def _receive(form: RequestForm) -> None:
    session = db.session()
    visit = requests.find_visit(session, _code(form.visit.data)) if form.visit.data else None
    register = requests.register_of(visit, _register(form.entity.data, visit))
    wanted = Wanted(
        kind=form.kind.data,
        name=form.name.data,
        email=form.contact.data,
        detail=form.detail.data,
        for_minor=form.for_minor.data,
    )
    requests.receive(session, register, visit, wanted)


def _code(typed: str) -> str:
    """Return the code of a visit that was typed, or pasted with its address."""
    return typed.strip().rpartition("/")[2].upper()[:20]


def _register(typed: str, visit: Visit | None) -> Register | None:
    """Return the public register of a typed entity. Raise Refused for none or several."""
    if not typed:
        return None
    found = published.entities(db.session(), typed)
    if visit is not None and visit.register.entity in found:
        return visit.register
    if len(found) != 1:
        sentence = "Varias entidades se llaman así: escribe su nombre completo o su código."
        raise Refused("entity", sentence if found else published.NO_ENTITY)
    return published.register_of(db.session(), found[0].code)


def _form(form: RequestForm) -> str:
    return render_template("rights/ask.html", form=form, errors=errors_of(form))

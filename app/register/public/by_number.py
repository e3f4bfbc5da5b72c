"""The search by document number and first surname, which never appear in an address."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.base import db
from app.people.accounts.forms import errors_of
from app.register.public.shared import keep_out
from app.register.search import by_number
from forms.fields import NameField, Part, SelectOneField, TextField, add_error
from forms.fields.identifiers import DOCUMENT_TYPES, read_document

blueprint = Blueprint("by_number", __name__)
blueprint.after_request(keep_out)

UNKNOWN = "No hay visitas publicadas con ese número y ese primer apellido."
TOO_MANY = "Hubo demasiados intentos. Espera una hora y vuelve a buscar."


class NumberForm(Part):
    """A document number and the first surname that goes with it."""

    document_type = SelectOneField(
        "Documento", DOCUMENT_TYPES, needed="Elige el tipo de documento.", default="DNI"
    )
    document_number = TextField(
        "Número",
        needed="Escribe el número de documento.",
        limit=15,
        render_kw={"autocomplete": "off", "spellcheck": "false", "class": "govuk-input--width-10"},
    )
    surname = NameField(
        "Primer apellido",
        needed="Escribe el primer apellido.",
        limit=60,
        render_kw={"autocomplete": "off", "class": "govuk-input--width-20"},
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the number against its kind, and tidy it."""
        good = bool(super().validate(extra_validators))
        number = self.document_number
        if not number.errors:
            number.data, fault = read_document(self.document_type.data or "", number.data or "")
            if fault:
                add_error(number, fault)
        return good and not number.errors


@blueprint.route("/visitas/documento", methods=["GET", "POST"])
def look_up() -> Response | str | tuple[str, int]:
    """Ask for the number, and redirect to that visitor's visits."""
    form = NumberForm(request.form if request.method == "POST" else None)
    if request.method != "POST":
        return render_template("consult/by_number.html", form=form, errors={})
    if not form.validate():
        return _again(form, errors_of(form))
    typed = (form.document_type.data, form.document_number.data, form.surname.data)
    try:
        key = by_number.find(db.session(), *map(str, typed))
    except by_number.TooManyTries:
        return _again(form, {"": TOO_MANY}, 429)
    if key is None:
        return _again(form, {"": UNKNOWN})
    return redirect(url_for("consult.list_all", visitante=key), 303)


def _again(form: NumberForm, errors: dict[str, str], status: int = 422) -> tuple[str, int]:
    return render_template("consult/by_number.html", form=form, errors=errors), status

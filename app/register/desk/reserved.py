"""Visits that must be reserved: authorised, counted, and never shown outside."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.base import calendar, db
from app.base.models import Register, Reservation, Visit
from app.people import access
from app.people.access import this_entity
from app.register.desk.entry.rows import Rowed
from app.register.desk.entry.visited_person import find_official, official_field, which_official
from app.register.desk.forms import (
    InnerReason,
    Invalid,
    accepting,
    judge_document,
    new_token,
    sent_token,
)
from app.register.desk.frame import this_place, this_register
from app.register.desk.months import name_of
from app.register.desk.visit_pages import ROOT, address, as_it_is, blueprint, facts, this_visit
from app.register.facts.declared import LIMITS
from app.register.facts.values import CATEGORIES, CHOSEN, Entry, Refused, Visitor
from app.register.visits import reserved
from app.register.visits.reserved import Authorisation
from forms.fields import (
    DateField,
    MomentField,
    NameField,
    Part,
    SelectOneField,
    TextField,
)
from forms.fields.identifiers import DOCUMENT_TYPES


def authorised_by() -> Any:
    """Return the field for who authorises that a visit is reserved."""
    return TextField(
        "Quién lo autoriza",
        hint="Nombre y cargo.",
        needed="Escribe el nombre y el cargo de quien lo autoriza.",
        limit=200,
    )


def norm() -> Any:
    """Return the field for the norm."""
    return TextField(
        "Norma que lo permite",
        hint="Por ejemplo, D.Leg. 1327 (protección al denunciante).",
        needed="Escribe la norma que lo permite.",
        limit=200,
    )


def review_on() -> Any:
    """Return the field for the review date."""
    return DateField(
        "Fecha de revisión",
        hint="Día/mes/año. Ese día se decide si la reserva sigue.",
        needed="Escribe la fecha de revisión.",
    )


def authorisation_of(form: Any) -> Authorisation:
    """Return the authorisation for the register; of a valid form."""
    return Authorisation(form["authorised_by"].data, form["norm"].data, form["review_on"].data)


class AuthorisationForm(Part):
    """The person who authorises the reservation of a visit, the norm, and the last day."""

    authorised_by = authorised_by()
    norm = norm()
    review_on = review_on()


class ReservedEntryForm(Rowed):
    """The least that is recorded of a visit that is reserved from the start."""

    entry = MomentField("Ingreso", needed="Escribe el día y la hora del ingreso.")
    exit = MomentField("Salida (opcional)")
    official = official_field("Funcionario visitado", needed="Escribe a quién visita.")
    official_id = which_official()
    category = SelectOneField(
        "Categoría del motivo",
        tuple(CATEGORIES.items()),
        needed="Elige la categoría.",
        default="other",
    )
    visitor_name = NameField(
        "Apellidos y nombres (opcional)",
        hint="Déjalo vacío si anotarlos pone en riesgo a la persona.",
        limit=LIMITS["visitor_name"],
    )
    document_type = SelectOneField("Tipo de documento", DOCUMENT_TYPES, default="DNI")
    document_number = TextField(
        "Número de documento (opcional)",
        limit=30,
        render_kw={"autocomplete": "off", "class": "govuk-input--width-20"},
    )
    authorised_by = authorised_by()
    norm = norm()
    review_on = review_on()
    observation = SelectOneField(
        "Observación",
        (("", "Sin observación"), *CHOSEN.items()),
        hint="Solo si la registras fuera de tiempo.",
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """Validate the fields, and the document against its kind if there is one."""
        super().validate(extra_validators)
        judge_document(self.document_type, self.document_number)
        return not self.errors

    def read(self, register: Register) -> Entry:
        """Return the entry. Raise Refused if no official or several are visited."""
        entry_at = self.entry.moment or calendar.now()
        official = find_official(self, db.session(), register, calendar.lima_day(entry_at))
        if official is None:
            raise Refused("", "")
        number = self.document_number.data or ""
        return Entry(
            visitor=Visitor(
                name=self.visitor_name.data or "",
                document_type=self.document_type.data if number else "",
                document_number=number,
            ),
            official_id=official,
            category=self.category.data,
            motive="",
            site="",
            place="",
            entry_at=entry_at,
            exit_at=self.exit.moment,
            observation=self.observation.data or "",
        )


@blueprint.route("/registro/<code>/<env>/reservada", methods=["GET", "POST"])
def enter_reserved(code: str, env: str) -> Response | str | tuple[str, int]:
    """Record a visit that is reserved from its first version on; show how many there are."""
    user = access.require("manage_register", this_entity())
    register = this_register()
    if request.method != "POST":
        return _entering(ReservedEntryForm(), {})
    form = ReservedEntryForm(request.form)
    try:
        with accepting(form, entry_at="entry", exit_at="exit"):
            visit = reserved.enter(
                db.session(),
                register,
                form.read(register),
                authorisation_of(form),
                submission=sent_token(),
                actor_id=user.id,
            )
    except Invalid as fault:
        return _entering(form, fault.errors), 422
    flash("Registramos la visita reservada. Se cuenta, y nadie fuera de ustedes la ve.", "success")
    return redirect(address("kept.show", visit), 303)


def _entering(form: ReservedEntryForm, errors: dict[str, str]) -> str:
    register = this_register()
    return render_template(
        "register/reserved_entry.html",
        form=form,
        errors=errors,
        submission=request.form.get("submission") or new_token(),
        months=[
            (name_of(month), count)
            for month, count in reserved.count_by_month(db.session(), register)
        ],
        back=url_for("kept.list_visits", **this_place()),
    )


@blueprint.route(f"{ROOT}/<visit>/reservar", methods=["GET", "POST"])
def reserve(code: str, env: str, visit: str) -> Response | str | tuple[str, int]:
    """Reserve a visit, or renew its reservation with another review date."""
    user = access.require("manage_register", this_entity())
    session, row = db.session(), this_visit(visit)
    if row.state == "suppressed":
        return as_it_is(row, reserved.SUPPRESSED, "warning")
    there = reserved.of_visit(session, row)
    if request.method != "POST":
        return _reserving(row, AuthorisationForm(data=_said(there)), {}, there)
    form = AuthorisationForm(request.form)
    try:
        with accepting(form):
            done = reserved.reserve(session, row, authorisation_of(form), actor_id=user.id)
    except Invalid as fault:
        return _reserving(row, form, fault.errors, there), 422
    if not done:
        return as_it_is(row, "La visita ya estaba reservada así.", "message")
    return as_it_is(row, "Reservamos la visita: ya no se muestra, solo se cuenta.", "success")


def _said(there: Reservation | None) -> dict[str, Any]:
    if there is None:
        return {}
    return {"authorised_by": there.authorised_by, "norm": there.norm}


def _reserving(
    row: Visit, form: AuthorisationForm, errors: dict[str, str], there: Reservation | None
) -> str:
    return render_template(
        "register/reserve.html",
        form=form,
        errors=errors,
        visit=row,
        facts=facts(row),
        reservation=there,
        back=address("kept.show", row),
    )


@blueprint.route(f"{ROOT}/<visit>/levantar", methods=["GET", "POST"])
def lift(code: str, env: str, visit: str) -> Response | str | tuple[str, int]:
    """Show a reserved visit again, after a review."""
    user = access.require("manage_register", this_entity())
    session, row = db.session(), this_visit(visit)
    there = reserved.of_visit(session, row)
    if there is None:
        return as_it_is(row, "La visita no está reservada.", "message")
    form = InnerReason(request.form if request.method == "POST" else None)
    page = {"visit": row, "facts": facts(row), "reservation": there}
    page |= {"back": address("kept.show", row)}
    if request.method != "POST":
        return render_template("register/lift.html", form=form, errors={}, **page)
    try:
        with accepting(form):
            reserved.lift(session, row, reason=form.reason.data or "", actor_id=user.id)
    except Invalid as fault:
        return render_template("register/lift.html", form=form, errors=fault.errors, **page), 422
    return as_it_is(row, "Levantamos la reserva: la visita se muestra otra vez.", "success")

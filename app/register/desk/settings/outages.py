"""Declares, ends and withdraws outages; and the paper sheet for the meantime."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.base import calendar, db
from app.base.models import Outage
from app.people import access
from app.people.access import this_entity
from app.people.accounts.forms import errors_of
from app.register.desk.forms import InnerReason, Invalid, accepting
from app.register.desk.frame import this_place, this_register
from app.register.registers import outages, rules
from forms.fields import ChoiceField, LongTextField, MomentField, Part

blueprint = Blueprint("register_days", __name__)

ROOT = "/registro/<code>/<env>/cortes"
#: Rows of the sheet: as many as fit on a page.
ROWS = 15


class OutageForm(Part):
    """An outage: its start, its end, and its cause."""

    from_at = MomentField("Desde", needed="Escribe desde cuándo.")
    lasts = ChoiceField(
        "¿Ya terminó?",
        (("yes", "No, todavía dura"), ("no", "Sí")),
        needed="Elige si ya terminó.",
    )
    to_at = MomentField("Hasta", needed="Escribe hasta cuándo.", when=("lasts", "no"))
    cause = ChoiceField(
        "Qué lo causó",
        (
            ("external", "Un factor externo", {"hint": "Por ejemplo, un corte de luz."}),
            ("internal", "Un factor interno", {"hint": "Por ejemplo, una falla de tus equipos."}),
        ),
        needed="Elige qué lo causó.",
    )
    note = LongTextField(
        "Qué pasó (opcional)",
        hint="No escribas datos de personas.",
        limit=300,
        render_kw={"rows": 3},
    )


class EndForm(Part):
    """The end of an outage."""

    to_at = MomentField("Terminó", needed="Escribe cuándo terminó.")


@blueprint.get(ROOT)
def list_outages(code: str, env: str) -> str:
    """List the outages, newest first, with the form for another."""
    return _page(OutageForm(data={"from_at": _now()}), {})


@blueprint.post(ROOT)
def declare_outage(code: str, env: str) -> Response | tuple[str, int]:
    """Declare an outage."""
    user, session = access.require("record_visits", this_entity()), db.session()
    form = OutageForm(request.form)
    try:
        with accepting(form):
            outages.declare(
                session,
                this_register(),
                from_at=form.from_at.moment or calendar.now(),
                to_at=form.to_at.moment if form.lasts.data == "no" else None,
                cause=form.cause.data,
                note=form.note.data or "",
                actor_id=user.id,
            )
    except Invalid as fault:
        return _page(form, fault.errors), 422
    flash(
        "Declaramos el corte. Lo que registres de esas horas tomará su observación por sí solo.",
        "success",
    )
    return _to_list()


@blueprint.route(f"{ROOT}/<int:outage>/terminar", methods=["GET", "POST"])
def end_outage(code: str, env: str, outage: int) -> Response | str | tuple[str, int]:
    """End a current outage."""
    user, session = access.require("record_visits", this_entity()), db.session()
    row = _this_outage(outage)
    if row.to_at is not None or row.withdrawn_at is not None:
        flash("El corte ya había terminado, o se retiró.", "message")
        return _to_list()
    page = partial(_confirm_page, "register/outage_end.html", row)
    if request.method != "POST":
        return page(EndForm(data={"to_at": _now()}), {})
    form = EndForm(request.form)
    try:
        with accepting(form):
            outages.end(session, row.id, form.to_at.moment or calendar.now(), user.id)
    except Invalid as fault:
        return page(form, fault.errors), 422
    flash("El corte terminó. Registra ahora lo que anotaste en la hoja.", "success")
    return _to_list()


@blueprint.route(f"{ROOT}/<int:outage>/retirar", methods=["GET", "POST"])
def withdraw_outage(code: str, env: str, outage: int) -> Response | str | tuple[str, int]:
    """Ask for the reason, and withdraw a wrongly declared outage; it stays in the list."""
    user, session = access.require("record_visits", this_entity()), db.session()
    row = _this_outage(outage)
    if row.withdrawn_at is not None:
        flash("El corte ya estaba retirado.", "message")
        return _to_list()
    form = InnerReason(request.form if request.method == "POST" else None)
    page = partial(_confirm_page, "register/outage_withdraw.html", row)
    if request.method != "POST":
        return page(form, {})
    if not form.validate():
        return page(form, errors_of(form)), 422
    outages.withdraw(session, row.id, reason=form.reason.data or "", actor_id=user.id)
    session.commit()
    flash("Retiramos el corte: ya no explica las visitas de esas horas.", "success")
    return _to_list()


@blueprint.get(f"{ROOT}/hoja")
def sheet(code: str, env: str) -> str:
    """Show a printable sheet to note visits manually while they cannot be recorded."""
    return render_template(
        "register/sheet.html",
        rows=range(1, ROWS + 1),
        full=rules.documents_are_public(db.session()),
        back=_address(),
    )


def _this_outage(number: int) -> Outage:
    found = db.session().get(Outage, number) if number < 2**31 else None
    if found is None or found.register_id != this_register().id:
        abort(404)
    return found


def _page(form: OutageForm, errors: dict[str, str]) -> str:
    session, register = db.session(), this_register()
    return render_template(
        "register/outages.html",
        form=form,
        errors=errors,
        rows=outages.of_register(session, register),
        causes=outages.CAUSES,
        may_record=access.may(access.me(), "record_visits", this_entity()),
    )


def _confirm_page(template: str, row: Outage, form: Part, errors: dict[str, str]) -> str:
    return render_template(
        template,
        form=form,
        errors=errors,
        outage=row,
        cause=outages.CAUSES[row.cause],
        back=_address(),
    )


def _now() -> dict[str, Any]:
    local = calendar.now().astimezone(calendar.LIMA)
    return {"date": local.date(), "time": local.time()}


def _address() -> str:
    return url_for(".list_outages", **this_place())


def _to_list() -> Response:
    return redirect(_address(), 303)

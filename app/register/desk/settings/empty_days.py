"""Declares days without visits, and withdraws declarations."""

from __future__ import annotations

from datetime import date
from typing import cast

from flask import abort, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from app.base import db, formatting
from app.base.models import NoVisitDay
from app.people import access
from app.people.access import this_entity
from app.people.accounts.forms import errors_of
from app.register.desk.forms import InnerReason, Invalid, accepting
from app.register.desk.frame import this_register
from app.register.desk.months import list_of, name_of, neighbouring_months, requested_month
from app.register.desk.settings.outages import blueprint
from app.register.registers import empty_days, sources
from forms.fields import DateField, Part

ROOT = "/registro/<code>/<env>/dias-sin-visitas"


class EmptyDayForm(Part):
    """The day without visits."""

    on = DateField("Día", hint="Día/mes/año", needed="Escribe el día.")


@blueprint.get(ROOT)
def list_empty(code: str, env: str) -> str:
    """List the declarations of a month, and the days that may need one."""
    return _page(EmptyDayForm(), {})


@blueprint.post(ROOT)
def declare_empty(code: str, env: str) -> Response | tuple[str, int]:
    """Declare a day without visits."""
    user, session = access.require("record_visits", this_entity()), db.session()
    form = EmptyDayForm(request.form)
    try:
        with accepting(form):
            day = cast("date", form.on.data)
            made = empty_days.declare(session, this_register(), day, user.id)
    except Invalid as fault:
        return _page(form, fault.errors), 422
    flash(f"Declaramos que el {formatting.weekday(made.on)} no hubo visitas.", "success")
    return _to_list(made)


@blueprint.route(f"{ROOT}/<int:day>/retirar", methods=["GET", "POST"])
def withdraw_empty(code: str, env: str, day: int) -> Response | str | tuple[str, int]:
    """Ask for the reason, and withdraw a declaration, which stays in the list."""
    user, session = access.require("record_visits", this_entity()), db.session()
    row = session.get(NoVisitDay, day) if day < 2**31 else None
    if row is None or row.register_id != this_register().id:
        abort(404)
    if row.withdrawn_at is not None:
        flash("La declaración ya estaba retirada.", "message")
        return _to_list(row)
    form = InnerReason(request.form if request.method == "POST" else None)
    page = {"form": form, "day": row, "back": list_of(row.on, ".list_empty")}
    if request.method != "POST":
        return render_template("register/empty_day_withdraw.html", errors={}, **page)
    if not form.validate():
        errors = errors_of(form)
        return render_template("register/empty_day_withdraw.html", errors=errors, **page), 422
    empty_days.withdraw(session, row.id, reason=form.reason.data or "", actor_id=user.id)
    session.commit()
    flash(f"Retiramos la declaración del {formatting.weekday(row.on)}.", "success")
    return _to_list(row)


def _page(form: EmptyDayForm, errors: dict[str, str]) -> str:
    session, register = db.session(), this_register()
    month = requested_month()
    may_record = access.may(access.me(), "record_visits", this_entity())
    since = sources.live_since(session, register)
    return render_template(
        "register/empty_days.html",
        form=form,
        errors=errors,
        rows=empty_days.of_month(session, register, month),
        suggested=empty_days.suggested(session, register, since) if may_record else [],
        month=name_of(month),
        months=neighbouring_months(month, ".list_empty"),
        may_record=may_record,
    )


def _to_list(row: NoVisitDay) -> Response:
    return redirect(list_of(row.on, ".list_empty"), 303)

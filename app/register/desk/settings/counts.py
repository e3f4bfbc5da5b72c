"""Counts of people who are not registered: one more, or the day's total; never who."""

from __future__ import annotations

from datetime import date
from typing import cast

from flask import flash, redirect, render_template, request
from werkzeug.wrappers import Response

from app.base import calendar, db
from app.people import access
from app.people.access import this_entity
from app.register.desk.forms import Invalid, accepting, new_token, sent_token
from app.register.desk.frame import this_register
from app.register.desk.months import list_of, name_of, neighbouring_months, requested_month
from app.register.desk.settings.outages import blueprint
from app.register.registers import counts
from forms.fields import CountField, DateField, Part

ROOT = "/registro/<code>/<env>/no-registrables"


class TotalsForm(Part):
    """The totals of a day, of each reason; an empty one is not changed."""

    on = DateField("Día", hint="Día/mes/año", needed="Escribe el día.")


for _reason, _label in counts.REASONS.items():
    setattr(TotalsForm, _reason, CountField(_label, most=counts.MOST))


@blueprint.get(ROOT)
def show_counts(code: str, env: str) -> str:
    """Show today's count, a button for one more of each reason, and the month."""
    return _page(TotalsForm(data={"on": calendar.today()}), {})


@blueprint.post(ROOT)
def count(code: str, env: str) -> Response | tuple[str, int]:
    """Add one of a reason today (`one`), or set the totals of a day."""
    user, session = access.require("record_visits", this_entity()), db.session()
    token, reason = sent_token(), request.form.get("one", "")
    form = TotalsForm(request.form)
    try:
        with accepting(Part() if reason else form):
            wanted = {reason: 1} if reason else _totals(form)
            day = calendar.today() if reason else cast("date", form.on.data)
            for name, amount in wanted.items():
                counts.add(
                    session,
                    this_register(),
                    on=day,
                    reason=name,
                    amount=amount,
                    is_total=not reason,
                    submission=f"{token}.{name}",
                    actor_id=user.id,
                )
    except Invalid as fault:
        return _page(form, fault.errors), 422
    flash(_sentence(reason, len(wanted)), "success" if wanted else "message")
    return redirect(list_of(day, ".show_counts"), 303)


def _totals(form: TotalsForm) -> dict[str, int]:
    numbers = {reason: form[reason].number for reason in counts.REASONS}
    return {reason: number for reason, number in numbers.items() if number is not None}


def _sentence(reason: str, totals: int) -> str:
    if reason:
        return f"Contamos una persona más: {counts.REASONS[reason].lower()}."
    if totals:
        return "Guardamos el total del día."
    return "No escribiste ningún número: la cuenta queda como estaba."


def _page(form: TotalsForm, errors: dict[str, str]) -> str:
    session, register = db.session(), this_register()
    month, today = requested_month(), calendar.today()
    days = counts.of_month(session, register, month)
    return render_template(
        "register/counts.html",
        form=form,
        errors=errors,
        submission=new_token(),
        reasons=counts.REASONS,
        today=today,
        counted=counts.of_day(session, register, today),
        days=days,
        totals={name: sum(day[name] for day in days.values()) for name in counts.REASONS},
        month=name_of(month),
        months=neighbouring_months(month, ".show_counts"),
        may_record=access.may(access.me(), "record_visits", this_entity()),
    )

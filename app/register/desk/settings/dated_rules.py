"""The dated rules of the registers: what norms set from a day on, and corrections of both."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import cast

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.base import calendar, db, formatting
from app.base.models import DatedRule
from app.people import access
from app.register.desk.forms import Invalid, ReasonField, accepting
from app.register.registers import rules
from forms.fields import ChoiceField, DateField, Part, TextField, TickField

blueprint = Blueprint("dated_rules", __name__)

#: A choice of the form: the rule and its value.
CHOICES = {
    f"{name}.{value}": (name, value) for name, values in rules.RULES.items() for value in values
}


class RuleForm(Part):
    """A value of a rule, from a day on, by a norm."""

    value = ChoiceField(
        "Qué dispone la norma",
        [
            (key, rules.RULES[name][value], {"hint": rules.NAMES[name]})
            for key, (name, value) in CHOICES.items()
        ],
        needed="Elige qué dispone la norma.",
    )
    from_on = DateField(
        "Desde qué día rige", hint="Hoy o más adelante. Día/mes/año", needed="Escribe el día."
    )
    norm = TextField(
        "Norma que lo dispone",
        hint="Por ejemplo, Directiva 003-2026-PCM/SIP.",
        needed="Escribe la norma que lo dispone.",
        limit=200,
    )


@blueprint.route("/reglas", methods=["GET", "POST"])
def show() -> Response | str | tuple[str, int]:
    """Show present, past and future values; and set a new one."""
    user, session = access.require("set_rules"), db.session()
    if request.method != "POST":
        return _page(RuleForm(), {})
    form = RuleForm(request.form)
    try:
        with accepting(form):
            name, value = CHOICES[form.value.data]
            day = cast("date", form.from_on.data)
            rules.set_value(session, name, value, day, form.norm.data or "", user.id)
    except Invalid as fault:
        return _page(form, fault.errors), 422
    flash(f"{rules.NAMES[name]}: rige desde el {formatting.day(day)}.", "success")
    return redirect(url_for(".show"), 303)


class CorrectionForm(Part):
    """The day and the norm of a rule, where both were read, and the reason of the correction."""

    from_on = DateField(
        "Desde qué día rige", hint="Día/mes/año, también uno que ya pasó", needed="Escribe el día."
    )
    norm = TextField("Norma que lo dispone", needed="Escribe la norma.", limit=200)
    source = TextField(
        "Dónde se leyó (opcional)",
        hint="Por ejemplo, El Peruano del 24 de julio de 2026",
        limit=300,
    )
    second_hand = TickField("De segunda mano: nadie leyó todavía la norma publicada")
    reason = ReasonField("Por qué lo corriges", hint="Queda en el registro de cambios.")


@blueprint.route("/reglas/<int:rule_id>/corregir", methods=["GET", "POST"])
def correct(rule_id: int) -> Response | str | tuple[str, int]:
    """Correct the day and the norm of a rule; earlier records stay unchanged."""
    user, session = access.require("set_rules"), db.session()
    row = session.get(DatedRule, rule_id)
    if row is None or row.name not in rules.RULES:
        abort(404)
    if request.method != "POST":
        return _correction(row, CorrectionForm(data=asdict(rules.Said.of(row))), {})
    form = CorrectionForm(request.form)
    try:
        with accepting(form):
            said = rules.Said(
                cast("date", form.from_on.data),
                form.norm.data or "",
                form.source.data or "",
                bool(form.second_hand.data),
            )
            changed = rules.correct(session, row, said, form.reason.data or "", user.id)
    except Invalid as fault:
        return _correction(row, form, fault.errors), 422
    if changed:
        flash(f"{rules.NAMES[row.name]}: quedó corregida.", "success")
    else:
        flash("No cambiaste nada.", "message")
    return redirect(url_for(".show"), 303)


def _correction(row: DatedRule, form: CorrectionForm, errors: dict[str, str]) -> str:
    return render_template(
        "register/dated_rule.html",
        form=form,
        errors=errors,
        name=rules.NAMES[row.name],
        value=rules.RULES[row.name][row.value],
    )


def _page(form: RuleForm, errors: dict[str, str]) -> str:
    session, today = db.session(), calendar.today()
    shown = []
    for name, title in rules.NAMES.items():
        rows = rules.all_values(session, name)
        current = next((row for row in rows if row.from_on <= today), None)
        shown.append({"name": title, "values": rules.RULES[name], "rows": rows, "now": current})
    return render_template(
        "register/dated_rules.html", form=form, errors=errors, rules=shown, today=today
    )

"""The dated rules of the registers: what norms set from a day on, and nothing of the past."""

from __future__ import annotations

from datetime import date
from typing import cast

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import access, calendar, db, words
from app.register.asked import errors_of, refused_at
from app.visits import rules
from app.visits.values import Refused
from forms.fields import ChoiceField, DateField, Part, TextField

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
    """What is in force, what was, what will be; and a new value."""
    user, session = access.require("set_rules"), db.session()
    if request.method == "GET":
        return _page(RuleForm(), {})
    form = RuleForm(request.form)
    if not form.validate():
        return _page(form, errors_of(form)), 422
    name, value = CHOICES[form.value.data]
    day = cast("date", form.from_on.data)
    try:
        rules.set_value(session, name, value, day, form.norm.data or "", user.id)
    except Refused as refused:
        session.rollback()
        return _page(form, refused_at(form, refused)), 422
    session.commit()
    flash(f"{rules.NAMES[name]}: rige desde el {words.day(day)}.", "success")
    return redirect(url_for(".show"), 303)


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

"""The end of the day at the desk: visitors still inside, and unknown exits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import HiddenField

from app.base import calendar, db
from app.base.models import Visit
from app.register.desk.frame import is_hidden, recorder, this_place, this_register
from app.register.visits import present_visitors
from forms.fields import (
    ChoiceField,
    GroupField,
    ListField,
    Part,
    TickField,
    TimeField,
    add_error,
)

blueprint = Blueprint("closing", __name__)


class ExitPart(Part):
    """An exit: its hour, or that it is unknown; or nothing yet."""

    visit = HiddenField()
    hour = TimeField("Hora de salida")
    unknown = TickField("Salida no registrada")

    @property
    def is_open(self) -> bool:
        """Whether nothing was entered for this exit."""
        return not (self["hour"].data or self["hour"].errors or self["unknown"].data)


class ClosingForm(FlaskForm):
    """All visitors inside, and one answer for those without their own."""

    exits = ListField(GroupField(ExitPart), "Salidas", most=2000, fixed=True)
    rest = ChoiceField(
        "De quienes dejas sin marcar",
        (("inside", "Siguen dentro o falta su salida"), ("unknown", "Su salida no se registró")),
        render_kw={"class": "govuk-radios--small"},
    )

    def rows(self, people: Sequence[Visit]) -> list[tuple[Visit, Any]]:
        """Yield each visit that waits for its exit, with its part of the form."""
        parts = {entry.form["visit"].data: entry.form for entry in self.exits.entries}
        return [(visit, parts[visit.code]) for visit in people if visit.code in parts]

    def validate(self, extra_validators: Any = None) -> bool:
        """Validate one answer for each visit; and one for the rest, if there is a rest."""
        good = bool(super().validate(extra_validators))
        parts = [entry.form for entry in self.exits.entries]
        for part in parts:
            if part["hour"].data and part["unknown"].data:
                add_error(part["hour"], "Escribe la hora o marca que no se sabe: una de las dos.")
                good = False
        if any(part.is_open for part in parts) and not self.rest.data:
            add_error(self.rest, "Di qué pasa con quienes dejas sin marcar.")
            good = False
        return good

    def exit_times(self, rows: Sequence[tuple[Visit, Any]]) -> dict[int, datetime | None]:
        """Return visit's id → its exit, None for an unknown one; of a valid form."""
        found: dict[int, datetime | None] = {}
        for visit, part in rows:
            if part["hour"].data:
                found[visit.id] = calendar.at_hour(visit.visit_on, part["hour"].data)
            elif part["unknown"].data or self.rest.data == "unknown":
                found[visit.id] = None
        return found

    def faults(self) -> Mapping[str, str]:
        """Return field id → sentence, in the order of the page."""
        fields = [field for entry in self.exits.entries for field in entry.form]
        return {field.id: str(field.errors[0]) for field in (*fields, self.rest) if field.errors}


@blueprint.route("/registro/<code>/<env>/cierre", methods=["GET", "POST"])
def close_day(code: str, env: str) -> Response | str | tuple[str, int]:
    """Show the visitors still inside; close the day."""
    register, opened = this_register(), db.session()
    people = [
        *present_visitors.unrecorded(opened, register)[::-1],
        *present_visitors.people(opened, register)[::-1],
    ]
    if request.method != "POST":
        form = ClosingForm(data={"exits": [{"visit": visit.code} for visit in people]})
        return _page(form, people)
    form = ClosingForm()
    rows = form.rows(people)
    if not form.validate():
        return _page(form, people, form.faults()), 422
    try:
        present_visitors.close_day(opened, register, form.exit_times(rows), actor_id=recorder())
    except present_visitors.CannotLeave as fault:
        part = {visit.id: part for visit, part in rows}[fault.visit.id]
        add_error(part["hour"], fault.refused.sentence)
        return _page(form, people, form.faults()), 422
    opened.commit()
    return redirect(url_for("closing.close_day", **this_place(), hecho=1), 303)


def _page(
    form: ClosingForm, people: Sequence[Visit], errors: Mapping[str, str] | None = None
) -> str:
    return render_template(
        "register/desk_closing.html",
        form=form,
        rows=form.rows(people),
        errors=errors or {},
        today=calendar.today(),
        still=sum(present_visitors.is_inside(visit) for visit in people),
        lacking=sum(present_visitors.lacks_exit(visit) for visit in people),
        closing=present_visitors.closing_of_today(db.session(), this_register()),
        is_hidden=is_hidden,
        done=request.args.get("hecho") == "1",
    )

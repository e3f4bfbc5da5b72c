"""A coordinator's statement: a coordinator's observation that no data can prove. The last resort,
only for other sources: Zaguán's own register provides its own evidence."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.base import calendar, db, formatting
from app.people import access
from app.people.access import this_entity
from app.people.accounts.forms import errors_of
from app.register.desk.forms import ReasonField
from app.register.desk.frame import this_register
from app.register.registers import sources
from app.register.registers.evidence import FIGURES
from forms.fields import ChoiceField, CountField, DateField, LongTextField, Part, add_error
from forms.shapes.demo_test import FIGURES as LABELS

blueprint = Blueprint("statements", __name__)

ROOT = "/registro/<code>/<env>/constatacion"
#: Nobody sees more of anything in a demo test: larger figures are typing errors.
MOST = 5000


class Statement(Part):
    """The fields of both statements."""

    saw = LongTextField(
        "Qué constataste y cómo",
        hint="Por ejemplo: por videollamada, en la pantalla de la entidad.",
        needed="Escribe qué constataste y cómo.",
        limit=2000,
    )
    why = ReasonField(
        "Por qué los datos no lo pueden mostrar",
        needed="Escribe por qué los datos no lo pueden mostrar.",
    )

    def judge(self, since: date) -> bool:
        """Check a valid form against a register that publishes since that day."""
        return True

    def said(self) -> dict[str, Any]:
        """Return what is stored."""
        return {"saw": self.saw.data, "why": self.why.data}


class DemoStatement(Statement):
    """The figures of a demo test; an empty one was not seen."""

    def validate(self, extra_validators: Any = None) -> bool:
        """Validate that at least one figure was seen."""
        good = bool(super().validate(extra_validators))
        if good and not self.figures():
            add_error(self[FIGURES[0]], "Escribe al menos una de las cifras que viste.")
        return good and not self.errors

    def figures(self) -> dict[str, int]:
        """Return the figures that the coordinator saw."""
        return {name: self[name].number for name in FIGURES if self[name].number}

    def said(self) -> dict[str, Any]:
        """Return what is stored."""
        return super().said() | {"figures": self.figures()}


for _place, _name in enumerate(FIGURES):
    _hint = "" if _place else "Aquí y abajo: deja vacío lo que no viste."
    setattr(DemoStatement, _name, CountField(f"{LABELS[_name]} (opcional)", hint=_hint, most=MOST))


class ProductionStatement(Statement):
    """The entity publishes: its first visit, or a day that it declared without visits."""

    published = ChoiceField(
        "¿Qué publicó la entidad?",
        (("first_visit", "Su primera visita"), ("without_visits", "Que un día no tuvo visitas")),
        needed="Elige qué publicó la entidad.",
    )
    published_on = DateField("¿De qué día es?", hint="Día/mes/año", needed="Escribe de qué día es.")

    def validate(self, extra_validators: Any = None) -> bool:
        """Validate that the day has come."""
        good = bool(super().validate(extra_validators))
        day: date | None = self.published_on.data
        if good and day is not None and day > calendar.today():
            add_error(self.published_on, "Ese día todavía no llega.")
        return good and not self.errors

    def judge(self, since: date) -> bool:
        """Check that the entity published already on the day."""
        day: date | None = self.published_on.data
        if day is not None and day < since:
            add_error(
                self.published_on,
                f"Ese día todavía no publicaba: este registro empezó el {formatting.day(since)}.",
            )
        return not self.errors

    def said(self) -> dict[str, Any]:
        """Return what is stored."""
        return super().said() | {
            "published": self.published.data,
            "published_on": self.published_on.iso,
        }


FORMS: dict[str, type[Statement]] = {"demo": DemoStatement, "production": ProductionStatement}


@blueprint.route(ROOT, methods=["GET", "POST"])
def state(code: str, env: str) -> Response | str | tuple[str, int]:
    """Show the last statement, and store a new one, which stays marked as such."""
    user, session = access.require("state_evidence", this_entity()), db.session()
    register = this_register()
    if register.source == "zaguan":
        page = render_template("register/statement.html", form=None, errors={}, last=None)
        return (page, 422) if request.method == "POST" else page
    form = FORMS[register.environment](request.form if request.method == "POST" else None)
    last = sources.statement_of(session, register)
    if request.method != "POST":
        return render_template("register/statement.html", form=form, errors={}, last=last)
    if not (form.validate() and form.judge(sources.live_since(session, register))):
        errors = errors_of(form)
        return render_template("register/statement.html", form=form, errors=errors, last=last), 422
    sources.state(session, register, form.said(), user)
    session.commit()
    flash("Quedó tu constatación, marcada como tal.", "success")
    return redirect(url_for(".state", code=code, env=env), 303)

"""The official name of a year, which letters of that year have above their head."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.base import audit_log, calendar, db
from app.base.models import YearName
from app.people import access
from forms.fields import Part, TextField, add_error

blueprint = Blueprint("year_names", __name__)

QUOTES = frozenset("«»\"“”'‘’")


class NameField(TextField):
    """The name, as the norm has it, without its quotation marks."""

    def fault(self, text: str) -> str:
        """Return the fault of a name that would stand wrongly above a letter."""
        if text and not text.casefold().startswith("año "):
            return "Escribe el nombre como lo dice la norma: empieza con «Año»."
        return "Escríbelo sin comillas: los documentos ya las tienen." if QUOTES & {*text} else ""


class NameForm(Part):
    """The name and its norm; a blank name is that the year has none here."""

    name = NameField(
        "Nombre oficial del año (opcional)",
        hint="Como lo dice la norma: «Año de …». En blanco, los documentos no llevan ninguno.",
        limit=200,
    )
    norm = TextField(
        "Norma que lo declara",
        hint="Por ejemplo, Decreto Supremo 001-2027-PCM.",
        limit=200,
    )

    def check(self) -> None:
        """Require the norm of a name."""
        if self["name"].data and not self["norm"].data and not self["norm"].errors:
            add_error(self["norm"], "Escribe la norma que declara ese nombre.")


@blueprint.route("/calendario/<int:year>/nombre", methods=["GET", "POST"])
def change(year: int) -> Response | str | tuple[str, int]:
    """Set, correct or remove the official name of a year."""
    user, session = access.require("manage_calendar"), db.session()
    if year not in calendar.YEARS:
        abort(404)
    row = session.get(YearName, year)
    if request.method != "POST":
        known = {"name": row.name, "norm": row.norm} if row else {}
        return _page(year, NameForm(data=known), {})
    form = NameForm(request.form)
    if not form.validate():
        errors = {name: messages[0] for name, messages in form.errors.items()}
        return _page(year, form, errors), 422
    changed = store(session, year, form["name"].data or "", form["norm"].data or "", user.id)
    session.commit()
    if changed:
        flash(f"El nombre de {year} quedó guardado. Lo ya emitido no cambia.", "success")
    else:
        flash("No cambiaste nada.", "message")
    return redirect(url_for("days.show_year", anio=year), 303)


def _page(year: int, form: Any, errors: dict[str, str]) -> str:
    return render_template("days/year_name.html", year=year, form=form, errors=errors)


def store(session: Session, year: int, name: str, norm: str, actor_id: int) -> bool:
    """Store the name of a year, "" for none. Return whether it changed. Flush only."""
    db.insert_missing(session, YearName, {"year": year, "name": "", "norm": ""})
    row = db.locked(session, YearName, year)
    norm = norm if name else ""
    changed = (row.name, row.norm) != (name, norm)
    if changed:
        audit_log.write(
            session, "calendar.year_named", actor_id=actor_id, year=year, name=name, norm=norm
        )
        row.name, row.norm = name, norm
    if not name:
        session.delete(row)
    session.flush()
    return changed

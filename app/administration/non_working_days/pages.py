"""The pages: a year, and two that change it, each after showing the dates that it will move."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.administration.non_working_days import year as shown
from app.administration.non_working_days.forms import DayForm
from app.base import calendar, db, formatting
from app.base.models import LogEntry, NonWorkingDay, YearName
from app.cases import processes
from app.cases.history.lines import describe
from app.cases.processes import Change, Moved
from app.people import access

blueprint = Blueprint("days", __name__)

CHANGES = ("calendar.day_added", "calendar.day_removed", "calendar.year_named")
#: The number of last changes shown below the year.
LAST_CHANGES = 10


@blueprint.get("/calendario")
def show_year() -> str:
    """Show a year at a glance, and what changed last."""
    session, this_year = db.session(), calendar.today().year
    typed = request.args.get("anio", "")
    year = int(typed) if typed.isascii() and typed.isdigit() and len(typed) == 4 else this_year
    if year not in calendar.YEARS:
        year = this_year
    days = shown.days_off(session, year)
    entries = session.scalars(
        select(LogEntry)
        .where(LogEntry.kind.in_(CHANGES), LogEntry.entity_id.is_(None))
        .order_by(LogEntry.id.desc())
        .limit(LAST_CHANGES)
    )
    return render_template(
        "days/year.html",
        year=year,
        years=[one for one in (year - 1, year, year + 1) if one in calendar.YEARS],
        days=days,
        named=session.get(YearName, year),
        months=shown.months(days, year),
        working_days=shown.working_days(days, year),
        changes=[describe(entry) for entry in entries],
        may_change=access.may(access.me(), "manage_calendar"),
    )


@blueprint.route("/calendario/nuevo", methods=["GET", "POST"])
def add() -> Response | str | tuple[str, int]:
    """Add a decreed day, after a page that shows the terms it moves."""
    user, session = access.require("manage_calendar"), db.session()
    action = request.form.get("action", "")
    if action == "confirm":
        calendar.begin_change(session)  # before looking whether the day is there
    form = DayForm(session)
    if request.method != "POST" or action == "back":
        return render_template("days/new.html", form=form, errors={})
    if not form.validate():
        errors = {name: messages[0] for name, messages in form.errors.items()}
        return render_template("days/new.html", form=form, errors=errors), 422
    day = form.day()
    change = Change(added=(day,))
    if action != "confirm":
        return _confirm(day, change, form=form)
    moved = processes.change_calendar(session, change, user.id)
    session.commit()
    return _done(f"El {formatting.weekday(day.on)} ya no es día hábil", day, moved)


@blueprint.route("/calendario/<int:day_id>/quitar", methods=["GET", "POST"])
def remove(day_id: int) -> Response | str:
    """Remove a decreed day, after a page that shows the terms it moves."""
    user, session = access.require("manage_calendar"), db.session()
    if request.method == "POST":
        calendar.begin_change(session)
    day = session.scalars(select(NonWorkingDay).where(NonWorkingDay.id == day_id)).one_or_none()
    if request.method != "POST":
        return _confirm(day, Change(removed=(day,))) if day else abort(404)
    if day is None:
        flash("Ese día ya no está en el calendario: alguien lo quitó antes.", "warning")
        return redirect(url_for(".show_year"), 303)
    moved = processes.change_calendar(session, Change(removed=(day,)), user.id)
    session.commit()
    return _done(f"El {formatting.weekday(day.on)} vuelve a ser día hábil", day, moved)


def _confirm(day: NonWorkingDay, change: Change, form: Any = None) -> str:
    """Return the page that shows the dates that a change will move."""
    session = db.session()
    entities = shown.entities_of(session, [day])
    others = [row for row in calendar.decreed_everywhere(session) if row.on == day.on]
    return render_template(
        "days/confirm.html",
        day=day,
        form=form,
        where=shown.where_of(day, entities.get(day.place)),
        moved=processes.would_move(session, change),
        today=calendar.today(),
        # National days that cover this one, which is of a place.
        also=[row.norm for row in others if row.scope == "national" != day.scope],
    )


def _done(sentence: str, day: NonWorkingDay, moved: Moved) -> Response:
    where = shown.where_of(day)
    message = f"{sentence} ({where[0].lower()}{where[1:]}). {sentence_of(moved)}"
    flash(message, "success")
    return redirect(url_for(".show_year", anio=day.on.year), 303)


def sentence_of(moved: Moved) -> str:
    """Return what moved, in words."""
    if not moved.terms:
        return "Ningún plazo abierto cambió de fecha."
    terms = formatting.plural(moved.terms, "plazo abierto", "plazos abiertos")
    entities = formatting.plural(moved.entities, "entidad", "entidades")
    return f"{'Cambió' if moved.terms == 1 else 'Cambiaron'} de fecha {terms} de {entities}."

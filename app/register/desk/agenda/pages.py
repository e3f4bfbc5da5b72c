"""The agenda: visits that offices expect, and their arrival, which the desk only confirms."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import selectinload
from werkzeug.wrappers import Response

from app.base import calendar, db, formatting
from app.base.models import PlannedVisit, Visit
from app.base.paging import paged
from app.register.desk.agenda.forms import ArrivalForm, PlanForm
from app.register.desk.entry.form import NO_MINORS
from app.register.desk.forms import Invalid, accepting
from app.register.desk.frame import is_hidden, recorder, this_place, this_register
from app.register.facts.values import CATEGORIES
from app.register.visits import planned as planning

blueprint = Blueprint("agenda", __name__)

BASE = "/registro/<code>/<env>/agenda"
PER_PAGE = 50


@blueprint.get(BASE)
def show(code: str, env: str) -> str:
    """List the expected visits from today on, by day; or the earlier ones, the latest first."""
    session, register = db.session(), this_register()
    before = request.args.get("ver") == "anteriores"
    today = calendar.midnight(calendar.today())
    when = PlannedVisit.expected_at
    ours = select(PlannedVisit).where(
        PlannedVisit.register_id == register.id, when < today if before else when >= today
    )
    page, shown = paged(
        session, ours.order_by(when.desc() if before else when, PlannedVisit.id), PER_PAGE
    )
    rows = session.scalars(shown.options(selectinload(PlannedVisit.official))).all()
    came = [row.visit_id for row in rows if row.visit_id]
    visits = session.scalars(select(Visit).where(Visit.id.in_(came))) if came else ()
    return render_template(
        "register/agenda.html",
        days=[
            (day, list(there))
            for day, there in groupby(rows, lambda row: calendar.lima_day(row.expected_at))
        ],
        visitors={row.id: planning.visitor_of(row) for row in rows},
        visits={visit.id: visit for visit in visits},
        is_hidden=is_hidden,
        before=before,
        page=page,
        categories=CATEGORIES,
        now=calendar.now(),
    )


@blueprint.route(f"{BASE}/nueva", methods=["GET", "POST"])
def new(code: str, env: str) -> Response | str | tuple[str, int]:
    """Plan a visit."""
    session, register = db.session(), this_register()
    if request.method != "POST":
        return _planning(PlanForm(session, register))
    form = PlanForm(session, register, request.form)
    try:
        with accepting(form, expected_at="on", visitor_entity_ruc="entity_ruc"):
            key = form.submission.key
            made = planning.plan(
                session, register, form.plan(), submission=key, actor_id=recorder()
            )
    except Invalid as fault:
        return _planning(form, fault.errors), 422
    flash(f"La visita quedó programada: {formatting.moment(made.expected_at)}.", "success")
    return redirect(url_for(".show", code=code, env=env), 303)


def _planning(form: PlanForm, errors: Mapping[str, str] | None = None) -> str:
    return render_template("register/agenda_new.html", form=form, errors=errors or {})


@blueprint.post(f"{BASE}/<int:planned>/cancelar")
def cancel(code: str, env: str, planned: int) -> Response:
    """Cancel an expected visit."""
    done = planning.cancel(db.session(), _this(planned))
    db.session().commit()
    if done:
        flash("La visita quedó cancelada.", "success")
    else:
        flash("Esa visita ya no se puede cancelar: llegó o se canceló antes.", "warning")
    return redirect(url_for(".show", code=code, env=env), 303)


@blueprint.route(f"{BASE}/<int:planned>/llegada", methods=["GET", "POST"])
def arrive(code: str, env: str, planned: int) -> Response | str | tuple[str, int]:
    """Confirm the arrival of an expected visitor: record the entry."""
    row = _this(planned)
    if request.method != "POST":
        return _arriving(row, _arrival(row))
    form = _arrival(row, request.form)
    if form.is_minor:
        return _turn_away(row)
    session, register = db.session(), this_register()
    try:
        with accepting(form, entry_at="hour"):
            arrival = form.arrival()
            visit, first = planning.arrive(session, register, row, arrival, actor_id=recorder())
    except Invalid as fault:
        return _arriving(row, form, fault.errors), 422
    hour = formatting.hour(visit.entry_at)
    if first:
        flash(f"El ingreso quedó registrado, a las {hour}.", "success")
    else:
        flash(f"El ingreso ya estaba registrado, a las {hour}.", "warning")
    return redirect(url_for(".show", code=code, env=env), 303)


def _turn_away(row: PlannedVisit) -> Response:
    """Delete all data of a minor: in the agenda, and in the posted form."""
    done = planning.turn_away_minor(db.session(), row)
    db.session().commit()
    said = f"{NO_MINORS} La visita programada quedó cancelada." if done else NO_MINORS
    flash(said, "warning")
    return redirect(url_for(".show", **this_place()), 303)


def _arrival(row: PlannedVisit, given: Any = None) -> ArrivalForm:
    return ArrivalForm(db.session(), this_register(), row, given)


def _arriving(row: PlannedVisit, form: ArrivalForm, errors: Mapping[str, str] | None = None) -> str:
    return render_template(
        "register/agenda_arrival.html",
        form=form,
        errors=errors or {},
        planned=row,
        visitor=planning.visitor_of(row),
        categories=CATEGORIES,
    )


def _this(planned_id: int) -> PlannedVisit:
    """Return a planned visit of this register; 404 for any other, and for a hidden one."""
    row = db.session().scalar(
        select(PlannedVisit).where(
            PlannedVisit.id == planned_id, PlannedVisit.register_id == this_register().id
        )
    )
    visit = db.session().get(Visit, row.visit_id) if row and row.visit_id else None
    if row is None or (visit and is_hidden(visit)):
        abort(404)
    return row

"""The pages: the table, a new row, and the correction of one."""

from __future__ import annotations

from dataclasses import asdict

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.administration.mandates.forms import MandateForm
from app.base import calendar, db
from app.base.models import Entity, Mandate
from app.people import access
from app.register.facts.values import Refused
from app.register.registers import mandates
from forms.fields import add_error
from forms.fields.identifiers import place_of

blueprint = Blueprint("mandates", __name__)

Answer = Response | str | tuple[str, int]


@blueprint.get("/mandatos")
def show() -> str:
    """Show the table: the usual mandate of each kind of entity, and authorities that continue."""
    session = db.session()
    rows = session.scalars(
        select(Mandate).order_by(Mandate.from_on.desc(), Mandate.level, Mandate.ubigeo)
    ).all()
    regions = _regions(session)
    return render_template(
        "mandates/table.html",
        usual=[row for row in rows if not row.ubigeo],
        places=[
            (row, regions.get(row.ubigeo) or place_of(row.ubigeo) or row.ubigeo)
            for row in rows
            if row.ubigeo
        ],
        levels=mandates.LEVELS,
        today=calendar.today(),
        may_change=access.may(access.me(), "manage_mandates"),
        may_plan=access.may(access.me(), "plan_mandates"),
    )


def _regions(session: Session) -> dict[str, str]:
    """Return the name of each regional government by the ubigeo of its place."""
    wanted = select(Entity).where(Entity.kind == "gobierno_regional", Entity.active)
    return {mandates.place_of(one): one.name for one in session.scalars(wanted)}


@blueprint.route("/mandatos/nuevo", methods=["GET", "POST"])
def add() -> Answer:
    """Add a row."""
    user = access.require("manage_mandates")
    return _write(None, MandateForm(request.form or None), user.id)


@blueprint.route("/mandatos/<int:row_id>/corregir", methods=["GET", "POST"])
def correct(row_id: int) -> Answer:
    """Correct a row."""
    user = access.require("manage_mandates")
    row = db.session().get(Mandate, row_id) or abort(404)
    given = None if request.method == "POST" else asdict(mandates.Said.of(row))
    return _write(row, MandateForm(request.form or None, data=given), user.id)


def _write(row: Mandate | None, form: MandateForm, actor_id: int) -> Answer:
    if request.method != "POST":
        return _page(row, form)
    if not form.validate():
        return _page(row, form), 422
    session = db.session()
    try:
        mandates.write(session, row, form.said(), actor_id)
    except Refused as refused:
        session.rollback()
        add_error(form[refused.field], str(refused))
        return _page(session.get(Mandate, row.id) if row else None, form), 422
    session.commit()
    flash("Guardamos el mandato. El plan y los avisos lo usan desde ahora.", "success")
    return redirect(url_for(".show"), 303)


def _page(row: Mandate | None, form: MandateForm) -> str:
    errors = {field.id: str(field.errors[0]) for field in form if field.errors}
    return render_template("mandates/edit.html", form=form, errors=errors, row=row)


@blueprint.post("/mandatos/<int:row_id>/quitar")
def remove(row_id: int) -> Response:
    """Remove the row of a place: its authority does not continue after all."""
    user, session = access.require("manage_mandates"), db.session()
    row = session.get(Mandate, row_id)
    if row is None or not row.ubigeo:
        abort(404)
    mandates.remove(session, row, user.id)
    session.commit()
    flash("Quitamos la fila: ahí rige lo que vale para todas.", "success")
    return redirect(url_for(".show"), 303)

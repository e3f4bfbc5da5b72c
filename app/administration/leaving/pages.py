"""Pages of *Dejo la función*: the announcement, its withdrawal, and the *Ficha de entrega*."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.administration.leaving import acts, summary
from app.administration.leaving.acts import Announcement, CannotLeave
from app.administration.leaving.forms import ALL, LeavingForm
from app.base import calendar, db
from app.base.models import Departure, Entity, User
from app.cases import processes
from app.cases.papers import handover_sheets
from app.people.access import ROLES, require, this_entity
from app.people.accounts.forms import errors_of
from forms.fields import add_error

blueprint = Blueprint("departures", __name__)

Answer = Response | str | tuple[str, int]


@blueprint.route("/entidades/<code>/dejo-la-funcion", methods=["GET", "POST"])
def show(code: str) -> Answer:
    """Show the form or the announcement; the POST announces, and carries out if due today."""
    entity, session = this_entity(), db.session()
    user = require("leave_function", entity)
    departure = acts.waiting(session, user, entity)
    if departure is not None and request.method != "POST":
        return _page(session, user, entity, departure=departure)
    form = LeavingForm(request.form if request.method == "POST" else None)
    left = acts.colleagues(session, user, entity)
    form.for_person(left, acts.other_roles(user, entity))
    if request.method != "POST":
        return _page(session, user, entity, form=form)
    if not form.validate() or form.from_on.data is None:
        return _page(session, user, entity, form=form), 422
    chosen = form.heir.data if "heir" in form else ""
    said = Announcement(
        form.from_on.data,
        next((one for one in left if str(one.id) == chosen), None),
        "others" in form and form.others.data == ALL,
    )
    return _announce(session, user, entity, said, form)


def _announce(
    session: Session, user: User, entity: Entity, said: Announcement, form: LeavingForm
) -> Answer:
    today = said.from_on == calendar.today()
    sheet = _sheet_before(user, entity, said) if today else None
    try:
        departure = acts.announce(session, user, entity, said)
    except CannotLeave as reason:
        session.rollback()
        if reason.field in form:
            add_error(form[reason.field], str(reason))
            return _page(session, user, entity, form=form), 422
        flash(str(reason), "warning")
        return redirect(url_for(".show", code=entity.code), 303)
    done = acts.carry_out(session, departure.id, sheet) if today else None
    session.commit()
    if done is None:
        flash(f"Anotamos que dejas la función {acts.day_in_words(said.from_on)}.", "success")
        return redirect(url_for(".show", code=entity.code), 303)
    flash(" ".join((f"Dejaste la función en {entity.name}.", *done)), "success")
    return redirect(url_for("public.home"), 303)


def _sheet_before(user: User, entity: Entity, said: Announcement) -> bytes | None:
    """Return the sheet of a departure of today, made before the transaction that writes."""
    user_id, entity_id, heir_id = user.id, entity.id, said.heir.id if said.heir else None
    db.session().rollback()  # it takes a while, and others must not wait for a lock meanwhile
    with db.reading() as session:
        heir = session.get_one(User, heir_id) if heir_id else None
        found = summary.handover(
            session,
            session.get_one(User, user_id),
            session.get_one(Entity, entity_id),
            Announcement(said.from_on, heir, said.everything),
        )
    return handover_sheets.render_or_none(found, calendar.today())


@blueprint.post("/entidades/<code>/dejo-la-funcion/retirar")
def withdraw(code: str) -> Response:
    """Withdraw an announcement before its day."""
    entity, session = this_entity(), db.session()
    user = require("leave_function", entity)
    if acts.withdraw(session, user, entity):
        session.commit()
        flash("Sigues en la función. Avisamos a quienes habíamos avisado.", "success")
        return redirect(url_for("entities.show", code=code), 303)
    session.rollback()
    flash("No hay nada que retirar: ya se retiró o ya llegó el día.", "warning")
    return redirect(url_for(".show", code=code), 303)


@blueprint.get("/entidades/<code>/dejo-la-funcion/ficha.pdf")
def sheet(code: str) -> Response:
    """Make the *Ficha de entrega* as of now."""
    entity, session = this_entity(), db.session()
    user = require("leave_function", entity)
    departure = acts.waiting(session, user, entity)
    said = Announcement(calendar.today())
    if departure is not None:
        said = Announcement(departure.from_on, departure.heir, departure.everything)
    content = handover_sheets.render(
        summary.handover(session, user, entity, said), calendar.today()
    )
    name = handover_sheets.file_name(entity.code)
    return Response(
        content,
        mimetype="application/pdf",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )


def _page(
    session: Session,
    user: User,
    entity: Entity,
    *,
    form: LeavingForm | None = None,
    departure: Departure | None = None,
) -> str:
    return render_template(
        "departures/leave.html",
        entity=entity,
        form=form,
        errors=errors_of(form) if form else {},
        departure=departure,
        alone=not acts.colleagues(session, user, entity),
        designates=processes.can_start(session, entity, "redesignation"),
        others=[ROLES[role].name for role in acts.other_roles(user, entity)],
    )

"""Absences: noted, seen and ended by the person, a coordinator of their entity, the superuser."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.base import db
from app.base.models import Absence, User
from app.people.access import ANSWERING, PCM_ROLES, absences, require, roles_of, this_entity
from app.people.access.absences import CannotBeAway
from app.people.accounts.blueprint import pages
from app.people.accounts.forms import AbsenceForm, errors_of
from app.people.accounts.own import myself
from forms.fields import add_error

Answer = Response | str | tuple[str, int]


@pages.route("/cuenta/ausencias", methods=["GET", "POST"])
def own_absences() -> Answer:
    """Show the user's own absences; the POST notes another."""
    return page_of(myself(), myself(), url_for(".own_absences"), ".end_own_absence")


@pages.post("/cuenta/ausencias/<int:number>/terminar")
def end_own_absence(number: int) -> Response:
    """End one of the user's own absences, or cancel it."""
    return end(myself(), myself(), number, url_for(".own_absences"))


@pages.route("/personas/<int:person_id>/ausencias", methods=["GET", "POST"])
def absences_of(person_id: int) -> Answer:
    """Show any user's absences, for the superuser."""
    actor = require("manage_people")
    address = url_for(".absences_of", person_id=person_id)
    return page_of(user_of(person_id), actor, address, ".end_absence_of")


@pages.post("/personas/<int:person_id>/ausencias/<int:number>/terminar")
def end_absence_of(person_id: int, number: int) -> Response:
    """End any user's absence, for the superuser."""
    actor = require("manage_people")
    return end(user_of(person_id), actor, number, url_for(".absences_of", person_id=person_id))


@pages.route("/entidades/<code>/personas/<int:person_id>/ausencias", methods=["GET", "POST"])
def absences_in_entity(code: str, person_id: int) -> Answer:
    """Show absences of a user who answers for an entity, for coordinators: people call them."""
    actor = require("note_absence", this_entity())
    address = in_entity(code, person_id)
    return page_of(staff(person_id), actor, address, ".end_absence_in_entity", code)


@pages.post("/entidades/<code>/personas/<int:person_id>/ausencias/<int:number>/terminar")
def end_absence_in_entity(code: str, person_id: int, number: int) -> Response:
    """End an absence of a user who answers for an entity."""
    actor = require("note_absence", this_entity())
    return end(staff(person_id), actor, number, in_entity(code, person_id))


def in_entity(code: str, person_id: int) -> str:
    """Return the path of the page of absences of a user who answers for an entity."""
    return url_for(".absences_in_entity", code=code, person_id=person_id)


def user_of(person_id: int) -> User:
    """Return the person of an id; 404 if there is none."""
    return db.session().get(User, person_id) or abort(404)


def staff(person_id: int) -> User:
    """Return a user who answers steps of this entity, and none of the PCM's; 404 for others."""
    found = user_of(person_id)
    held = roles_of(found, this_entity())
    if held.isdisjoint(ANSWERING) or held & PCM_ROLES:
        abort(404)
    return found


def page_of(person: User, actor: User, address: str, ending: str, code: str = "") -> Answer:
    """Render the page of a user's absences; a POST notes one.

    `ending`: the endpoint that ends one. `code`: the entity below whose address the page is.
    """
    session, own = db.session(), person.id == actor.id
    fitting = absences.candidates(session, person)
    form = AbsenceForm(request.form if request.method == "POST" else None)
    form.substitute.choices = [("", "Elige"), *((str(u.id), u.full_name) for u in fitting)]
    values = {
        "person": person,
        "own": own,
        "address": address,
        "ending": ending,
        "code": code,
        "fault": absences.nobody_fits(session, person, own=own),
        "ahead": absences.ahead(session, person),
        "days_of": absences.days_of,
        "form": form,
    }
    if request.method != "POST":
        return render_template("accounts/absences.html", errors={}, **values)
    if form.validate():
        errors = note(session, person, actor, form)
        if not errors:
            return redirect(address, 303)
    else:
        errors = errors_of(form)
    return render_template("accounts/absences.html", errors=errors, **values), 422


def note(session: Session, person: User, actor: User, form: AbsenceForm) -> dict[str, str]:
    """Record the absence of a valid form; return errors by field, {} if there are none."""
    substitute = user_of(int(form.substitute.data))
    try:
        absence = absences.note(
            session, person, substitute, form["from_on"].data, form["until_on"].data, actor.id
        )
    except CannotBeAway as reason:
        if not reason.field:
            return {"": str(reason)}
        add_error(form[reason.field], str(reason))
        return errors_of(form)
    session.commit()
    days = absences.days_of(absence)
    flash(f"Anotamos la ausencia {days}: reemplaza {substitute.full_name}.", "success")
    return {}


def end(person: User, actor: User, number: int, address: str) -> Response:
    """End an absence of a user, or cancel it; 404 for one that is not theirs or is over."""
    session = db.session()
    absence = session.get(Absence, number)
    if absence is None or absence not in absences.ahead(session, person):
        abort(404)
    if absence.user_id != person.id:
        abort(404)
    absences.end(session, absence, actor.id)
    session.commit()
    flash(f"Terminó la ausencia anotada {absences.days_of(absence)}.", "success")
    return redirect(address, 303)

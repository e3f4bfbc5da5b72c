"""The coordinators in charge of each entity, for the SIP and for the SGTD."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy import ColumnElement, and_, or_, select, true
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.administration.catalogue import search
from app.administration.users.blueprint import pages
from app.base import db, queries
from app.base.models import Entity, User
from app.cases.entities.assignment import Choice, assign
from app.people.access import holders, require

Answer = Response | str | tuple[str, int]

ROLES = ("sip", "sgtd")
KEEP, NOBODY = "", "0"


@pages.route("/coordinadores", methods=["GET", "POST"])
def coordinators() -> Answer:
    """List entities with who is in charge; the POST sets it for those marked, or for all found."""
    actor = require("assign_coordinators")
    session = db.session()
    people = {role: holders(session, role) for role in ROLES}
    if request.method == "POST":
        return assign_chosen(session, people, actor)
    wanted, filters = search.filters(session, "sin")
    without = queries.chosen("sin", ("1",)) == "1"
    entities, page = search.found(session, wanted, listed(without))
    return render_template(
        "people/coordinators.html",
        entities=entities,
        page=page,
        people=people,
        names=names_in_charge(session, entities),
        q=wanted.q,
        without=without,
        filters=filters,
        query=wanted.query | ({"sin": "1"} if without else {}),
    )


def listed(without: bool) -> ColumnElement[bool]:
    """Return the condition on Entity: all; with `without`, those that lack a coordinator."""
    missing = or_(Entity.sip_coordinator_id.is_(None), Entity.sgtd_coordinator_id.is_(None))
    return missing if without else true()


def names_in_charge(session: Session, entities: list[Entity]) -> dict[int, str]:
    """Return the names of the coordinators in charge of some of these entities, by id."""
    ids = {entity.sip_coordinator_id for entity in entities}
    ids |= {entity.sgtd_coordinator_id for entity in entities}
    people = session.scalars(select(User).where(User.id.in_(ids - {None})))
    return {user.id: user.full_name for user in people}


def assign_chosen(session: Session, people: dict[str, list[User]], actor: User) -> Answer:
    """Apply the form, and redirect to the same list.

    All that the filter finds are counted first, and put in charge once that count is confirmed.
    """
    wanted = search.Filter.of(request.form)
    without = request.form.get("sin") == "1"
    query: dict[str, Any] = wanted.query | ({"sin": "1"} if without else {})
    address = url_for("people.coordinators", **query)
    chosen = [choice_of(role, people[role]) for role in ROLES]
    by_filter = request.form.get("a") == "todas"
    if by_filter:
        which = and_(wanted.condition, listed(without))
    else:
        codes = request.form.getlist("entidad")[: search.PAGE_SIZE]
        which = and_(Entity.code.in_(codes), listed(False))
    entities = session.scalars(select(Entity).where(which).order_by(Entity.id)).all()
    if not entities or not any(choice.touched for choice in chosen):
        flash("Marca al menos una entidad y elige a quién encargarla.", "warning")
        return redirect(address, 303)
    if by_filter and request.form.get("cuantas") != str(len(entities)):
        return confirm(wanted, query, chosen, len(entities))
    count = sum(assign(session, entity, chosen, actor.id) for entity in entities)
    session.commit()
    if count:
        many = "entidad" if count == 1 else "entidades"
        flash(f"Cambió el encargo de {count} {many}.", "success")
    else:
        flash("No cambió ningún encargo: ya era así.", "message")
    return redirect(address, 303)


def confirm(
    wanted: search.Filter, query: dict[str, Any], chosen: list[Choice], count: int
) -> Answer:
    """Return the page that confirms the number of entities; with 409 if the number has changed."""
    counted = "cuantas" in request.form
    page = render_template(
        "people/coordinators_confirm.html",
        words=search.in_words(wanted),
        query=query,
        chosen=[one for one in chosen if one.touched],
        count=count,
        changed=counted,
    )
    return (page, 409) if counted else page


def choice_of(role: str, people: list[User]) -> Choice:
    """Return the form's choice for one of the two roles; 400 for a user without that role."""
    value = request.form.get(role, KEEP)
    if value in (KEEP, NOBODY):
        return Choice(role, value == NOBODY, None)
    user = next((user for user in people if str(user.id) == value), None)
    if user is None:
        abort(400)
    return Choice(role, True, user)

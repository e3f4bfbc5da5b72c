"""The superuser's page that merges a duplicate of the catalogue into its target."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.administration.catalogue import duplicates
from app.base import db
from app.base.models import Entity
from app.people.access import require, this_entity
from app.people.accounts.forms import errors_of
from forms.fields import Part, TextField, add_error

pages = Blueprint("duplicates", __name__)

Answer = Response | str | tuple[str, int]


class Which(Part):
    """The other entry."""

    con = TextField(
        "Código de la entidad que queda",
        needed="Escribe el código de la entidad que queda.",
        hint="Por ejemplo E00275.",
        limit=20,
        render_kw={"autocomplete": "off", "spellcheck": "false", "class": "govuk-input--width-10"},
    )


@pages.route("/catalogo/<code>/unir", methods=["GET", "POST"])
def merge(code: str) -> Answer:
    """Take the target of a duplicate, show the effects of the merge, and merge once."""
    duplicate = this_entity()
    actor = require("manage_catalogue", duplicate)
    session = db.session()
    there = duplicates.merged_into(session, duplicate)
    if there is not None:
        flash(f"{duplicate.code} ya se unió a {there.name} ({there.code}).", "warning")
        return redirect(url_for("catalogue.edit", code=code), 303)
    form = Which(request.values if "con" in request.values else None)
    if "con" not in request.values or not form.validate():
        return _ask(form, duplicate)
    target = session.scalar(select(Entity).where(Entity.code == form.con.data.upper()))
    if target is None:
        add_error(form.con, f"No hay una entidad con el código {form.con.data.upper()}.")
        return _ask(form, duplicate)
    if request.method != "POST":
        plan = duplicates.plan(session, duplicate, target)
        return render_template("catalogue/merge.html", plan=plan, entity=duplicate)
    try:
        duplicates.merge(session, duplicate, target, actor.id)
    except duplicates.CannotMerge as reason:
        session.rollback()
        for sentence in reason.sentences:
            flash(sentence, "warning")
        return redirect(url_for(".merge", code=code, con=target.code), 303)
    session.commit()
    flash(f"{code} se unió a {target.name}, con todo lo suyo.", "success")
    return redirect(url_for("catalogue.edit", code=target.code), 303)


def _ask(form: Which, duplicate: Entity) -> Answer:
    errors = errors_of(form)
    page = render_template(
        "catalogue/which.html",
        form=form,
        errors=errors,
        entity=duplicate,
        alike=duplicates.alike(db.session(), duplicate),
    )
    return (page, 422) if errors else page

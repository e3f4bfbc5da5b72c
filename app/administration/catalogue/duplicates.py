"""The page that marks an entry of the catalogue as a duplicate: absorbed by the other one.

All that belongs to it stays its own, to be read, as with an entity that a norm ended. The mark is
taken back by ticking the entry as existing.
"""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.base import calendar, db
from app.base.models import Entity
from app.base.models.entities import matching
from app.cases.entities import ending
from app.people.access import require, this_entity
from app.people.accounts.forms import errors_of
from forms.fields import Part, TextField, add_error

pages = Blueprint("duplicates", __name__)
#: Entries offered as possibly the same entity, by name or RUC, at most.
OFFERED = 10


class Which(Part):
    """The other entry."""

    con = TextField(
        "Código de la entidad que queda",
        needed="Escribe el código de la entidad que queda.",
        hint="Por ejemplo E00275.",
        limit=20,
        render_kw={"autocomplete": "off", "spellcheck": "false", "class": "govuk-input--width-10"},
    )


@pages.route("/catalogo/<code>/duplicado", methods=["GET", "POST"])
def mark(code: str) -> Response | str | tuple[str, int]:
    """Ask which entry remains, show what follows, and mark the duplicate."""
    duplicate, session = this_entity(), db.session()
    actor = require("manage_catalogue", duplicate)
    if duplicate.extinct_on is not None:
        return redirect(url_for("catalogue.edit", code=code), 303)
    form = Which(request.values if "con" in request.values else None)
    target = None
    if "con" in request.values and form.validate():
        if request.method == "POST":
            # Two that would each be marked as the other's duplicate wait for each other.
            db.in_turn(session, "duplicates")
            ending.lock(session, duplicate)
        target = session.scalar(select(Entity).where(Entity.code == form.con.data.upper()))
        if sentence := fault(session, duplicate, target):
            add_error(form.con, sentence)
    errors = errors_of(form)
    if target is None or errors:
        others = alike(session, duplicate)
        page = render_template(
            "catalogue/which.html", form=form, errors=errors, entity=duplicate, alike=others
        )
        return (page, 422) if errors else page
    if request.method != "POST":
        return render_template("catalogue/duplicate.html", entity=duplicate, target=target)
    ground = {"on": calendar.today().isoformat(), "norm": ""}
    ending.end(session, duplicate, target, ground, actor.id)
    session.commit()
    flash(f"{code} quedó como duplicado de {target.name}.", "success")
    return redirect(url_for("catalogue.edit", code=target.code), 303)


def fault(session: Session, duplicate: Entity, target: Entity | None) -> str:
    """Return why an entry is no duplicate of another (Spanish); "" if it may be one."""
    if target is None:
        return "No hay una entidad con ese código."
    if duplicate.extinct_on is not None:
        return ending.fault_of(duplicate)
    if sentence := ending.refusal(duplicate, target):
        return sentence
    if session.scalars(ending.running(duplicate).limit(1)).first() is not None:
        return (
            f"{duplicate.code} tiene un proceso en curso. Que la coordinación lo anule antes, o "
            f"marca {target.code} como duplicado de {duplicate.code}."
        )
    return ""


def alike(session: Session, entity: Entity) -> Sequence[Entity]:
    """Return entries that may be the same entity: same RUC, or the words of its name and region."""
    same = and_(matching(entity.name), Entity.department == entity.department)
    if entity.ruc:
        same = or_(same, Entity.ruc == entity.ruc)
    return session.scalars(
        select(Entity)
        .where(same, Entity.id != entity.id, Entity.active)
        .order_by(Entity.name, Entity.code)
        .limit(OFFERED)
    ).all()

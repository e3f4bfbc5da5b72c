"""*Comparte RUC con …*: a coordinator confirms that two entities have one RUC."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from app.base import db
from app.cases.entities import rucs
from app.people import access
from app.people.access import this_entity

blueprint = Blueprint("shared_ruc", __name__)


@blueprint.route("/entidades/<code>/ruc", methods=["GET", "POST"])
def confirm(code: str) -> Response | str:
    """Show the entities that share this RUC, and confirm it."""
    user, session, entity = access.require("confirm_ruc"), db.session(), this_entity()
    if request.method == "POST":
        confirmed = rucs.confirm(session, entity, user.id)
        session.commit()
        if confirmed:
            flash("Quedó confirmado: la designación puede recibir conformidad.", "success")
        else:
            flash("No había ningún RUC por confirmar: no cambió nada.", "message")
        return redirect(entity.url, 303)
    return render_template(
        "entities/shared_ruc.html",
        entity=entity,
        others=rucs.unconfirmed(session, entity),
    )

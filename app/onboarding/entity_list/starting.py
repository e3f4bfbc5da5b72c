"""Start the onboarding of many: the ticked entities, or all that match a query, as a batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.base import db
from app.base.models import Entity
from app.onboarding import batches
from app.onboarding.entity_list.filters import options_of
from app.onboarding.entity_list.query import EntityQuery
from app.people import access

blueprint = Blueprint("starting", __name__)

#: The most ticked boxes that one page can send. For more, use "all that match".
MOST_TICKED = 500
NOBODY = "No elegiste ninguna entidad."


@blueprint.post("/entidades/iniciar")
def start_many() -> Response:
    """Freeze the entities to start as a batch with its dry run. Start none."""
    user, session = access.require("start_onboarding"), db.session()
    query, all_of_them = EntityQuery.of(request.args), bool(request.form.get("todas"))
    if all_of_them and (refused := query.refused()):
        return refused
    chosen = query.entities(session) if all_of_them else ticked(session)
    if not chosen:
        return query.back_to_list(NOBODY)
    data = selection(session, query, is_ticked=not all_of_them)
    batch = batches.from_list(session, batches.START, chosen, user.id, data)
    session.commit()
    return redirect(url_for("batches.show", batch=batch.id), 303)


def selection(session: Session, query: EntityQuery, *, is_ticked: bool) -> dict[str, Any]:
    """Return how the entities of a batch were chosen, for `Batch.data`: parameters and words."""
    if is_ticked:
        return {"filter": query.params, "chosen": "Elegidas una por una"}
    words = query.words(options_of(session))
    return {"filter": query.params, "chosen": words or "Todas las entidades"}


def ticked(session: Session) -> Sequence[Entity]:
    """Return the entities whose boxes were ticked in the list, by name."""
    codes = request.form.getlist("entidad")[:MOST_TICKED]
    query = select(Entity).where(Entity.code.in_(codes)).order_by(Entity.name, Entity.id)
    return session.scalars(query).all()

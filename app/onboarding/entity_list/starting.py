"""Starting many: the entities that were ticked, or all of the list's filter, frozen as a batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.base import db
from app.base.models import Entity
from app.onboarding import batches
from app.onboarding.entity_list.choices import Choices
from app.onboarding.entity_list.filters import Asked
from app.people import access

blueprint = Blueprint("starting", __name__)

#: Boxes that one page can send; who means more starts all of a filter.
MOST_TICKED = 500


@blueprint.post("/entidades/iniciar")
def start_many() -> Response:
    """Freezes which entities are to be started and says of each what will be done; starts none."""
    user, session = access.require("start_onboarding"), db.session()
    asked = Asked.of(request.args)
    if asked.faults and request.form.get("todas"):
        # What is at fault asks nothing: the set would be larger than what was meant.
        flash(" ".join(asked.faults.values()), "warning")
        return redirect(asked.address(), 303)
    chosen = filtered(asked) if request.form.get("todas") else ticked()
    if not chosen:
        flash("No elegiste ninguna entidad.", "warning")
        return redirect(asked.address(), 303)
    data = set_of(session, asked, by_hand=not request.form.get("todas"))
    batch = batches.from_list(session, batches.START, chosen, user.id, data)
    session.commit()
    return redirect(url_for("batches.show", batch=batch.id), 303)


def set_of(session: Session, asked: Asked, *, by_hand: bool) -> dict[str, Any]:
    """What a batch keeps of how its entities were chosen: the filter, and the same in words."""
    if by_hand:
        return {"filter": asked.params, "chosen": "Elegidas una por una"}
    said = Choices.read(session).words(asked)
    return {"filter": asked.params, "chosen": said or "Todas las entidades"}


def ticked() -> Sequence[Entity]:
    """The entities whose boxes were ticked in a list."""
    codes = request.form.getlist("entidad")[:MOST_TICKED]
    query = select(Entity).where(Entity.code.in_(codes)).order_by(Entity.name, Entity.id)
    return db.session().scalars(query).all()


def filtered(asked: Asked) -> Sequence[Entity]:
    """All entities of a list's filter."""
    session = db.session()
    query = select(Entity).where(asked.condition(session)).order_by(Entity.name, Entity.id)
    return session.scalars(query).all()

"""*Inicia la implementación de tu entidad*: people find their entity and see how to come in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import render_template, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import db
from app.base.formatting import plain
from app.base.models import Entity, Grant, ProcessInstance, User
from app.base.models.entities import matching
from app.people.accounts.blueprint import pages
from forms.fields.rules import has_control

#: Entities that a search shows; to see more, people type another word.
SHOWN = 20
LONGEST = 200


@dataclass(frozen=True)
class Found:
    """An entity, and how far its implementation is: a key of the page's sentences."""

    entity: Entity
    #: not_begun, waiting (for the bearer of the code), prepared, ended, out_of_scope.
    state: str


@pages.get("/inicia")
def begin() -> str:
    """Show everyone what an entity needs to begin, and users where their own entity stands."""
    typed = " ".join(request.args.get("q", "").split())[:LONGEST]
    found, more = search(db.session(), typed)
    return render_template(
        "accounts/begin.html", typed=typed, found=found, more=more, private=bool(typed)
    )


def search(session: Session, typed: str) -> tuple[list[Found], bool]:
    """Return the entities that are called so, and whether there are more of them."""
    if not plain(typed) or has_control(typed):
        return [], False
    entities = session.scalars(
        select(Entity)
        .where(Entity.active, matching(typed))
        .order_by(Entity.name, Entity.id)
        .limit(SHOWN + 1)
    ).all()
    shown = entities[:SHOWN]
    states = states_of(session, [entity.id for entity in shown])
    return [Found(entity, states[entity.id]) for entity in shown], len(entities) > SHOWN


def states_of(session: Session, ids: Sequence[int]) -> Mapping[int, str]:
    """Return how far each of these entities is, in two statements."""
    states = dict.fromkeys(ids, "not_begun")
    came = set(
        session.scalars(
            select(Grant.entity_id)
            .join(User, User.id == Grant.user_id)
            .where(Grant.entity_id.in_(ids), Grant.until_at.is_(None), User.active)
        )
    )
    newest = (
        select(ProcessInstance)
        .where(
            ProcessInstance.process == "onboarding",
            ProcessInstance.entity_id.in_(ids),
        )
        .order_by(ProcessInstance.id)
    )
    for row in session.scalars(newest):
        if row.status == "ended":
            states[row.entity_id] = "out_of_scope" if row.end_name == "No corresponde" else "ended"
        elif row.ended_at is None:
            states[row.entity_id] = "prepared" if row.entity_id in came else "waiting"
        else:
            states[row.entity_id] = "not_begun"
    return states

"""Requests of persons, hidden visits and incidents, which the demo does not have."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.administration.breaches import acts
from app.base import audit_log, calendar
from app.base.models import DataBreach, Entity, Grant, Register, User, Visit
from app.people import access
from app.register.suppression import requests, reviews
from app.register.suppression.requests import Wanted


def add_all(session: Session) -> None:
    """Hide the oldest visit of each public register, and add a request about it."""
    of_entities = select(Register).where(
        Register.environment == "production", ~Register.only_imported
    )
    wanted = Wanted("suppression", "Ana Ejemplo Inventada", "ana@example.org", "", for_minor=True)
    for register in session.scalars(of_entities).all():
        oldest = session.scalar(
            select(Visit)
            .where(Visit.register_id == register.id, Visit.audience == "public")
            .order_by(Visit.rank)
            .limit(1)
        )
        if oldest is not None:
            requests.receive(session, register, oldest, wanted)
            reviews.hide(session, oldest, ground="minor", actor_id=None)
        breach = add_breach(session, register.entity)
        at, by_id = calendar.now(), breach.reported_by_id
        acts.notify(session, breach, at=at, to="Autoridad, EXP-17", actor_id=by_id)
    add_breach(session, None)


def add_breach(session: Session, entity: Entity | None) -> DataBreach:
    """Add an incident of personal data, in whose days an administrator read visits."""
    now = calendar.now()
    holder = session.scalars(
        select(Grant).where(Grant.role == ("administrator" if entity else "superuser")).limit(1)
    ).one()
    if entity is not None:
        read = {"page": "visits", "day": calendar.today().isoformat()}
        audit_log.write_once(
            session, "data.read", at=now, actor_id=holder.user_id, entity_id=entity.id, **read
        )
    said = acts.Said("De ejemplo.", "", calendar.today(), calendar.today(), now)
    token = f"breach of {entity.code if entity else 'the platform'}"
    return acts.report(session, entity, said, submission=token, actor_id=holder.user_id)


def places(session: Session, user: User) -> list[str]:
    """Return the pages of acts on visits of the user's own register: one is free, one reserved."""
    found: dict[str, str] = {}
    query = select(Visit).join(Register).where(Register.environment == "production")
    for visit in session.scalars(query.order_by(Visit.rank.desc())):
        entity = visit.register.entity
        if not access.may(user, "manage_register", entity):
            continue
        page = f"/registro/{entity.code}/{visit.register.path}/visitas/{visit.code}"
        if visit.audience == "reserved":
            found.setdefault("levantar", page)
        elif visit.audience == "public" and visit.state == "standing":
            found.setdefault("reservar", page)
            found.setdefault("ocultar", page)
    return [f"{page}/{act}" for act, page in found.items()]

"""Requests of persons and hidden visits, which the demo does not have."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base.models import Register, Visit
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

"""What an entity's own people do in its demo beside recording: evidence that they tried it."""

from __future__ import annotations

from flask import current_app

from app.base import calendar, db
from app.base.models import Register, RegisterEvent
from app.people import access


def note(register: Register, kind: str) -> None:
    """Notes that the person who is signed in did a `search` or a `download` in a demo.

    Of the entity's own people alone, in a transaction of its own: the page itself only reads.
    """
    user = access.me()
    if user is None or register.entity_id not in access.entities_of(user):
        return
    with db.writing(current_app) as session:
        session.add(
            RegisterEvent(register_id=register.id, kind=kind, at=calendar.now(), by_id=user.id)
        )

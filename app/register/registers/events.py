"""What an entity's users do in its demo besides recording: evidence that they tried it."""

from __future__ import annotations

from flask import current_app

from app.base import calendar, db
from app.base.models import Register, RegisterEvent
from app.people import access


def note(register: Register, kind: str) -> None:
    """Log that the signed-in user did a `search` or a `download` in a demo.

    Only for users of the entity, in a separate transaction, because the page itself only reads.
    """
    user = access.me()
    if user is None or register.entity_id not in access.entities_of(user):
        return
    with db.writing(current_app) as session:
        session.add(
            RegisterEvent(register_id=register.id, kind=kind, at=calendar.now(), by_id=user.id)
        )

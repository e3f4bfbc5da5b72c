"""People who leave or stand in, for the demo that the browser reads."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.administration.leaving import acts
from app.administration.leaving.acts import Announcement
from app.base import calendar
from app.base.models import Grant, PostHolder


def add_all(session: Session) -> None:
    """Add each state."""
    add_leaving_administrator(session)
    add_acting_holder(session)


def add_leaving_administrator(session: Session) -> None:
    """Add an administrator who leaves the function at the end of the year."""
    grants = select(Grant).where(Grant.role == "administrator", Grant.until_at.is_(None))
    held = session.scalars(grants.order_by(Grant.id).limit(1)).one()
    assert held.entity is not None
    said = Announcement(date(2026, 12, 31))
    acts.announce(session, held.user, held.entity, said)


def add_acting_holder(session: Session) -> None:
    """Add an acting holder next to the titular of a post, and a gap before them."""
    deciding = select(PostHolder).where(PostHolder.decides)
    titular = session.scalars(deciding.order_by(PostHolder.id).limit(1)).one()
    values = {
        name: getattr(titular, name)
        for name in ("register_id", "post", "unit", "ground", "norm", "post_key", "search_text")
    }
    person = {"document_type": "DNI", "given_names": "Inés Persona", "surnames": "Ejemplo Encargo"}
    for number, first, last in (("1", -5, 9), ("2", -1500, -1400)):
        session.add(
            PostHolder(
                **values,
                **person,
                document_number=f"4000009{number}",
                from_on=calendar.today() + timedelta(days=first),
                to_on=calendar.today() + timedelta(days=last),
                capacity="acting",
                resolution="Resolución de Alcaldía 031-2026",
            )
        )

"""Administrators who announced that they leave their function."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ColumnElement, ForeignKey, and_
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.base.models.base import Numbered, partial_index
from app.base.models.entities import Entity, User


class Departure(Numbered):
    """An administrator or alternate who leaves the function in an entity from a day on.

    It waits for its day, is withdrawn before, or is done.
    """

    __table_args__ = (
        partial_index(
            "ix_departure_waiting", "from_on", where="withdrawn_at is null and done_at is null"
        ),
    )

    entity_id: Mapped[int] = mapped_column(ForeignKey("entity.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    #: The first day without the function; access ends when it begins.
    from_on: Mapped[date]
    #: The person who takes over the steps; null if not known yet.
    heir_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    #: Whether all other functions of the person in the entity end too.
    everything: Mapped[bool]
    announced_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    entity: Mapped[Entity] = relationship()
    user: Mapped[User] = relationship(foreign_keys=[user_id])
    heir: Mapped[User | None] = relationship(foreign_keys=[heir_id])


def is_open() -> ColumnElement[bool]:
    """Return the condition on Departure: neither withdrawn nor done."""
    return and_(Departure.withdrawn_at.is_(None), Departure.done_at.is_(None))

"""How functions end: administrators who leave, and the mandates of elected authorities."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, UniqueConstraint, and_
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.base.models.base import Base, Numbered, partial_index
from app.base.models.entities import Entity, User
from app.base.models.process import ProcessInstance


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


class Mandate(Numbered):
    """The days for which the authorities of a kind of entity are elected, or one continues.

    Without an ubigeo the row holds for every entity of the kind. With one it holds for that place
    alone: its authorities continue until `to_on`, by the norm of the row.
    """

    __table_args__ = (
        UniqueConstraint("level", "ubigeo", "from_on"),
        CheckConstraint("from_on <= to_on", name="order"),
    )

    #: A kind of entity of the catalogue: see `app.register.registers.mandates.LEVELS`.
    level: Mapped[str]
    #: INEI code of the place; "" for all.
    ubigeo: Mapped[str] = mapped_column(default="")
    from_on: Mapped[date]
    #: The last day of the mandate.
    to_on: Mapped[date]
    norm: Mapped[str]
    #: Where the dates and the norm were read.
    source: Mapped[str] = mapped_column(default="")


class MandateEnd(Base):
    """The acts for an entity whose mandate ends on a day: at most one row per entity and day."""

    entity_id: Mapped[int] = mapped_column(ForeignKey("entity.id"), primary_key=True)
    #: The last day of the mandate.
    ends_on: Mapped[date] = mapped_column(primary_key=True)
    #: When the entity was notified ahead.
    notified_at: Mapped[datetime | None]
    #: When the elected holders ended in its rosters.
    rosters_ended_at: Mapped[datetime | None]
    #: The change of authority that began for it.
    instance_id: Mapped[int | None] = mapped_column(ForeignKey("process_instance.id"), index=True)
    entity: Mapped[Entity] = relationship()
    instance: Mapped[ProcessInstance | None] = relationship()

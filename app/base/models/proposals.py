"""Acts that one user proposes, and a second one confirms."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.base.models.base import Document, Numbered, partial_index
from app.base.models.entities import Entity, User

WAITING = "state = 'waiting'"


class Proposal(Numbered):
    """An act that waits for its second person, or the answer to it (`app.people.proposals`)."""

    __table_args__ = (
        CheckConstraint("state in ('waiting', 'confirmed', 'withdrawn', 'void')", name="state"),
        CheckConstraint("(closed_at is null) = (state = 'waiting')", name="closed_at"),
        partial_index("uq_proposal_waiting", "kind", "key", where=WAITING, unique=True),
    )

    #: A key of `app.people.proposals.RIGHTS`.
    kind: Mapped[str]
    #: What it is about, within its kind: one proposal about the same thing waits at a time.
    key: Mapped[str]
    entity_id: Mapped[int | None] = mapped_column(ForeignKey("entity.id"), index=True)
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    #: The act in Spanish, from its verb on: "anular el proceso «Implementación»".
    what: Mapped[str]
    reason: Mapped[str]
    #: The values that the act needs; never a document number.
    data: Mapped[dict[str, Any]] = mapped_column(Document, default=dict)
    #: void: lapsed, or what it was about changed.
    state: Mapped[str] = mapped_column(default="waiting")
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    by: Mapped[User] = relationship(foreign_keys=[by_id])
    closed_by: Mapped[User | None] = relationship(foreign_keys=[closed_by_id])
    entity: Mapped[Entity | None] = relationship()

"""Acts on many entities at once: the rows first hold the plan, then the result."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.base.models.base import Base, Document, Numbered
from app.base.models.entities import Entity, User


class Batch(Numbered):
    """One act on many entities: the request, frozen as rows, and whether it was confirmed."""

    __table_args__ = (
        CheckConstraint(
            "kind in ('contacts', 'start', 'letters', 'validation', 'authority', 'mandates',"
            " 'proclaimed', 'remind', 'extend', 'suspend', 'resume', 'assign', 'give', 'note',"
            " 'conform', 'enrol', 'move_session', 'attendance', 'attendance_fix',"
            " 'entity_changes', 'rucs', 'baseline')",
            name="kind",
        ),
        CheckConstraint("state in ('checked', 'confirmed', 'done', 'discarded')", name="state"),
    )

    kind: Mapped[str]
    #: checked: its rows say what will be done; confirmed: they are being done; done; discarded.
    state: Mapped[str] = mapped_column(default="checked")
    created_at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    confirmed_at: Mapped[datetime | None]
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    finished_at: Mapped[datetime | None]
    #: The file that it was read from, by name and by content; "" and null for a filter.
    file_name: Mapped[str] = mapped_column(default="")
    sha256: Mapped[str | None] = mapped_column(ForeignKey("stored_file.sha256"), index=True)
    #: The values for all its rows: the filter, the reason, the document.
    data: Mapped[dict[str, Any]] = mapped_column(Document, default=dict)
    by: Mapped[User] = relationship(foreign_keys=[by_id])
    confirmed_by: Mapped[User | None] = relationship(foreign_keys=[confirmed_by_id])


class BatchRow(Base):
    """The part of a batch for one entity."""

    __table_args__ = (
        CheckConstraint("plan in ('do', 'same', 'refused')", name="plan"),
        CheckConstraint("result in ('', 'done', 'same', 'refused')", name="result"),
    )

    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), primary_key=True)
    #: The line of the file, or the place in the frozen list; from 1.
    number: Mapped[int] = mapped_column(primary_key=True)
    #: Null if no entity has the given code.
    entity_id: Mapped[int | None] = mapped_column(ForeignKey("entity.id"), index=True)
    #: The cells of the row as they were understood.
    data: Mapped[dict[str, Any]] = mapped_column(Document, default=dict)
    #: The result of the check: it will be done, it is already done, it cannot be done.
    plan: Mapped[str]
    #: The result of the row; "" before its turn.
    result: Mapped[str] = mapped_column(default="")
    #: In a sentence (Spanish): what will be done or was done, or why not.
    message: Mapped[str] = mapped_column("told", default="")
    done_at: Mapped[datetime | None]
    entity: Mapped[Entity | None] = relationship()

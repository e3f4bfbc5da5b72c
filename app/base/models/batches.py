"""Acts on many entities at once: the rows first hold the plan, then the result.

An export of the official platform (`Baseline`) becomes such an act once its names are matched to
entities. Its visits are in the registers (`Visit.cut_off_on`).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, UniqueConstraint, false
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


class Baseline(Numbered):
    """An export of the official platform with the visits of many entities."""

    file_name: Mapped[str]
    sha256: Mapped[str] = mapped_column(ForeignKey("stored_file.sha256"), index=True)
    #: The last day that it covers.
    cut_off_on: Mapped[date]
    rows: Mapped[int]
    #: The headings of columns that are not read.
    unknown: Mapped[list[str]] = mapped_column(Document, default=list)
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    #: The batch that imports its visits; null before it is prepared.
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("batch.id"), index=True)
    by: Mapped[User] = relationship()
    batch: Mapped[Batch | None] = relationship()


class BaselineName(Base):
    """A name in the column *Entidad visitada* of an export: its rows, and its entity."""

    __table_args__ = (
        CheckConstraint(
            "match in ('exact', 'folded', 'acronym', 'former', 'chosen', 'similar', 'several',"
            " 'none')",
            name="match",
        ),
    )

    baseline_id: Mapped[int] = mapped_column(ForeignKey("baseline.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    #: As the file writes it.
    name: Mapped[str]
    #: How it was matched: exact, folded, acronym; by a former name or acronym; chosen by a
    #: person, now or for an earlier export; similar or several: there are candidates; none.
    match: Mapped[str]
    #: Null until it is known, and for a name that is none of the catalogue.
    entity_id: Mapped[int | None] = mapped_column(ForeignKey("entity.id"), index=True)
    #: Whether a person said that it is none of the catalogue.
    outside: Mapped[bool] = mapped_column(default=False, server_default=false())
    #: Codes of entities that it could be, the most similar first, each with its similarity (0-100).
    candidates: Mapped[list[Any]] = mapped_column(Document, default=list)
    rows: Mapped[int]
    #: Rows that can be imported, and their first and last day.
    visits: Mapped[int]
    first_on: Mapped[date | None]
    last_on: Mapped[date | None]
    #: Its rows, compressed (`app.register.baseline.lines`), until they are imported.
    lines: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    entity: Mapped[Entity | None] = relationship()


class EntityName(Numbered):
    """A name of the official platform that a person assigned; later exports take it so."""

    __table_args__ = (UniqueConstraint("folded"),)

    #: The name as `app.register.baseline.matching.folded` writes it.
    folded: Mapped[str]
    #: Null for a name that is none of the catalogue.
    entity_id: Mapped[int | None] = mapped_column(ForeignKey("entity.id"), index=True)
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

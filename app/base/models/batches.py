"""Acts on many entities or cases at once: the rows first hold the plan, then the result.

An export of the official platform (`Baseline`) becomes such an act once its names are matched to
entities. Its visits are in the registers (`Visit.cut_off_on`).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.base.models.base import Base, Document, Numbered
from app.base.models.entities import Entity, User


class Batch(Numbered):
    """One act on many entities: the request, frozen as rows, and whether it was confirmed."""

    __table_args__ = (
        CheckConstraint(
            "kind in ('contacts', 'start', 'letters', 'validation', 'authority', 'mandates',"
            " 'proclaimed', 'remind', 'extend', 'suspend', 'resume', 'assign', 'give', 'note',"
            " 'enrol', 'move_session', 'attendance', 'attendance_fix',"
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
    outside: Mapped[bool] = mapped_column(default=False)
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


class Migration(Numbered):
    """A migration of running cases to another version: its rehearsal, and what was decided.

    Its rows say for each case what the rehearsal found, and the result. They are working
    rows: what happened to a case is in the log.
    """

    __table_args__ = (
        CheckConstraint("state in ('rehearsing', 'rehearsed', 'void', 'closed')", name="state"),
    )

    #: The version to which the cases move.
    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployment.id"), index=True)
    #: rehearsing: cases are being judged; rehearsed: all were, and they may be moved; void: a
    #: version was put into force during the rehearsal; closed: no case is moved or tried any more.
    state: Mapped[str] = mapped_column(default="rehearsing")
    at: Mapped[datetime]
    #: Null: a command.
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    #: The version in force when the rehearsal began, and the newest row of `PutIntoForce`.
    in_force_id: Mapped[int] = mapped_column(ForeignKey("deployment.id"))
    put_id: Mapped[int | None] = mapped_column(ForeignKey("put_into_force.id"))
    #: Step or wait that the version lacks → the one at which cases continue, LEAVE or STAY.
    places: Mapped[dict[str, str]] = mapped_column(Document, default=dict)
    #: Whether a second person must confirm each batch of it; known at the end of the rehearsal.
    needs_two: Mapped[bool] = mapped_column(default=True)
    #: When its rehearsal ended, or became void; null before, and while cases are judged again.
    rehearsed_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    by: Mapped[User | None] = relationship()


class MigrationGroup(Base):
    """What a rehearsal found for one or more cases alike: a verdict and its reasons."""

    __table_args__ = (UniqueConstraint("migration_id", "key"),)

    migration_id: Mapped[int] = mapped_column(ForeignKey("migration.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    #: A hash of the verdict: cases with the same key have the same one.
    key: Mapped[str]
    #: A kind of verdict (`app.cases.processes.migrating.rehearsals.verdicts`).
    kind: Mapped[str]
    #: Changes, what is gone, reason: `Facts` of that module. Nothing personal, and no dates.
    facts: Mapped[dict[str, Any]] = mapped_column(Document)


class MigrationBatch(Base):
    """Cases of a migration that are moved together: a filter, its author, who confirmed it."""

    __table_args__ = (
        CheckConstraint("state in ('proposed', 'applying', 'done', 'dropped')", name="state"),
    )

    migration_id: Mapped[int] = mapped_column(ForeignKey("migration.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    #: proposed: it waits for a second person; applying; done; dropped: withdrawn or stopped.
    state: Mapped[str]
    #: The filter, as `Filter` of `app.cases.processes.migrating.rehearsals.batches` has it.
    filter: Mapped[dict[str, str]] = mapped_column(Document, default=dict)
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    confirmed_at: Mapped[datetime | None]
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    finished_at: Mapped[datetime | None]
    by: Mapped[User | None] = relationship(foreign_keys=[by_id])
    confirmed_by: Mapped[User | None] = relationship(foreign_keys=[confirmed_by_id])


class MigrationCase(Base):
    """A live case in a migration: what the rehearsal found, and the result."""

    __table_args__ = (
        ForeignKeyConstraint(
            ["migration_id", "group_number"],
            ["migration_group.migration_id", "migration_group.number"],
            name="fk_migration_case_group",
        ),
        ForeignKeyConstraint(
            ["migration_id", "batch_number"],
            ["migration_batch.migration_id", "migration_batch.number"],
            name="fk_migration_case_batch",
        ),
        CheckConstraint(
            "result in ('', 'moved', 'skipped', 'failed', 'returning', 'returned')", name="result"
        ),
        Index("ix_migration_case_result", "migration_id", "result", "kind"),
    )

    migration_id: Mapped[int] = mapped_column(ForeignKey("migration.id"), primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"), primary_key=True)
    #: Its version and its revision when it was judged.
    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployment.id"))
    revision: Mapped[int]
    #: The kind of its verdict, as its group has it; "" and null until it is judged.
    kind: Mapped[str] = mapped_column(default="")
    group_number: Mapped[int | None]
    #: The batch that moves it; null while none does.
    batch_number: Mapped[int | None]
    #: "": nothing yet; moved; skipped: it changed since; failed; returning: the worker takes it
    #: back; returned.
    result: Mapped[str] = mapped_column(default="")
    #: Why it was not moved or not returned, in Spanish.
    message: Mapped[str] = mapped_column(default="")
    #: When it was last tried, and when its result was stored.
    tried_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]


class FormerState(Base):
    """What a case was before it last moved to another version, for the day in which it may return.

    A working copy: that the case moved, and what changed, is in the log.
    """

    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"), primary_key=True)
    #: The migration by which it moved.
    migration_id: Mapped[int]
    at: Mapped[datetime]
    #: The version that it left, and its state on it.
    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployment.id"))
    state: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    #: The revision that the move left: the case returns only while it has it.
    revision: Mapped[int]
    #: The values of its open tasks, before and after the move: `former.Values` of
    #: `app.cases.processes.migrating`.
    tasks: Mapped[list[Any]] = mapped_column(Document)
    #: The ids of the published sessions in which it had a seat, and left.
    seats: Mapped[list[int]] = mapped_column(Document)

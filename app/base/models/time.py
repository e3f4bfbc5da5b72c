"""Time: custody of days, absences, extension requests, leases, and the last runs of jobs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.base.models.base import Base, Document, Numbered, partial_index
from app.base.models.entities import Entity, User
from app.base.models.process import Task


class Holding(Numbered):
    """A past interval of an instance in one party's hands; a projection of the log.

    The interval that runs now is on the instance (`holder`, `holder_since_at`). Days are never
    stored: the calendar may change.
    """

    __table_args__ = (
        Index("ix_holding_instance_id_since_at", "instance_id", "since_at"),
        CheckConstraint("since_at < until_at", name="order"),
    )

    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"))
    #: The stage it was in; "" before the first.
    stage: Mapped[str] = mapped_column(default="")
    #: See `app.cases.custody.PARTIES`.
    party: Mapped[str]
    since_at: Mapped[datetime]
    until_at: Mapped[datetime]


class Absence(Numbered):
    """The absence of a user, whose substitute acts and gets the mails meanwhile."""

    __table_args__ = (
        CheckConstraint("from_on <= until_on", name="order"),
        CheckConstraint("user_id <> substitute_id", name="another"),
    )

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    substitute_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    #: First and last day (Lima), both included.
    from_on: Mapped[date]
    until_on: Mapped[date]
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    ended_at: Mapped[datetime | None]
    user: Mapped[User] = relationship(foreign_keys=[user_id])
    substitute: Mapped[User] = relationship(foreign_keys=[substitute_id])


class ExtensionRequest(Numbered):
    """A request for more time for a step: its entity requests it, a coordinator decides."""

    __table_args__ = (
        CheckConstraint("working_days between 1 and 60", name="working_days"),
        CheckConstraint("answer in ('', 'granted', 'refused')", name="answer"),
        partial_index("uq_extension_request_open", "task_id", where="answer = ''", unique=True),
    )

    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))
    working_days: Mapped[int]
    reason: Mapped[str]
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    #: "" without an answer; a request is not answered any more once its step is closed.
    answer: Mapped[str] = mapped_column(default="")
    comment: Mapped[str] = mapped_column(default="")
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    task: Mapped[Task] = relationship()
    requester: Mapped[User] = relationship(foreign_keys=[asked_by_id])


class Notice(Numbered):
    """Something on a coordinator's *Mis pendientes* that is no step of a diagram."""

    __table_args__ = (
        partial_index("uq_notice_open", "kind", "key", where="done_at is null", unique=True),
    )

    #: A key of `app.cases.notices.KINDS`.
    kind: Mapped[str]
    #: Its subject, so that a second notice of the same subject is not added while it waits.
    key: Mapped[str]
    #: Whose coordinator: sip or sgtd; both where empty.
    role: Mapped[str] = mapped_column(default="")
    entity_id: Mapped[int | None] = mapped_column(ForeignKey("entity.id"), index=True)
    task_id: Mapped[int | None] = mapped_column(ForeignKey("task.id"))
    data: Mapped[dict[str, Any]] = mapped_column(Document, default=dict)
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    entity: Mapped[Entity | None] = relationship()
    task: Mapped[Task | None] = relationship()


class JobRun(Base):
    """The last run of a job of the worker, and its result."""

    name: Mapped[str] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    #: The last sign of life of the run, updated while it continues.
    seen_at: Mapped[datetime]
    #: Null while it runs, or when its worker was killed or stopped in the middle.
    ended_at: Mapped[datetime | None]
    #: The result: counts by name.
    result: Mapped[dict[str, Any]] = mapped_column(Document, default=dict)
    #: The last failure: its text, and when; both stay until it succeeds again.
    error: Mapped[str] = mapped_column(default="")
    failed_at: Mapped[datetime | None]


class Lease(Base):
    """A lock on PostgreSQL that ends by itself (see `app.base.db.leases`)."""

    #: What only its holder may do: the name of a job, or "backup".
    name: Mapped[str] = mapped_column(primary_key=True)
    #: A random word of the process that holds it.
    holder: Mapped[str]
    #: When it ends unless it is renewed, by the database's clock.
    until_at: Mapped[datetime]


class YearName(Base):
    """The official name of a year, as letters of the State have it above their head."""

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    #: With its first words: «Año de …».
    name: Mapped[str]
    norm: Mapped[str]


class NonWorkingDay(Numbered):
    """A day decreed as non-working, besides the national holidays (see `app.base.calendar`)."""

    __table_args__ = (
        UniqueConstraint("on", "scope", "place"),
        CheckConstraint("scope in ('national', 'region', 'entity')", name="scope"),
    )

    on: Mapped[date]
    scope: Mapped[str]
    #: "" nationally, a department's name, or an entity's code.
    place: Mapped[str] = mapped_column(default="")
    norm: Mapped[str]

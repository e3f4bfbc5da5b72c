"""Deployments, running instances, and the projections that pages read instead of loading them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    UniqueConstraint,
    literal_column,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.base.models.base import (
    DOCUMENTS_READ,
    LETS_IN,
    Base,
    Chained,
    Document,
    Numbered,
    TextAt,
    partial_index,
)
from app.base.models.entities import Entity, User

#: Tasks that a mail notifies of and that were not notified yet: they are few.
NOT_NOTIFIED = "state = 'open' and notice_at is not null and notified_at is null"
#: The tasks of the lanes of entities, by whose people a decision of the PCM must not be taken.
OF_ENTITIES = "role in ('administrator', 'authority')"
#: Changes of personnel happen on any day, also while an earlier one waits for the authority.
ONE_AT_A_TIME = "ended_at is null and process <> 'change_personnel'"


class Deployment(Chained, Numbered):
    """One version of all diagrams and tables. Instances stay on the one they began with."""

    hash: Mapped[str] = mapped_column(unique=True)
    texts: Mapped[dict[str, str]] = mapped_column(Document, deferred=True)


class PutIntoForce(Chained, Numbered):
    """A moment from which a version is in force, until the next such row. Never changed."""

    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployment.id"), index=True)
    at: Mapped[datetime]
    #: None: a command.
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    reason: Mapped[str] = mapped_column(default="")


class VersionOffer(Chained, Numbered):
    """Where a version came from: a row per source. Never changed."""

    __table_args__ = (CheckConstraint("source in ('code', 'command', 'page')", name="source"),)

    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployment.id"), index=True)
    at: Mapped[datetime]
    #: code: it came with a release.
    source: Mapped[str]
    #: None: a command.
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class ProcessInstance(Numbered):
    """A process under way for an entity: its state (compressed) and where it stands."""

    __table_args__ = (
        CheckConstraint("status in ('running', 'suspended', 'ended', 'cancelled')", name="status"),
        partial_index(
            "uq_process_instance_open",
            "entity_id",
            "process",
            where=ONE_AT_A_TIME,
            unique=True,
        ),
        partial_index("ix_process_instance_wake_at", "wake_at", where="wake_at is not null"),
    )

    entity_id: Mapped[int] = mapped_column(ForeignKey("entity.id"), index=True)
    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployment.id"))
    #: onboarding, redesignation, change_authority, change_personnel, upkeep
    process: Mapped[str]
    status: Mapped[str] = mapped_column(default="running")
    state: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    #: Grows with every act; the second of two writers fails cleanly.
    revision: Mapped[int] = mapped_column(default=0)
    #: The stage it is in (a process id), "" before, between and after stages.
    stage: Mapped[str] = mapped_column(default="")
    stage_since_at: Mapped[datetime | None]
    #: The earliest waiting timer; null when none waits, and while suspended.
    wake_at: Mapped[datetime | None]
    #: In whose hands it is now (see `app.cases.custody`), and since when; "" after the end.
    holder: Mapped[str] = mapped_column(default="")
    holder_since_at: Mapped[datetime | None]
    #: Stages validated from outside, with reason and document: {stage: {reason, document, at}}.
    validated: Mapped[dict[str, Any]] = mapped_column(Document, default=dict)
    #: Id and name of the end event that it reached.
    end: Mapped[str] = mapped_column(default="")
    end_name: Mapped[str] = mapped_column(default="")
    norm_version: Mapped[str] = mapped_column(default="")
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    suspended_at: Mapped[datetime | None]
    entity: Mapped[Entity] = relationship()
    deployment: Mapped[Deployment] = relationship()

    __mapper_args__ = {"version_id_col": revision}


class Task(Numbered):
    """A user task of an instance, open or closed; a projection, written in the act."""

    __table_args__ = (
        CheckConstraint("state in ('open', 'completed', 'lapsed', 'cancelled')", name="state"),
        partial_index("ix_task_open_role", "role", "due_at", where="state = 'open'"),
        partial_index("ix_task_open_entity", "entity_id", where="state = 'open'"),
        Index("ix_task_instance_id_step", "instance_id", "step"),
        Index("ix_task_closed_by_id_step", "closed_by_id", "step"),
        partial_index("ix_task_next_reminder_at", "next_reminder_at", where="state = 'open'"),
        partial_index("ix_task_not_notified", "notice_at", where=NOT_NOTIFIED),
        partial_index("ix_task_of_entities", "id", "instance_id", "process", where=OF_ENTITIES),
        partial_index("ix_task_closed_by_id", "closed_by_id", where=OF_ENTITIES),
    )

    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"))
    entity_id: Mapped[int] = mapped_column(ForeignKey("entity.id"))
    engine_id: Mapped[str] = mapped_column(unique=True)
    step: Mapped[str]
    name: Mapped[str]
    role: Mapped[str]
    #: The process that it sits in (a stage, follow_up …), and the stage above it.
    process: Mapped[str]
    stage: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="open")
    opened_at: Mapped[datetime]
    #: The first instant after its last day (midnight in Lima).
    due_at: Mapped[datetime | None]
    #: How often its last day moved since it was first set, and when it last did: for calendars.
    due_moves: Mapped[int] = mapped_column(default=0)
    due_moved_at: Mapped[datetime | None]
    due_kind: Mapped[str] = mapped_column(default="")  # legal, práctica
    due_basis: Mapped[str] = mapped_column(default="")
    #: How `due_at` is computed: a number of working days (and those added, by an extension or a
    #: suspension) after a day that does not count. `counted_from` is the table's word for what
    #: that day is, or "resumed", or "presenting" (the term of the step that presents papers),
    #: or "correcting" (that of another step from which the entity went back to correct).
    counted_from: Mapped[str] = mapped_column(default="")
    counted_on: Mapped[date | None]
    term_days: Mapped[int | None]
    added_days: Mapped[int] = mapped_column(default=0)
    #: The number of working days from which a timer on the step that counts other days keeps its
    #: distance to `due_at`: that of the table when the step opened. Stored with the task, since its
    #: case may move to a version with another table.
    regular_days: Mapped[int] = mapped_column(default=0)
    #: When a legal term was notified; null before, and for other terms. And how: confirmed (by
    #: the mail's link), opened (the step's page), paper; "" before.
    notified_at: Mapped[datetime | None]
    notified_how: Mapped[str] = mapped_column(default="")
    #: When the mail that notifies may be sent, and when the first one was; null where none is.
    notice_at: Mapped[datetime | None]
    notice_sent_at: Mapped[datetime | None]
    #: From when on a notice without a receipt is due on paper; null once the paper was requested.
    paper_at: Mapped[datetime | None]
    #: Since when its coordinator is to notify on paper, and the step counts as in the PCM's hands;
    #: null before, and once it was notified.
    paper_since_at: Mapped[datetime | None]
    #: Since when its entity cannot go on without the answer to a question, and the step counts as
    #: in the PCM's hands; null otherwise.
    question_since_at: Mapped[datetime | None]
    #: The last day (Lima) whose rung of the ladder was looked at, and when the next one is.
    reminded_on: Mapped[date | None]
    next_reminder_at: Mapped[datetime | None]
    #: Working days that were left when its date began to stand still (a redesignation is open);
    #: `due_at` is null meanwhile. Null otherwise.
    paused_days: Mapped[int | None]
    #: Why it came (back), shown on top of its page.
    reason: Mapped[str] = mapped_column(default="")
    #: By which way it came: the id of an `app.cases.arrivals.Arrival`; "" in the ordinary course.
    came_as: Mapped[str] = mapped_column(default="")
    #: Since when (Lima) its people have it, where it came back and keeps its term: its reminders
    #: go on where they were. Null otherwise: since it opened.
    had_since_on: Mapped[date | None]
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    outcome: Mapped[str] = mapped_column(default="")
    instance: Mapped[ProcessInstance] = relationship()
    entity: Mapped[Entity] = relationship()
    assignee: Mapped[User | None] = relationship(foreign_keys=[assignee_id])
    closed_by: Mapped[User | None] = relationship(foreign_keys=[closed_by_id])

    def move_due(self, due_at: datetime | None, at: datetime) -> None:
        """Set the due date; another one than before, or none, is a move at this moment."""
        if self.due_at is not None and due_at != self.due_at:
            self.due_moves, self.due_moved_at = (self.due_moves or 0) + 1, at
        self.due_at = due_at


class Draft(Base):
    """The content of a step's form as typed: pairs of form data, kept after the answer too."""

    #: The user who saved it last: read for many drafts at once, without their content.
    __table_args__ = (Index("ix_draft_saved_by_id_task_id", "saved_by_id", "task_id"),)

    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"), primary_key=True)
    pairs: Mapped[list[Any]] = mapped_column(Document)
    #: Grows with every save; a page that posts an older one gets a warning, and of two saves at the
    #: same moment the second fails cleanly.
    revision: Mapped[int] = mapped_column(default=1)
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    saved_by: Mapped[User | None] = relationship()

    __mapper_args__ = {"version_id_col": revision}


class Dictation(Base):
    """The person who dictates a step's answer to a coordinator, who enters it for the entity.

    There is one per coordinator; a new one replaces it, and the log keeps each. The dictation of
    the answer is the one of the user who closed the task.
    """

    __table_args__ = (CheckConstraint("how in ('telephone', 'in_person')", name="how"),)

    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"), primary_key=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    #: The person who dictates: full name and post, as stated by them.
    name: Mapped[str]
    post: Mapped[str]
    how: Mapped[str]
    #: When they spoke, as the coordinator says; and when that was noted.
    told_at: Mapped[datetime]
    noted_at: Mapped[datetime]
    by: Mapped[User] = relationship()


class Allowance(Numbered):
    """Permission for one person to decide one task from which the separation of duties bars them.

    The Despacho gives it or, if none of its people can, the Gestor; never the barred person.
    """

    __table_args__ = (UniqueConstraint("task_id", "user_id"),)

    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    reason: Mapped[str]
    at: Mapped[datetime] = mapped_column(index=True)
    task: Mapped[Task] = relationship()
    user: Mapped[User] = relationship(foreign_keys=[user_id])
    by: Mapped[User] = relationship(foreign_keys=[by_id])


class GivenTask(Base):
    """The last time that a task was given to a colleague; it counts while that person has it."""

    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"), primary_key=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    to_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    reason: Mapped[str]
    at: Mapped[datetime]
    by: Mapped[User] = relationship(foreign_keys=[by_id])


class SavedView(Numbered):
    """A named query of *Mis pendientes*; a shared one is read by the coordinators of its role."""

    __table_args__ = (
        UniqueConstraint("owner_id", "folded"),
        CheckConstraint("role in ('', 'sip', 'sgtd', 'all')", name="role"),
    )

    #: Who may change it. If the owner of a shared view leaves, a colleague can take it over.
    owner_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    name: Mapped[str]
    #: The name without capitals, by which an owner's views differ.
    folded: Mapped[str]
    #: The parameters of the page, as a URL has them.
    params: Mapped[str]
    #: The role with which it is shared; all: every coordinator; "" for its owner alone.
    role: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    owner: Mapped[User] = relationship()


class DefaultView(Base):
    """The saved view with which a user's *Mis pendientes* opens."""

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    view_id: Mapped[int] = mapped_column(ForeignKey("saved_view.id"), index=True)


class ValidationDraft(Base):
    """The form in which a coordinator validates a stage, as typed, until it is sent."""

    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"), primary_key=True)
    stage: Mapped[str] = mapped_column(primary_key=True)
    pairs: Mapped[list[Any]] = mapped_column(Document)
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class Incident(Numbered):
    """A service task that failed: the instance waits there until it is retried."""

    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"), index=True)
    element: Mapped[str]
    name: Mapped[str]
    traceback: Mapped[str]
    attempts: Mapped[int] = mapped_column(default=1)
    happened_at: Mapped[datetime]
    next_try_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    instance: Mapped[ProcessInstance] = relationship()


class PlannedStart(Numbered):
    """A process that begins by itself at a moment: the next cycle of upkeep."""

    __table_args__ = (UniqueConstraint("entity_id", "process"),)

    entity_id: Mapped[int] = mapped_column(ForeignKey("entity.id"))
    process: Mapped[str]
    at: Mapped[datetime] = mapped_column(index=True)
    entity: Mapped[Entity] = relationship()


class LogEntry(Chained, Numbered):
    """One act, append-only: who, when, what, old and new value."""

    __tablename__ = "log"
    __table_args__ = (
        Index("ix_log_entity_id_id", "entity_id", "id"),
        Index("ix_log_instance_id_id", "instance_id", "id"),
        # Who could use a code of an entity: see `app.people.access.barring`.
        partial_index("ix_log_code_held", "entity_id", "actor_id", where="kind = 'code.held'"),
        partial_index("ix_log_lets_in", "at", where=LETS_IN),
        partial_index("ix_log_documents", "id", where=DOCUMENTS_READ),
        # One reading a day: see `app.people.readings`.
        partial_index(
            "uq_log_readings",
            *("entity_id", "actor_id"),
            TextAt(literal_column("data"), "page"),
            TextAt(literal_column("data"), "day"),
            where="kind = 'data.read'",
            unique=True,
        ),
    )

    at: Mapped[datetime]
    kind: Mapped[str]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    entity_id: Mapped[int | None] = mapped_column(ForeignKey("entity.id"))
    instance_id: Mapped[int | None] = mapped_column(ForeignKey("process_instance.id"))
    task_id: Mapped[int | None] = mapped_column(ForeignKey("task.id"))
    data: Mapped[dict[str, Any]] = mapped_column(Document, default=dict)
    task: Mapped[Task | None] = relationship()
    actor: Mapped[User | None] = relationship()

"""Questions of entities with their messages, notes of coordinators, and texts to use again."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.base.models.base import Base, Numbered, partial_index
from app.base.models.entities import Entity, User
from app.base.models.process import Task
from app.base.models.records import FileUse

WAITING = "state = 'waiting'"


class Question(Numbered):
    """A question of an entity to the PCM, on one of its steps or on none: a thread of messages."""

    __table_args__ = (
        CheckConstraint("state in ('waiting', 'answered', 'closed')", name="state"),
        CheckConstraint("role in ('sip', 'sgtd')", name="role"),
        Index("ix_question_entity_id_id", "entity_id", "id"),
        partial_index("ix_question_waiting", "role", "waiting_since_at", where=WAITING),
        partial_index("ix_question_next_reminder_at", "next_reminder_at", where=WAITING),
    )

    entity_id: Mapped[int] = mapped_column(ForeignKey("entity.id"))
    #: The step that it is about; null for a question on none.
    task_id: Mapped[int | None] = mapped_column(ForeignKey("task.id"), index=True)
    #: The step's id; "" for a question on none.
    step: Mapped[str] = mapped_column(default="")
    #: The party that answers it, by the step's stage: sip or sgtd.
    role: Mapped[str]
    subject: Mapped[str]
    author_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    opened_at: Mapped[datetime]
    #: waiting (for the PCM), answered, closed.
    state: Mapped[str] = mapped_column(default="waiting")
    #: Since when it waits, or last waited, for the PCM.
    waiting_since_at: Mapped[datetime]
    #: The day (Lima) after which its term counts, and the working days of it.
    counted_on: Mapped[date]
    term_days: Mapped[int]
    #: The first instant after the last day of its term (midnight in Lima), as a task has it.
    due_at: Mapped[datetime | None]
    #: The last day (Lima) whose rung of the ladder was looked at, and when the next one is.
    reminded_on: Mapped[date | None]
    next_reminder_at: Mapped[datetime | None]
    #: Since when its step cannot go on without the answer; null when it can. It stays when the
    #: step ends first: read it with `is_blocking`.
    blocks_since_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    entity: Mapped[Entity] = relationship()
    task: Mapped[Task | None] = relationship()
    author: Mapped[User] = relationship()

    @property
    def is_blocking(self) -> bool:
        """Whether the step waits for the answer now: the mark of a step that is over is past."""
        marked = self.blocks_since_at is not None
        return marked and self.task is not None and self.task.state == "open"


class QuestionMessage(Numbered):
    """One message of a question, written on a page or by mail; never changed."""

    __table_args__ = (Index("ix_question_message_question_id_id", "question_id", "id"),)

    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"))
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    #: Whether the PCM is the author; otherwise the entity is.
    of_pcm: Mapped[bool]
    #: message; letter (a mail of an unknown sender, `by` is the coordinator who took it); differs
    #: (a coordinator says why the step can go on without the answer).
    kind: Mapped[str] = mapped_column(default="message")
    #: Plain text, and the text that a mail quoted below its own text.
    text: Mapped[str]
    quoted: Mapped[str] = mapped_column(default="")
    #: The paper that came with it.
    file_id: Mapped[str | None] = mapped_column(ForeignKey("file_use.id"))
    #: The mail by which it came.
    incoming_id: Mapped[int | None] = mapped_column(ForeignKey("incoming.id"))
    #: Idempotency key: the same form, or the same mail, is one message.
    key: Mapped[str] = mapped_column(unique=True)
    question: Mapped[Question] = relationship()
    by: Mapped[User] = relationship()
    file: Mapped[FileUse | None] = relationship()


class Note(Numbered):
    """A note of a coordinator on an entity; never shown to entities, never changed."""

    __table_args__ = (Index("ix_note_entity_id_id", "entity_id", "id"),)

    entity_id: Mapped[int] = mapped_column(ForeignKey("entity.id"))
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    text: Mapped[str]
    #: Idempotency key.
    key: Mapped[str] = mapped_column(unique=True)
    by: Mapped[User] = relationship()


class NoteMention(Base):
    """A colleague that a note mentions, who gets a mail."""

    note_id: Mapped[int] = mapped_column(ForeignKey("note.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    user: Mapped[User] = relationship()

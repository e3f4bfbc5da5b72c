"""Mails: outgoing and incoming mails, and the log of reminders, written before their mails."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.base.models.base import Base, Document, Numbered, partial_index
from app.base.models.entities import Entity, User
from app.base.models.process import Task
from app.base.models.questions import Question

#: The key of a reminder of a question.
OF_QUESTION = ("question_id", "due_on", "rung", "person")


class Mail(Numbered):
    """The outbox: a mail that follows from an act, written in the act's own transaction."""

    __table_args__ = (
        CheckConstraint(
            "state in ('waiting', 'sent', 'shown', 'dropped', 'failed', 'bounced')", name="state"
        ),
        partial_index("ix_mail_task_id", "task_id", where="task_id is not null"),
        partial_index("ix_mail_failed", "id", where="state = 'failed'"),
        partial_index(
            "uq_mail_digest", "person", "digest_on", where="digest_on is not null", unique=True
        ),
        partial_index("ix_mail_waiting", "id", where="state = 'waiting'"),
        partial_index(
            "ix_mail_lease_until_at", "lease_until_at", where="lease_until_at is not null"
        ),
    )

    message_id: Mapped[str] = mapped_column(unique=True)
    #: A key of `app.people.mail.KINDS`.
    kind: Mapped[str]
    to: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str]
    #: The recipient, as reminders name them: "u12" (a user's id), or an address.
    person: Mapped[str] = mapped_column(default="")
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    entity_id: Mapped[int | None] = mapped_column(ForeignKey("entity.id"), index=True)
    #: The step that it notifies of, where its term is a legal one; null for other mails.
    task_id: Mapped[int | None] = mapped_column(ForeignKey("task.id"))
    #: The question that it is about: replies come back to it; null for other mails.
    question_id: Mapped[int | None] = mapped_column(ForeignKey("question.id"))
    #: The day (in Lima) of a digest; a person gets one per day. Null for other mails.
    digest_on: Mapped[date | None]
    #: Calendar data of an invitation (`app.cases.meetings`); null for other mails.
    meeting: Mapped[dict[str, Any] | None] = mapped_column(Document)
    #: For a mail of reminders: the status texts of its entities, as in its text, by their ids.
    paths: Mapped[dict[str, Any] | None] = mapped_column(Document)
    #: A stored file that goes with it; null for most mails.
    file_id: Mapped[str | None] = mapped_column(ForeignKey("file_use.id"))
    created_at: Mapped[datetime] = mapped_column(index=True)
    #: It is not sent before (the hours of sending of the ladder); null: at once.
    not_before_at: Mapped[datetime | None]
    #: waiting; sent (the server took it); shown (no server is configured: it is on the page
    #: alone); dropped (nothing in it was true any more); failed (given up); bounced.
    state: Mapped[str] = mapped_column(default="waiting")
    #: When it was sent, or shown.
    sent_at: Mapped[datetime | None] = mapped_column(index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    #: By the database's clock: the next try, and the end of a worker's lease. The lease stays in
    #: the row after the try: it counts the tries of the last minute.
    next_try_at: Mapped[datetime | None]
    lease_until_at: Mapped[datetime | None]
    #: A try ended without the server's answer: it may have taken the mail.
    uncertain: Mapped[bool] = mapped_column(default=False)
    #: The server's last answer, or why it was dropped.
    error: Mapped[str] = mapped_column(default="")
    #: When it came back; of one that could not be delivered for now, too (which stays `sent`).
    bounced_at: Mapped[datetime | None]
    user: Mapped[User | None] = relationship()
    entity: Mapped[Entity | None] = relationship()


class Reminder(Numbered):
    """The reminder log: a reminder of a task, or of a question that waits for the PCM, for a
    person, before it is (part of) a mail.

    Its key prevents writing one twice.
    """

    __table_args__ = (
        UniqueConstraint("task_id", "due_on", "rung", "person"),
        partial_index(
            "uq_reminder_question",
            *OF_QUESTION,
            where="question_id is not null",
            unique=True,
        ),
        CheckConstraint("(task_id is null) <> (question_id is null)", name="about"),
        CheckConstraint(
            "state in ('waiting', 'mailed', 'answered', 'muted', 'unsubscribed', 'no_address', "
            "'dead_address')",
            name="state",
        ),
        partial_index("ix_reminder_waiting", "person", where="state = 'waiting'"),
    )

    #: Either the task or the question that it is about.
    task_id: Mapped[int | None] = mapped_column(ForeignKey("task.id"))
    question_id: Mapped[int | None] = mapped_column(ForeignKey("question.id"))
    #: The last day of its term when the row was written (Lima).
    due_on: Mapped[date]
    #: "arrival", the working days left of the ladder ("2", "0", "-3"), "moved 2026-07-20" (the
    #: earlier last day, and "m5" or "r5" where the migration of cases 5 moved it, or returned it),
    #: "back r5" (the step went back as the case returned from migration 5), "week 2026-07-20" (its
    #: Monday), or "now 2026-07-22T15:04:05Z" where a coordinator sent it manually.
    rung: Mapped[str]
    #: "u12" (a user's id), or an address where there is no account yet.
    person: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    address: Mapped[str] = mapped_column(default="")
    #: The table's words: which mail, and in which role the person gets it (lane, alternate …).
    mail_kind: Mapped[str]
    recipient: Mapped[str]
    #: waiting for the person's digest; mailed; answered (the step was done before it went out);
    #: muted, unsubscribed, no_address, dead_address: nothing goes out, and this is why.
    state: Mapped[str] = mapped_column(default="waiting")
    created_at: Mapped[datetime] = mapped_column(index=True)
    #: The coordinator who sent it manually.
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    mail_id: Mapped[int | None] = mapped_column(ForeignKey("mail.id"), index=True)
    task: Mapped[Task | None] = relationship()
    question: Mapped[Question | None] = relationship()
    user: Mapped[User | None] = relationship(foreign_keys=[user_id])
    mail: Mapped[Mail | None] = relationship()

    @property
    def about(self) -> Task | Question:
        """The task or the question that it is about."""
        one = self.task or self.question
        assert one is not None  # noqa: S101 - ck_reminder_about
        return one


class ReminderHold(Numbered):
    """Reminders that a coordinator holds back: of an entity, a stage, a region, a day, a person."""

    __table_args__ = (
        CheckConstraint("scope in ('entity', 'stage', 'region', 'day', 'person')", name="scope"),
    )

    scope: Mapped[str]
    #: An entity's code, a stage's id, a department's name, an ISO day, or "u12".
    value: Mapped[str]
    #: The last day on which it holds; null until it is lifted.
    until_on: Mapped[date | None]
    reason: Mapped[str]
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    lifted_at: Mapped[datetime | None]
    lifted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_by: Mapped[User | None] = relationship(foreign_keys=[created_by_id])


class Address(Base):
    """The bounces of an address; a dead address gets no reminders."""

    #: In lower case.
    address: Mapped[str] = mapped_column(primary_key=True)
    hard_bounces: Mapped[int] = mapped_column(default=0)
    soft_bounces: Mapped[int] = mapped_column(default=0)
    complaints: Mapped[int] = mapped_column(default=0)
    last_at: Mapped[datetime | None]
    #: Since when nothing is sent there; null again once a person confirmed that it works.
    dead_at: Mapped[datetime | None]


class MailDomain(Base):
    """A mail domain that refused us as a whole; while it rests, no mail goes there."""

    #: In lower case.
    domain: Mapped[str] = mapped_column(primary_key=True)
    since_at: Mapped[datetime]
    #: When the superuser let sending begin again; null while it rests.
    resumed_at: Mapped[datetime | None]
    #: How many of an hour's mails came back as to no such address, and how many were sent.
    hard: Mapped[int]
    sent: Mapped[int]


class Incoming(Numbered):
    """A message that came by mail. People read it; it triggers no act."""

    #: SHA-256 of its bytes: the same message twice is one.
    digest: Mapped[str] = mapped_column(unique=True)
    #: hard, soft, automatic, complaint, answer, or unknown (no person could be identified).
    kind: Mapped[str]
    sender: Mapped[str] = mapped_column(default="")
    subject: Mapped[str] = mapped_column(default="")
    #: Plain text, shortened; never HTML.
    body: Mapped[str] = mapped_column(default="")
    received_at: Mapped[datetime]
    #: The mail of ours that it is about, and so the person and the entity.
    mail_id: Mapped[int | None] = mapped_column(ForeignKey("mail.id"))
    #: It came to that mail's own return path, which cannot be guessed. Only then does its content
    #: count: bounces can be forged.
    verified: Mapped[bool] = mapped_column(default=False)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    entity_id: Mapped[int | None] = mapped_column(ForeignKey("entity.id"), index=True)
    #: The question that it seems to answer; null for other messages.
    question_id: Mapped[int | None] = mapped_column(ForeignKey("question.id"))
    mail: Mapped[Mail | None] = relationship()
    entity: Mapped[Entity | None] = relationship()
    user: Mapped[User | None] = relationship()


class SpooledMessage(Numbered):
    """A message as it came by mail, until the worker has read it (`Incoming`)."""

    digest: Mapped[str] = mapped_column(unique=True)
    #: The address of delivery that the MTA stated.
    recipient: Mapped[str]
    #: Bytes of the whole message; of one that is too large, `content` is the beginning.
    size: Mapped[int]
    content: Mapped[bytes]
    #: When the worker last began to read it; null before.
    tried_at: Mapped[datetime | None]


class Meeting(Numbered):
    """A meeting to which invitations went out: its current state in the guests' calendars."""

    __table_args__ = (UniqueConstraint("instance_id", "key"),)

    #: The UID of RFC 5545: the same for the request, its updates and its cancellation.
    uid: Mapped[str] = mapped_column(unique=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"))
    entity_id: Mapped[int] = mapped_column(ForeignKey("entity.id"))
    #: thematic, technical, or training-1 …
    key: Mapped[str]
    sequence: Mapped[int] = mapped_column(default=0)
    #: When its row last changed.
    changed_at: Mapped[datetime]
    at: Mapped[datetime]
    minutes: Mapped[int]
    summary: Mapped[str]
    place: Mapped[str] = mapped_column(default="")
    link: Mapped[str] = mapped_column(default="")
    #: The invited guests: [{"person": "u12", "address": …, "name": …}].
    guests: Mapped[list[Any]] = mapped_column(Document, default=list)
    cancelled_at: Mapped[datetime | None]

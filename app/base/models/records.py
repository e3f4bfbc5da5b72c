"""The results of steps: documents by name, rosters, filings, sessions, files, papers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.base.models.base import (
    Base,
    Document,
    NamesOf,
    Numbered,
    TextAt,
)
from app.base.models.entities import User

#: Person of a designation → their names in its documents.
NAMES_IN_DESIGNATIONS = {
    "authority": NamesOf("record", (), "authority"),
    "holder": NamesOf("record", ("holder",), "administrator"),
    "alternate": NamesOf("record", ("alternate",), "administrator"),
}


class Record(Numbered):
    """A version of a named document of an entity; the newest one counts, none is changed."""

    __table_args__ = (
        Index("ix_record_entity_id_name_id", "entity_id", "name", "id"),
        Index("ix_record_instance_id_name_id", "instance_id", "name", "id"),
        *(names.index() for names in NAMES_IN_DESIGNATIONS.values()),
    )

    entity_id: Mapped[int] = mapped_column(ForeignKey("entity.id"))
    instance_id: Mapped[int | None] = mapped_column(ForeignKey("process_instance.id"))
    task_id: Mapped[int | None] = mapped_column(ForeignKey("task.id"))
    name: Mapped[str]
    data: Mapped[dict[str, Any]] = mapped_column(Document)
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


def _of_person(column: str, name: str, *path: str) -> Index:
    """Return an index that finds the documents of a name by a person in them."""
    where = text(f"name = '{name}'")
    found = TextAt(Record.data, *path, "document_number")
    return Index(f"ix_record_{column}", found, sqlite_where=where, postgresql_where=where)


_of_person("authority", "authority")
_of_person("holder", "administrator", "holder")
_of_person("alternate", "administrator", "alternate")


NAMES_IN_ROSTERS = NamesOf("personnel_row")


class PersonnelRow(Base):
    """A row of a roster (format SIP-RVL-002); `record_id` is the version that it belongs to."""

    #: Queries look for people in one version of a roster, or in the rosters of all entities.
    __table_args__ = (
        Index("ix_personnel_row_record_id_document_number", "record_id", "document_number"),
        Index("ix_personnel_row_document_number", "document_number"),
        NAMES_IN_ROSTERS.index(),
    )

    record_id: Mapped[int] = mapped_column(ForeignKey("record.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    document_type: Mapped[str]
    document_number: Mapped[str]
    given_names: Mapped[str]
    surnames: Mapped[str]
    post: Mapped[str]
    unit: Mapped[str]
    site: Mapped[str]
    email: Mapped[str]
    profile: Mapped[str]
    movement: Mapped[str]


class Filing(Numbered):
    """A presentation at the mesa de partes and its outcome."""

    __table_args__ = (
        CheckConstraint("kind in ('designation', 'personnel')", name="kind"),
        Index("ix_filing_instance_id_kind", "instance_id", "kind"),
    )

    entity_id: Mapped[int] = mapped_column(ForeignKey("entity.id"))
    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"))
    kind: Mapped[str]
    number: Mapped[str]
    presented_at: Mapped[datetime]
    cut: Mapped[str] = mapped_column(default="")
    received_at: Mapped[datetime | None]
    desk_observed: Mapped[bool] = mapped_column(default=False)
    rounds: Mapped[int] = mapped_column(default=0)
    #: Paper kind → document id of the signed file.
    signed: Mapped[dict[str, str]] = mapped_column(Document, default=dict)
    #: Paper kind → number and date (ISO) of a letter that the entity wrote itself; None if none.
    own: Mapped[dict[str, Any] | None] = mapped_column(Document)
    observations: Mapped[list[Any]] = mapped_column(Document, default=list)
    #: accepted, replaced, not_presented, out_of_scope, not_filed, lapsed; "" while open.
    result: Mapped[str] = mapped_column(default="")
    ground: Mapped[str] = mapped_column(default="")
    closed_at: Mapped[datetime | None]

    @property
    def reception_at(self) -> datetime | None:
        """When the mesa de partes received what `number` and `presented_at` say.

        None for a correction that went straight back to its review, which keeps the
        `received_at` of the presentation before it.
        """
        at = self.received_at
        return at if at and at >= self.presented_at else None


class StoredFile(Base):
    """Bytes that were uploaded or made here, once per content, outside the web root."""

    sha256: Mapped[str] = mapped_column(primary_key=True)
    size: Mapped[int]
    media_type: Mapped[str]
    pages: Mapped[int | None]
    created_at: Mapped[datetime]
    #: When its bytes were last compared with its hash, and the damage: missing, changed or "".
    checked_at: Mapped[datetime | None]
    damage: Mapped[str] = mapped_column(default="")
    #: When its bytes were removed, at the end of their time (`app.base.config.retention`); None
    #: while they are there.
    removed_at: Mapped[datetime | None]


class FileUse(Base):
    """A stored file as a paper of an entity and a task: who brought it and when.

    `id` is random, and still served only to who may read it.
    """

    id: Mapped[str] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(ForeignKey("stored_file.sha256"))
    #: The name of the file. Never shown: older releases kept the uploader's (`files.title_of`).
    name: Mapped[str]
    #: upload, or a paper's kind (see `app.cases.papers`).
    kind: Mapped[str]
    #: For an upload: which official paper it is (`forms.papers.OFFICIAL`); "" if not known.
    paper: Mapped[str] = mapped_column(default="")
    title: Mapped[str] = mapped_column(default="")
    entity_id: Mapped[int] = mapped_column(ForeignKey("entity.id"), index=True)
    instance_id: Mapped[int | None] = mapped_column(ForeignKey("process_instance.id"))
    task_id: Mapped[int | None] = mapped_column(ForeignKey("task.id"), index=True)
    created_at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    #: Since when it has no effect: its entity corrected its content before it was presented. It
    #: stays readable, and is never presented.
    void_at: Mapped[datetime | None]
    #: For an upload: what was found in it as it came (`app.cases.papers.preflight.findings`); None
    #: if it was not looked at, as before 0.8.
    findings: Mapped[list[Any] | None] = mapped_column(Document)
    #: For an upload: the code of the issued paper of which it is a copy, None if that is unknown.
    issued_code: Mapped[str | None]
    #: Why it was presented although a finding had stopped it; "" without one.
    as_is: Mapped[str] = mapped_column(default="")
    file: Mapped[StoredFile] = relationship(lazy="joined")
    by: Mapped[User | None] = relationship()


class InductionSession(Numbered):
    """A session that coordinators publish; seats are never exceeded."""

    __table_args__ = (
        CheckConstraint("topic in ('thematic', 'technical')", name="topic"),
        CheckConstraint("seats >= 1", name="seats"),
        CheckConstraint("taken >= 0 and taken <= seats", name="taken"),
    )

    topic: Mapped[str]
    at: Mapped[datetime] = mapped_column(index=True)
    minutes: Mapped[int]
    place: Mapped[str] = mapped_column(default="")
    link: Mapped[str] = mapped_column(default="")
    seats: Mapped[int]
    #: Kept by the acts that take and leave seats; the check constraint guards it.
    taken: Mapped[int] = mapped_column(default=0)
    cancelled: Mapped[bool] = mapped_column(default=False)
    #: How often its day, length or place changed, and when it last did: for calendars.
    sequence: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class Seat(Numbered):
    """An entity's seat in a published session. It stays when the session has begun."""

    __table_args__ = (UniqueConstraint("session_id", "instance_id"),)

    session_id: Mapped[int] = mapped_column(ForeignKey("induction_session.id"))
    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"), index=True)
    taken_at: Mapped[datetime]
    session: Mapped[InductionSession] = relationship()


class WaitingSeat(Numbered):
    """A case on the waiting list of a published session: in the order of the ids."""

    __table_args__ = (UniqueConstraint("session_id", "instance_id"),)

    session_id: Mapped[int] = mapped_column(ForeignKey("induction_session.id"))
    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"), index=True)
    since_at: Mapped[datetime]
    session: Mapped[InductionSession] = relationship()


class Material(Numbered):
    """A version of a material of a stage: a file or a link, under a norm, since a day.

    Versions of one material have the same stage and title; earlier ones stay readable.
    """

    __table_args__ = (
        CheckConstraint("(sha256 is null) <> (link = '')", name="content"),
        UniqueConstraint("stage", "title", "version"),
    )

    stage: Mapped[str]
    title: Mapped[str]
    #: 1 for the first version.
    version: Mapped[int]
    norm: Mapped[str]
    since_on: Mapped[date]
    #: An address; "" for a file.
    link: Mapped[str] = mapped_column(default="")
    sha256: Mapped[str | None] = mapped_column(ForeignKey("stored_file.sha256"))
    created_at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    #: Since when the material is not shown any more; None while it is.
    withdrawn_at: Mapped[datetime | None]
    file: Mapped[StoredFile | None] = relationship(lazy="joined")
    by: Mapped[User | None] = relationship()

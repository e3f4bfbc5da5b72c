"""Issued papers: their codes, numbers and versions; what was read in files; photographed pages."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.base.models.base import Base, Chained, Document
from app.base.models.entities import Entity
from app.base.models.records import FileUse


class IssuedPaper(Chained, Base):
    """A paper that the application issued: anyone who has its code can verify it.

    It is in force unless a later version replaced it (`replaced_by`) or it is void (`void_at`).
    """

    __table_args__ = (
        Index("ix_issued_paper_instance_id_document", "instance_id", "document"),
        Index("ix_issued_paper_entity_id", "entity_id"),
        Index("ix_issued_paper_sha256", "sha256"),
        Index("ix_issued_paper_signed_id", "signed_id"),
    )

    #: 16 letters of Crockford's base 32, without separators (`app.cases.papers.issued`).
    code: Mapped[str] = mapped_column(primary_key=True)
    #: The kind of paper: see `app.cases.papers.KINDS`, and `carta_activacion`.
    kind: Mapped[str]
    #: The document that it is a version of, within its case: the kind, and its stage or round.
    document: Mapped[str]
    entity_id: Mapped[int] = mapped_column(ForeignKey("entity.id"))
    instance_id: Mapped[int | None] = mapped_column(ForeignKey("process_instance.id"))
    #: The stored file; letters with codes are not stored.
    file_id: Mapped[str | None] = mapped_column(ForeignKey("file_use.id"), unique=True)
    sha256: Mapped[str]
    #: Bytes of the issued file.
    size: Mapped[int]
    #: Number and date that are printed on it, or that its signer gave it; "" and None if none.
    number: Mapped[str] = mapped_column(default="", server_default=text("''"))
    #: The issued file has a blank line for its number: the signer gave it.
    has_blanks: Mapped[bool] = mapped_column(default=False, server_default=false())
    dated_on: Mapped[date | None]
    issued_at: Mapped[datetime]
    replaced_by: Mapped[str | None] = mapped_column(ForeignKey("issued_paper.code"))
    #: Since when it is void («anulada»).
    void_at: Mapped[datetime | None]
    #: The file that was presented or registered as its signed copy, and when. Whether it is one:
    #: `app.cases.papers.issued.standing.has_signed_copy`.
    signed_id: Mapped[str | None] = mapped_column(ForeignKey("file_use.id"))
    signed_at: Mapped[datetime | None]
    entity: Mapped[Entity] = relationship()
    file: Mapped[FileUse | None] = relationship(foreign_keys=[file_id])
    signed: Mapped[FileUse | None] = relationship(foreign_keys=[signed_id])


class NumberSeries(Base):
    """The last number that was given in a series of a year; its row is locked to give the next."""

    __table_args__ = (CheckConstraint("last >= 0", name="last"),)

    series: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]


class ReadFile(Base):
    """What a reader found in the bytes of a stored file (`app.cases.papers.preflight.facts`)."""

    sha256: Mapped[str] = mapped_column(ForeignKey("stored_file.sha256"), primary_key=True)
    facts: Mapped[dict[str, Any]] = mapped_column(Document)
    read_at: Mapped[datetime]


class StagedPage(Base):
    """A page of a photographed document that waits for the others (`app.base.files.staged`)."""

    __table_args__ = (Index("ix_staged_page_created_at", "created_at"),)

    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"), primary_key=True)
    #: The full name of the field that takes the document.
    field: Mapped[str] = mapped_column(primary_key=True)
    #: What the browser calls the page: a repeated request adds it once.
    key: Mapped[str] = mapped_column(primary_key=True)
    #: Its place in the document, from 1.
    place: Mapped[int]
    sha256: Mapped[str]
    #: Its bytes, at most 240,000; null for a page of release 0.8.0, which had it in a folder.
    jpeg: Mapped[bytes | None] = mapped_column(deferred=True)
    #: Sides in points.
    width: Mapped[int]
    height: Mapped[int]
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]

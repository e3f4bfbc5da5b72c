"""Issued papers: their codes, numbers and versions; what was read in files; photographed pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    and_,
    false,
    func,
    select,
    text,
)
from sqlalchemy.orm import (
    Mapped,
    Session,
    column_property,
    mapped_column,
    object_session,
    relationship,
    validates,
)
from sqlalchemy.orm.attributes import set_committed_value

from app.base.models.base import Base, Chained, Document, Numbered, partial_index
from app.base.models.entities import Entity
from app.base.models.records import FileUse

#: SQL: a number as numbers are compared, in capitals and without spaces.
PLAIN_NUMBER = "replace(upper(number), ' ', '')"


class PaperAct(Chained, Numbered):
    """What followed the issue of a paper. Never changed.

    Each column that is not null is true of the paper from here on, until a later act says
    otherwise: a number and a date, a signed copy, a later version, or that it is void.
    """

    __table_args__ = (
        Index("ix_paper_act_code", "code"),
        # Partial, since most acts have neither: SQLite would think such an index useless.
        partial_index("ix_paper_act_signed_id", "signed_id", where="signed_id is not null"),
        partial_index("ix_paper_act_number", text(PLAIN_NUMBER), where="number is not null"),
    )

    code: Mapped[str] = mapped_column(ForeignKey("issued_paper.code"))
    at: Mapped[datetime]
    number: Mapped[str | None]
    has_blanks: Mapped[bool | None]
    dated_on: Mapped[date | None]
    replaced_by: Mapped[str | None] = mapped_column(ForeignKey("issued_paper.code"))
    void_at: Mapped[datetime | None]
    signed_id: Mapped[str | None] = mapped_column(ForeignKey("file_use.id"))
    paper: Mapped[IssuedPaper] = relationship(foreign_keys=[code])


def _newest(code: Any, name: str) -> ColumnElement[Any]:
    """Return what the newest act says of a paper, null if none does."""
    act = PaperAct.__table__.alias()
    # Sorted, not filtered: so only the index of codes can serve it.
    said = select(act.c[name]).where(act.c.code == code).correlate_except(act)
    return said.order_by(act.c[name].is_(None), act.c.id.desc()).limit(1).scalar_subquery()


class IssuedPaper(Chained, Base):
    """A paper that the application issued: anyone who has its code can verify it.

    Its row never changes. What follows is a row of `PaperAct`, which `add_act` writes. It is in
    force unless a later version replaced it (`replaced_by`) or it is void (`void_at`).
    """

    __table_args__ = (
        Index("ix_issued_paper_instance_id_document", "instance_id", "document"),
        Index("ix_issued_paper_entity_id", "entity_id"),
        Index("ix_issued_paper_sha256", "sha256"),
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
    issued_at: Mapped[datetime]
    #: Number and date that are printed on it, or that its signer gave it; "" and None if none.
    number: Mapped[str] = column_property(func.coalesce(_newest(code, "number"), ""))
    dated_on: Mapped[date | None] = column_property(_newest(code, "dated_on"))
    #: The issued file has a blank line for its number: the signer gave it.
    has_blanks: Mapped[bool] = column_property(func.coalesce(_newest(code, "has_blanks"), false()))
    replaced_by: Mapped[str | None] = column_property(_newest(code, "replaced_by"))
    #: Since when it is void («anulada»).
    void_at: Mapped[datetime | None] = column_property(_newest(code, "void_at"))
    #: The file that was presented or registered as its signed copy. Whether it is one:
    #: `app.cases.papers.issued.standing.is_taken_as_signed`.
    signed_id: Mapped[str | None] = column_property(_newest(code, "signed_id"))
    entity: Mapped[Entity] = relationship()
    file: Mapped[FileUse | None] = relationship(foreign_keys=[file_id])

    @property
    def signed(self) -> FileUse | None:
        """The file that was presented or registered as its signed copy."""
        return self._session.get(FileUse, self.signed_id) if self.signed_id else None

    def add_act(self, at: datetime, **facts: Any) -> None:
        """Enter what follows its issue: columns of `PaperAct`. No flush."""
        self._session.add(PaperAct(paper=self, at=at, **facts))
        for name, value in facts.items():
            if value is not None:
                set_committed_value(self, name, value)

    @classmethod
    def have(
        cls, name: str, condition: Callable[[ColumnElement[Any]], ColumnElement[bool]]
    ) -> ColumnElement[bool]:
        """Return the condition that an act once gave a paper such a text.

        It uses the indexes on that column, which a condition on the newest value cannot.
        """
        act = PaperAct.__table__
        given = select(act.c.code).where(act.c[name].is_not(None), condition(act.c[name]))
        return cls.code.in_(given)

    @classmethod
    def has_copy(cls, file_id: Any) -> ColumnElement[bool]:
        """Return the condition that a file is registered as the signed copy of a paper."""
        return and_(cls.have("signed_id", lambda one: one == file_id), cls.signed_id == file_id)

    @property
    def _session(self) -> Session:
        session = object_session(self)
        if session is None:
            raise ValueError("a paper of no session")
        return session

    @validates("number", "dated_on", "has_blanks", "replaced_by", "void_at", "signed_id")
    def _refuse(self, name: str, value: Any) -> None:
        raise AttributeError(f"{name} of a paper follows from its acts: use add_act")


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
    #: Its bytes, at most 240,000.
    jpeg: Mapped[bytes] = mapped_column(deferred=True)
    #: Sides in points.
    width: Mapped[int]
    height: Mapped[int]
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]

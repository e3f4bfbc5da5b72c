"""Visits, interest acts, planned visits, and files of past ones.

A visit has one row that is brought up to date (`Visit`: what lists, searches and exports read),
and a row per version that never is (`VisitVersion`). Data that may have to be suppressed one day
(names, numbers, free text) is stored apart from the version, in `VisitSubject`.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.base.models.base import Base, Chained, Document, Numbered, partial_index
from app.base.models.registers import PostHolder, Register
from app.base.urls import path_for

#: Keys of tables that grow by the million; SQLite numbers the rows of an INTEGER key alone.
BigId = BigInteger().with_variant(Integer(), "sqlite")

#: The visits of production that the public sees by default: neither annulled nor removed.
LISTED = "audience = 'public' and state = 'standing'"
#: The annulled visits, which a public query finds only if it requests them.
ANNULLED = "audience = 'public' and state = 'annulled'"
#: Visitors who come for an entity with a RUC.
REPRESENTED = "visitor_entity_ruc <> ''"
#: Versions that changed the values of a visit.
CORRECTED = "act in ('correction', 'annulment')"


class Visit(Base):
    """The current state of a visit, which lists, searches and exports read.

    Its texts are copies from its newest version, so that a million visits can be read in order and
    exported without a join. Only `app.register.visits.writing` writes it.
    """

    __table_args__ = (
        UniqueConstraint("code"),
        UniqueConstraint("rank"),
        CheckConstraint("audience in ('public', 'demo', 'reserved')", name="audience"),
        CheckConstraint("state in ('standing', 'annulled', 'suppressed')", name="state"),
        CheckConstraint("exit_state in ('inside', 'left', 'unknown')", name="exit_state"),
        CheckConstraint("(exit_at is not null) = (exit_state = 'left')", name="exit_at"),
        Index("ix_visit_register_id_rank", "register_id", "rank"),
        Index("ix_visit_visitor_key_rank", "visitor_key", "rank"),
        Index("ix_visit_changed_in_id", "changed_in", "id"),
        partial_index("ix_visit_represented", "visitor_entity_ruc", "rank", where=REPRESENTED),
        partial_index("ix_visit_listed", "rank", "category", where=LISTED),
        partial_index("ix_visit_annulled", "rank", where=ANNULLED),
        partial_index("ix_visit_interest", "rank", where=f"interest and {LISTED}"),
        partial_index("ix_visit_inside", "register_id", "rank", where="exit_state = 'inside'"),
        partial_index(
            "uq_visit_submission",
            "register_id",
            "submission",
            where="submission is not null",
            unique=True,
        ),
        Index(
            "ix_visit_search_text",
            "search_text",
            postgresql_using="gin",
            postgresql_ops={"search_text": "gin_trgm_ops"},
        ).ddl_if(dialect="postgresql"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    #: Its public name, in its address for good: ten characters of Crockford's base 32.
    code: Mapped[str]
    register_id: Mapped[int] = mapped_column(ForeignKey("register.id"))
    audience: Mapped[str]
    state: Mapped[str] = mapped_column(default="standing")
    #: Orders all visits by their moment (see `app.register.facts.keys.rank`); unique.
    rank: Mapped[int] = mapped_column(BigInteger)
    visit_on: Mapped[date]
    #: Null where an imported visit has a day alone.
    entry_at: Mapped[datetime | None]
    exit_at: Mapped[datetime | None]
    #: inside; left (then `exit_at` says when); unknown: *salida no registrada*.
    exit_state: Mapped[str]
    #: When it was registered at first, and when it was last changed.
    recorded_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    #: The transaction of its last change: what mirrors follow (see `app.register.export.changes`).
    changed_in: Mapped[int] = mapped_column(BigInteger)
    #: How many versions it has.
    versions: Mapped[int] = mapped_column(default=1)
    #: zaguan, or where an import took it from: official_platform, own_system, imported.
    source: Mapped[str]
    #: For a visit of an export of many entities: the last day that the export covers.
    cut_off_on: Mapped[date | None]
    #: The name as the public table writes it: surnames first.
    visitor_name: Mapped[str]
    document_type: Mapped[str]
    document_number: Mapped[str]
    #: Tells namesakes apart in public (`facts.keys.visitor_key`); "" without a document.
    visitor_key: Mapped[str]
    #: public, private (an entity that the visitor represents), self.
    visitor_kind: Mapped[str]
    visitor_entity: Mapped[str]
    visitor_entity_ruc: Mapped[str]
    official_id: Mapped[int | None] = mapped_column(ForeignKey("post_holder.id"))
    official_name: Mapped[str]
    official_unit: Mapped[str]
    official_post: Mapped[str]
    #: work, services, interests, other.
    category: Mapped[str]
    motive: Mapped[str]
    site: Mapped[str]
    place: Mapped[str]
    #: "", late, outage_external, outage_internal.
    observation: Mapped[str]
    #: Whether its motive is an interest act or one is attached to it.
    interest: Mapped[bool]
    norm_version: Mapped[str]
    #: Shared by those who came together; "" alone.
    group_code: Mapped[str] = mapped_column(default="")
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    #: The form that it came by, so that one sent twice is one visit; of an import, its row.
    submission: Mapped[str | None]
    #: Visitor, official, represented entity and motive as searches compare them.
    search_text: Mapped[str]
    register: Mapped[Register] = relationship()

    @property
    def url(self) -> str:
        """Its permanent address; of a demo, behind sign-in."""
        return path_for("public_visit.show", visit=self.code)


class VisitVersion(Chained, Base):
    """One version of a visit: its author, act, time, reason and values. Never changed."""

    __table_args__ = (
        UniqueConstraint("visit_id", "number"),
        partial_index("ix_visit_version_corrected", "id", where=CORRECTED),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"))
    number: Mapped[int]
    #: entry, exit, exit_unknown, correction, annulment, reservation, import, interest,
    #: interest_withdrawn.
    act: Mapped[str]
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    reason: Mapped[str] = mapped_column(default="")
    #: Its values, without those that may have to be suppressed (see `app.register.facts.declared`).
    facts: Mapped[dict[str, Any]] = mapped_column(Document)
    subject: Mapped[VisitSubject | None] = relationship(lazy="joined")


class VisitSubject(Chained, Base):
    """The personal data and free text of a version: the part that may be suppressed."""

    version_id: Mapped[int] = mapped_column(ForeignKey("visit_version.id"), primary_key=True)
    data: Mapped[dict[str, Any]] = mapped_column(Document)


class Reservation(Base):
    """A visit that must not be shown: who authorised that, by which norm, to be reviewed when."""

    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"), primary_key=True)
    authorised_by: Mapped[str]
    norm: Mapped[str]
    review_on: Mapped[date]
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class Suppression(Numbered):
    """A review of a visit's personal data: hidden at once, then suppressed or shown again.

    It never contains what was suppressed.
    """

    __table_args__ = (
        CheckConstraint("state in ('hidden', 'suppressed', 'shown')", name="state"),
        CheckConstraint("ground in ('other_person', 'minor', 'unlawful')", name="ground"),
        CheckConstraint("(decided_at is null) = (state = 'hidden')", name="decided_at"),
        partial_index("uq_suppression_hidden", "visit_id", where="state = 'hidden'", unique=True),
        Index("ix_suppression_visit_id", "visit_id"),
    )

    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"))
    state: Mapped[str] = mapped_column(default="hidden")
    #: other_person, minor, unlawful.
    ground: Mapped[str]
    #: The audience of the visit before it was hidden.
    audience: Mapped[str]
    hidden_at: Mapped[datetime]
    hidden_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    #: The first instant after the last day of the term to decide.
    due_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    #: Names of the suppressed groups of fields (`app.register.suppression.fields.GROUPS`).
    fields: Mapped[list[Any]] = mapped_column(Document, default=list)
    #: Keyed hashes by which an import recognises the visit (`app.register.suppression.marks`).
    marks: Mapped[list[str] | None] = mapped_column(Document, deferred=True)
    visit: Mapped[Visit] = relationship()


class RightsRequest(Numbered):
    """A request of a person about their data in a register, and its answer."""

    __table_args__ = (
        CheckConstraint(
            "kind in ('information', 'access', 'rectification', 'suppression')", name="kind"
        ),
        CheckConstraint("state in ('waiting', 'granted', 'refused')", name="state"),
        CheckConstraint("(answered_at is null) = (state = 'waiting')", name="answered_at"),
        Index("ix_rights_request_register_id_due_at", "register_id", "due_at"),
    )

    register_id: Mapped[int] = mapped_column(ForeignKey("register.id"))
    #: Null for a request about all data that the entity has of the person.
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"))
    #: information, access, rectification, suppression.
    kind: Mapped[str]
    #: The person who asks, and their address; of a child nothing is stored.
    name: Mapped[str]
    email: Mapped[str]
    detail: Mapped[str] = mapped_column(default="")
    #: Whether a parent or tutor asks for a child.
    for_minor: Mapped[bool] = mapped_column(default=False)
    #: waiting, granted, refused.
    state: Mapped[str] = mapped_column(default="waiting")
    received_at: Mapped[datetime]
    #: The working days of the term, and the first instant after its last day.
    term_days: Mapped[int]
    due_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    answer: Mapped[str] = mapped_column(default="")
    register: Mapped[Register] = relationship()
    visit: Mapped[Visit | None] = relationship()


class InterestAct(Chained, Numbered):
    """A version of an act of *gestión de intereses*; the newest of a code counts."""

    __table_args__ = (
        UniqueConstraint("code", "number"),
        UniqueConstraint("register_id", "submission"),
        Index("ix_interest_act_register_id_held_on", "register_id", "held_on"),
        partial_index("ix_interest_act_newest", "held_on", "id", where="newest"),
    )

    #: Its public name, shared by its versions.
    code: Mapped[str]
    number: Mapped[int] = mapped_column(default=1)
    #: Whether no newer version replaced it; besides `audience`, which follows its visit's, the one
    #: field that changes.
    newest: Mapped[bool] = mapped_column(default=True)
    #: record, correction, annulment.
    act: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    register_id: Mapped[int] = mapped_column(ForeignKey("register.id"))
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"), index=True)
    planned_visit_id: Mapped[int | None] = mapped_column(ForeignKey("planned_visit.id"))
    audience: Mapped[str]
    held_on: Mapped[date]
    held_at: Mapped[datetime | None]
    decision_maker_id: Mapped[int] = mapped_column(ForeignKey("post_holder.id"))
    #: The holder and the post at that moment.
    holder_name: Mapped[str]
    holder_post: Mapped[str]
    holder_unit: Mapped[str]
    #: The author of the act.
    actor_name: Mapped[str]
    document_type: Mapped[str]
    document_number: Mapped[str]
    visitor_key: Mapped[str]
    #: own, third: in whose interest.
    interest_of: Mapped[str]
    third_name: Mapped[str] = mapped_column(default="")
    third_ruc: Mapped[str] = mapped_column(default="")
    decision_sought: Mapped[str]
    matter: Mapped[str]
    documents: Mapped[str] = mapped_column(default="")
    place: Mapped[str]
    #: False where the visitor did not declare it and the official recorded the omission.
    declared: Mapped[bool] = mapped_column(default=True)
    norm_version: Mapped[str]
    recorded_at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    submission: Mapped[str]
    search_text: Mapped[str]
    register: Mapped[Register] = relationship()
    visit: Mapped[Visit | None] = relationship()

    @property
    def url(self) -> str:
        """Its permanent address."""
        return path_for("public_acts.show", act=self.code)


class PlannedVisit(Numbered):
    """A visit that an official's office expects; the desk only confirms that it came."""

    __table_args__ = (
        UniqueConstraint("register_id", "submission"),
        CheckConstraint("state in ('expected', 'arrived', 'cancelled')", name="state"),
        Index("ix_planned_visit_register_id_expected_at", "register_id", "expected_at"),
    )

    register_id: Mapped[int] = mapped_column(ForeignKey("register.id"))
    state: Mapped[str] = mapped_column(default="expected")
    expected_at: Mapped[datetime]
    #: Outside the entity's premises (DS 120-2019-PCM): only when planned before.
    outside: Mapped[bool] = mapped_column(default=False)
    official_id: Mapped[int] = mapped_column(ForeignKey("post_holder.id"))
    #: As the desk's form takes it: `app.register.facts.values.Entry` without moments.
    entry: Mapped[dict[str, Any]] = mapped_column(Document)
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"))
    created_at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    submission: Mapped[str]
    official: Mapped[PostHolder] = relationship()


class PastImport(Numbered):
    """A file of past visits: its columns, the result of its dry run, and of its import."""

    __table_args__ = (CheckConstraint("state in ('uploaded', 'checked', 'done')", name="state"),)

    register_id: Mapped[int] = mapped_column(ForeignKey("register.id"), index=True)
    #: Where the file comes from: official_platform, own_system, imported.
    source: Mapped[str]
    file_id: Mapped[str] = mapped_column(ForeignKey("file_use.id"))
    state: Mapped[str] = mapped_column(default="uploaded")
    #: Headings, columns, and counts of the dry run and the import: never of a person.
    summary: Mapped[dict[str, Any]] = mapped_column(Document)
    uploaded_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class Feed(Numbered):
    """The one row that names the sequence of changes; mirrors start over when it is renamed."""

    epoch: Mapped[str]
    #: Added to the number of each transaction on PostgreSQL, so that changes of another server,
    #: from which the database came, are older than all later ones. Null: nothing is added.
    number_offset: Mapped[int | None] = mapped_column(BigInteger)

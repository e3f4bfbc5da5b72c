"""The registers of visits: environments, visited officials, days and times, rules."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.base.models.base import Document, Numbered, partial_index
from app.base.models.entities import Entity


class Register(Numbered):
    """An environment of an entity: `demo`, where it tries, or `production`, which is public."""

    __table_args__ = (
        UniqueConstraint("entity_id", "environment"),
        CheckConstraint("environment in ('demo', 'production')", name="environment"),
        CheckConstraint(
            "source in ('zaguan', 'official_platform', 'own_system')",
            name="source",
        ),
    )

    entity_id: Mapped[int] = mapped_column(ForeignKey("entity.id"))
    environment: Mapped[str]
    opened_at: Mapped[datetime]
    #: Where the entity records its visits; another source is read by import.
    source: Mapped[str] = mapped_column(default="zaguan")
    #: Public address of another source.
    source_address: Mapped[str] = mapped_column(default="")
    #: For a demo: whether the administrator allowed real documents.
    real_documents: Mapped[bool] = mapped_column(default=False)
    #: Whether it only has visits that the PCM imported: the entity has not opened it.
    only_imported: Mapped[bool] = mapped_column(default=False)
    #: Since when interest acts are recorded here; null while they are not enabled.
    interest_acts_at: Mapped[datetime | None]
    entity: Mapped[Entity] = relationship()

    @property
    def path(self) -> str:
        """The environment as a part of addresses."""
        return {"production": "produccion", "demo": "demo"}[self.environment]


class Site(Numbered):
    """A place of an entity where visits are received, while it is used for that."""

    __table_args__ = (UniqueConstraint("register_id", "name"),)

    register_id: Mapped[int] = mapped_column(ForeignKey("register.id"))
    name: Mapped[str]
    from_on: Mapped[date]
    #: The last day; null while it is used.
    to_on: Mapped[date | None]


class PostHolder(Numbered):
    """A person in a post of an entity, from a day to a day: who can be visited, and who decides.

    The personnel (SIP-RVL-002) and the list of decision-makers (Ley 28024, art. 5) write the same
    row. On one day a post may have a titular and an acting holder (*encargado*).
    """

    __table_args__ = (
        UniqueConstraint(
            "register_id", "document_number", "document_type", "post_key", "from_on", name="once"
        ),
        Index("ix_post_holder_register_id_to_on", "register_id", "to_on"),
    )

    register_id: Mapped[int] = mapped_column(ForeignKey("register.id"))
    document_type: Mapped[str]
    document_number: Mapped[str]
    given_names: Mapped[str]
    surnames: Mapped[str]
    post: Mapped[str]
    unit: Mapped[str]
    #: Identifies the post in its register (`forms.shapes.post_keys`).
    post_key: Mapped[str]
    from_on: Mapped[date]
    #: The last day in the post; null while it is held.
    to_on: Mapped[date | None]
    #: Names, post and unit as searches compare them.
    search_text: Mapped[str]
    site: Mapped[str] = mapped_column(default="")
    #: As in the SIP-RVL-002: administrator, operator, decision_maker, visited_official; "" for a
    #: person that only the list of decision-makers names.
    profile: Mapped[str] = mapped_column(default="")
    #: Why the post decides, as in `forms.shapes.decision_makers.GROUNDS`; "" if it does not.
    ground: Mapped[str] = mapped_column(default="")
    norm: Mapped[str] = mapped_column(default="")
    #: titular or acting.
    capacity: Mapped[str] = mapped_column(default="titular")
    #: Resolution by which an acting holder has the post.
    resolution: Mapped[str] = mapped_column(default="")

    @property
    def full_name(self) -> str:
        """The name as the public table writes it: surnames first."""
        return f"{self.surnames} {self.given_names}".strip()

    @hybrid_property
    def decides(self) -> bool:
        """Whether the post is in the list of decision-makers; a condition in a query."""
        return self.ground != ""


class NoVisitDay(Numbered):
    """A day that an entity declared to have had no visits; a declaration may be withdrawn."""

    __table_args__ = (
        partial_index(
            "uq_no_visit_day_standing",
            "register_id",
            "on",
            where="withdrawn_at is null",
            unique=True,
        ),
    )

    register_id: Mapped[int] = mapped_column(ForeignKey("register.id"))
    on: Mapped[date]
    declared_at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    reason: Mapped[str] = mapped_column(default="")


class Outage(Numbered):
    """A time in which the entity could not record; visits of that time get an observation."""

    __table_args__ = (
        CheckConstraint("cause in ('external', 'internal')", name="cause"),
        CheckConstraint("to_at is null or to_at > from_at", name="ends_after"),
        Index("ix_outage_register_id_from_at", "register_id", "from_at"),
    )

    register_id: Mapped[int] = mapped_column(ForeignKey("register.id"))
    from_at: Mapped[datetime]
    #: Null while it lasts.
    to_at: Mapped[datetime | None]
    cause: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    declared_at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    #: For a wrongly declared one: it stays in the list, and does not count.
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    reason: Mapped[str] = mapped_column(default="")


class Unregistrable(Numbered):
    """People who came and are not registered: how many, why, on which day; never who."""

    __table_args__ = (
        UniqueConstraint("register_id", "submission"),
        CheckConstraint("amount >= 0", name="amount"),
        Index("ix_unregistrable_register_id_on", "register_id", "on"),
    )

    register_id: Mapped[int] = mapped_column(ForeignKey("register.id"))
    on: Mapped[date]
    #: One of `app.register.registers.counts.REASONS`.
    reason: Mapped[str]
    #: An increment, or the day's total, which replaces earlier counts.
    amount: Mapped[int]
    is_total: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    submission: Mapped[str]


class DayClosing(Numbered):
    """The closing of a day by the desk, and the number of unknown exits."""

    __table_args__ = (UniqueConstraint("register_id", "on"),)

    register_id: Mapped[int] = mapped_column(ForeignKey("register.id"))
    on: Mapped[date]
    unknown_exits: Mapped[int]
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class RegisterEvent(Numbered):
    """A search or download in the demo by a user of its entity: evidence of the test."""

    __table_args__ = (
        CheckConstraint("kind in ('search', 'download')", name="kind"),
        Index("ix_register_event_register_id_kind", "register_id", "kind"),
    )

    register_id: Mapped[int] = mapped_column(ForeignKey("register.id"))
    kind: Mapped[str]
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))


class DatedRule(Numbered):
    """A rule of the register that a norm sets from a day on (`registers.rules`)."""

    __table_args__ = (UniqueConstraint("name", "from_on"),)

    name: Mapped[str]
    from_on: Mapped[date]
    value: Mapped[str]
    norm: Mapped[str]
    #: Where its day and its norm were read; "" where nothing says so.
    source: Mapped[str] = mapped_column(default="")
    #: Whether the source is not the norm as it was published.
    second_hand: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class CorrectedRule(Numbered):
    """A dated rule before its correction; it holds for what was recorded before the correction."""

    rule_id: Mapped[int] = mapped_column(ForeignKey("dated_rule.id"), index=True)
    from_on: Mapped[date]
    norm: Mapped[str]
    source: Mapped[str]
    second_hand: Mapped[bool]
    until_at: Mapped[datetime]


class RegisterMonth(Numbered):
    """The figures of a production register in a month, and the decision about them.

    The figures are counted again each night until the next month ends; they are judged once.
    """

    __table_args__ = (
        UniqueConstraint("register_id", "month"),
        CheckConstraint("act in ('', 'nothing', 'mail', 'follow_up')", name="act"),
    )

    register_id: Mapped[int] = mapped_column(ForeignKey("register.id"))
    #: The first day of the month.
    month: Mapped[date]
    #: Working days of the month on which the entity published, and those of them with neither
    #: visits nor a declaration.
    working_days: Mapped[int]
    silent_days: Mapped[int]
    #: Public visits recorded in Zaguán, and how many of them are late, have no hour of exit, or
    #: have the motive *Otros*.
    visits: Mapped[int]
    late: Mapped[int]
    without_exit: Mapped[int]
    other_motive: Mapped[int]
    counted_at: Mapped[datetime]
    #: The verdict of `register_quality.dmn`: nothing, mail, follow_up; "" until it is judged.
    act: Mapped[str] = mapped_column(default="")
    #: The sentences of the table.
    findings: Mapped[list[str]] = mapped_column(Document, default=list)
    judged_at: Mapped[datetime | None]
    register: Mapped[Register] = relationship()


class DailyFile(Numbered):
    """A file of open data that is made once a day."""

    __table_args__ = (UniqueConstraint("name", "on"),)

    name: Mapped[str]
    on: Mapped[date]
    body: Mapped[bytes]
    made_at: Mapped[datetime]

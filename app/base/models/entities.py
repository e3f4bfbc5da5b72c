"""Public bodies, people, and what people may act as: the three know each other."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    UniqueConstraint,
    and_,
    column,
    func,
    or_,
    select,
    table,
    text,
    true,
)
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from app.base.formatting import plain
from app.base.models.base import Document, NamesOf, Numbered, partial_index
from app.base.urls import path_for

#: `Departure`, of which a role knows only the day.
DEPARTURE = table(
    "departure",
    column("user_id"),
    column("entity_id"),
    column("from_on", Date),
    column("everything"),
    column("withdrawn_at"),
    column("done_at"),
)
#: The roles that end with each departure.
FUNCTION = ("administrator", "alternate")


NAMES_OF_USERS = NamesOf("user")


class User(Numbered):
    """A person who signs in with a document number. Several may share one e-mail address."""

    __table_args__ = (
        UniqueConstraint("document_type", "document_number"),
        CheckConstraint("document_type in ('DNI', 'CE', 'PASAPORTE')", name="document_type"),
        NAMES_OF_USERS.index(),
    )

    document_type: Mapped[str]
    document_number: Mapped[str]
    given_names: Mapped[str]
    surnames: Mapped[str]
    email: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    #: argon2; empty until the person has chosen a password.
    password_hash: Mapped[str] = mapped_column(default="")
    active: Mapped[bool] = mapped_column(default=True)
    #: Whether the digest of reminders goes to this person; legal notices always do.
    wants_digest: Mapped[bool] = mapped_column(default=True)
    #: Whether the key / leads to the search in the head of pages (WCAG 2.1.4).
    slash_key: Mapped[bool] = mapped_column(default=False)
    #: Whether a sign-in from a new device is announced by mail; null: the roles decide.
    wants_sign_in_mails: Mapped[bool | None]
    created_at: Mapped[datetime]
    #: Since when a link to its own address must open the account again, for lack of use. It is not
    #: `active` either, unless a role was given since then (`app.people.access.suspension`).
    suspended_at: Mapped[datetime | None]
    #: When a deactivated or suspended account was last opened again; lack of use counts from there.
    reopened_at: Mapped[datetime | None]
    #: The columns of the list of entities that the person chose; null: those of everybody.
    #: Deferred: PostgreSQL compares no JSON, which a DISTINCT on users would need.
    entity_columns: Mapped[list[str] | None] = mapped_column(Document, deferred=True)
    grants: Mapped[list[Grant]] = relationship(back_populates="user", lazy="selectin")

    @property
    def full_name(self) -> str:
        """Given names and surnames."""
        return f"{self.given_names} {self.surnames}".strip()

    @property
    def may_sign_in(self) -> bool:
        """Whether a password opens the account."""
        return self.active and self.suspended_at is None

    @property
    def may_reopen(self) -> bool:
        """Whether a link to its own address opens the account: unless it was deactivated."""
        return self.active or self.suspended_at is not None


class Grant(Numbered):
    """A role of a person: in one entity, or (entity_id null) in the PCM. Dated, never erased."""

    __table_args__ = (
        partial_index(
            "uq_grant_open",
            "user_id",
            "role",
            text("coalesce(entity_id, 0)"),
            where="until_at is null",
            unique=True,
        ),
        Index("ix_grant_entity_role", "entity_id", "role"),
    )

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    #: See `app.people.access.ROLES`.
    role: Mapped[str] = mapped_column()
    entity_id: Mapped[int | None] = mapped_column(ForeignKey("entity.id"))
    since_at: Mapped[datetime]
    until_at: Mapped[datetime | None]
    #: From which day the person announced to be without the role; null if there is no such day.
    leaves_on: Mapped[date | None] = column_property(
        select(func.min(DEPARTURE.c.from_on))
        .where(
            DEPARTURE.c.user_id == user_id,
            DEPARTURE.c.entity_id == entity_id,
            or_(DEPARTURE.c.everything, role.in_(FUNCTION)),
            DEPARTURE.c.withdrawn_at.is_(None),
            DEPARTURE.c.done_at.is_(None),
        )
        .scalar_subquery()
    )
    user: Mapped[User] = relationship(back_populates="grants")
    entity: Mapped[Entity | None] = relationship()


class Entity(Numbered):
    """A public body of the catalogue; `code` is its public key."""

    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    acronym: Mapped[str] = mapped_column(default="")
    level: Mapped[str] = mapped_column(default="")
    kind: Mapped[str] = mapped_column(default="")
    sector: Mapped[str] = mapped_column(default="")
    ubigeo: Mapped[str] = mapped_column(default="")
    department: Mapped[str] = mapped_column(default="")
    province: Mapped[str] = mapped_column(default="")
    district: Mapped[str] = mapped_column(default="")
    ruc: Mapped[str] = mapped_column(default="")
    #: The RUC, until a coordinator confirms that entities share it (`app.cases.entities.rucs`).
    ruc_to_confirm: Mapped[str] = mapped_column(default="")
    origin: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")
    website: Mapped[str] = mapped_column(default="")
    website_kind: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    has_register: Mapped[bool] = mapped_column(default=False)
    #: Address of the entity's own mesa de partes, where the activation code goes.
    contact_email: Mapped[str] = mapped_column(default="")
    #: The person who signs for it, by an import of contacts; the source, and since when.
    contact_authority: Mapped[str] = mapped_column(default="")
    contact_source: Mapped[str] = mapped_column(default="")
    contact_on: Mapped[date | None]
    #: Name, acronym, code, RUC, place and former names without accents, in lower case: what the
    #: list searches.
    search_text: Mapped[str] = mapped_column(default="")
    active: Mapped[bool] = mapped_column(default=True)
    #: Since when the entity does not exist any more, and by which norm; null and "" if it exists.
    #: The norm is "" for a duplicate.
    extinct_on: Mapped[date | None]
    extinct_norm: Mapped[str] = mapped_column(default="")
    #: The entity that took over the functions of an extinct one, or that a duplicate is; null if
    #: the norm names none.
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("entity.id"))
    #: Names that it had before a norm changed them, and those of entities that it absorbed; a line
    #: each. Searches find it by them.
    former_names: Mapped[str] = mapped_column(default="")
    sip_coordinator_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    sgtd_coordinator_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    successor: Mapped[Entity | None] = relationship(
        foreign_keys=[successor_id], remote_side="Entity.id"
    )
    sip_coordinator: Mapped[User | None] = relationship(foreign_keys=[sip_coordinator_id])
    sgtd_coordinator: Mapped[User | None] = relationship(foreign_keys=[sgtd_coordinator_id])

    @property
    def place(self) -> str:
        """Its place, to distinguish namesakes: "Distrito, Provincia, Departamento"."""
        return ", ".join(part for part in (self.district, self.province, self.department) if part)

    @property
    def url(self) -> str:
        """Its address, stable because the code is."""
        return path_for("entities.show", code=self.code)

    def index(self) -> None:
        """Update `search_text`; all code that changes its parts calls this."""
        parts = (*self._present, *self.former)
        self.search_text = plain(" ".join(part for part in parts if part))

    @property
    def _present(self) -> tuple[str, ...]:
        return self.code, self.name, self.acronym, self.ruc, self.place

    @property
    def former(self) -> list[str]:
        """Its former names, the oldest first."""
        return (self.former_names or "").splitlines()  # None until a new one is stored

    def rename_formerly(self, names: Iterable[str]) -> None:
        """Replace its former names, without its present one, and update `search_text`."""
        known = dict.fromkeys(" ".join(name.split()) for name in names)
        self.former_names = "\n".join(name for name in known if name and name != self.name)
        self.index()

    def former_name(self, typed: str) -> str:
        """Return the former name by which words find it; "" if its present data have them."""
        present = plain(" ".join(self._present))
        lacking = [word for word in plain(typed).split()[:MOST_WORDS] if word not in present]
        found = (name for name in self.former if all(word in plain(name) for word in lacking))
        return next(found, "") if lacking else ""


#: Most words of a search.
MOST_WORDS = 8


def matching(typed: str) -> ColumnElement[bool]:
    """Return the condition on Entity: every word typed stands in its name, place, code or RUC."""
    words = plain(typed).split()[:MOST_WORDS]
    return and_(true(), *(Entity.search_text.contains(word, autoescape=True) for word in words))


class DataBreach(Numbered):
    """An incident of personal data: what happened, since when it is known, and its notification.

    The persons concerned are found from the readings in the log (`app.people.readings`).
    """

    __table_args__ = (
        CheckConstraint("(notified_at is null) = (notified_to = '')", name="notified_to"),
    )

    #: Null: the platform's.
    entity_id: Mapped[int | None] = mapped_column(ForeignKey("entity.id"), index=True)
    description: Mapped[str]
    #: The person whose account was used; null: not one account.
    person_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    #: The first and last day on which data could be read.
    from_on: Mapped[date]
    until_on: Mapped[date]
    known_at: Mapped[datetime]
    #: When the term to notify the authority ends.
    due_at: Mapped[datetime]
    reported_at: Mapped[datetime]
    reported_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    #: Idempotency key of the form that reported it.
    submission: Mapped[str] = mapped_column(unique=True)
    notified_at: Mapped[datetime | None]
    #: The authority, with its expediente; "" until then.
    notified_to: Mapped[str] = mapped_column(default="")
    #: When the mail before the end of the term was sent.
    reminded_at: Mapped[datetime | None]
    entity: Mapped[Entity | None] = relationship()
    person: Mapped[User | None] = relationship(foreign_keys=[person_id])
    reported_by: Mapped[User] = relationship(foreign_keys=[reported_by_id])

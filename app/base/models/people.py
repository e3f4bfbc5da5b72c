"""People, what they may act as, and how they get in."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.base.models.base import Base, Document

if TYPE_CHECKING:
    from app.base.models.catalogue import Entity


class User(Base):
    """A person who signs in with a document number. Several may share one e-mail address."""

    __tablename__ = "user"
    __table_args__ = (
        UniqueConstraint("document_type", "document_number"),
        CheckConstraint("document_type in ('DNI', 'CE', 'PASAPORTE')", name="document_type"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
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
    wants_digest: Mapped[bool] = mapped_column(default=True, server_default=true())
    created_at: Mapped[datetime]
    grants: Mapped[list[Grant]] = relationship(back_populates="user", lazy="selectin")

    @property
    def full_name(self) -> str:
        """Given names and surnames."""
        return f"{self.given_names} {self.surnames}".strip()


class Grant(Base):
    """A role of a person: in one entity, or (entity_id null) in the PCM. Dated, never erased."""

    __tablename__ = "grant"
    __table_args__ = (
        Index(
            "uq_grant_open",
            "user_id",
            "role",
            text("coalesce(entity_id, 0)"),
            unique=True,
            sqlite_where=text("until_at is null"),
            postgresql_where=text("until_at is null"),
        ),
        Index("ix_grant_entity_role", "entity_id", "role"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    #: See `app.people.access.ROLES`.
    role: Mapped[str]
    entity_id: Mapped[int | None] = mapped_column(ForeignKey("entity.id"))
    since_at: Mapped[datetime]
    until_at: Mapped[datetime | None]
    user: Mapped[User] = relationship(back_populates="grants")
    entity: Mapped[Entity | None] = relationship()


class Ticket(Base):
    """A secret sent by mail or printed: an activation code, an invitation, a password reset.

    Only its keyed hash is stored. It is spent by the POST that uses it (`used_at`), and one
    that was replaced by a newer is `void`.
    """

    __tablename__ = "ticket"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]  # activation, invitation, reset
    secret_hash: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    entity_id: Mapped[int | None] = mapped_column(ForeignKey("entity.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    void: Mapped[bool] = mapped_column(default=False)
    user: Mapped[User | None] = relationship()
    entity: Mapped[Entity | None] = relationship()


class SignIn(Base):
    """A signed-in browser; ending it here ends it there. The cookie holds what this hashes."""

    __tablename__ = "sign_in"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    #: What the browser says it is, shortened; shown to its owner and to the superuser.
    browser: Mapped[str] = mapped_column(default="")
    user: Mapped[User] = relationship(lazy="joined")


class UnsentForm(Base):
    """What a person posted when their sign-in had ended, for half an hour, until they come back."""

    __tablename__ = "unsent_form"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    #: The address of the page that the form stood on, and the path that it was posted to.
    page: Mapped[str]
    target: Mapped[str]
    pairs: Mapped[list[list[str]]] = mapped_column(Document)
    #: Whether files came with it, which are not kept.
    with_files: Mapped[bool]
    kept_at: Mapped[datetime]


class Attempt(Base):
    """A failed try at a secret, for the limits. `subject` is a keyed hash, never the number."""

    __tablename__ = "attempt"
    __table_args__ = (Index("ix_attempt_subject_at", "subject", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    subject: Mapped[str]
    at: Mapped[datetime]

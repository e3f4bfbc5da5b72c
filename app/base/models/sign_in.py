"""Signing in: secrets sent to people, signed-in browsers, and forms posted too late."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.base.models.base import Document, Numbered
from app.base.models.entities import Entity, User


class Ticket(Numbered):
    """A secret sent by mail or printed: an activation code, an invitation, a password reset.

    Only its keyed hash is stored. It is spent by the POST that uses it (`used_at`), and one
    that was replaced by a newer is `void`.
    """

    kind: Mapped[str]  # activation, invitation, reset
    secret_hash: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    entity_id: Mapped[int | None] = mapped_column(ForeignKey("entity.id"), index=True)
    created_at: Mapped[datetime]
    #: From when it can be used; null: at once.
    valid_from_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    void: Mapped[bool] = mapped_column(default=False)
    user: Mapped[User | None] = relationship()
    entity: Mapped[Entity | None] = relationship()


class SignIn(Numbered):
    """A signed-in browser; ending it here ends it there. The cookie holds what this hashes."""

    token_hash: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    #: The name that the browser declares, shortened; shown to its owner and to the superuser.
    browser: Mapped[str] = mapped_column(default="")
    #: When its owner last gave a code of the second factor here; null: never.
    factor_at: Mapped[datetime | None]
    user: Mapped[User] = relationship(lazy="joined")


class SecondFactor(Numbered):
    """The secret that a person's telephone shares, from which both compute codes (RFC 6238)."""

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), unique=True)
    #: The secret, encrypted (`app.people.sealing`).
    sealed_secret: Mapped[str]
    #: The half minute, since 1970, of the last code that was accepted: it and those before it are
    #: accepted no more.
    last_step: Mapped[int] = mapped_column(default=0)
    set_at: Mapped[datetime]
    #: The pages show the code: its owner is an invented person of a demo.
    invented: Mapped[bool] = mapped_column(default=False)
    user: Mapped[User] = relationship()


class RecoveryCode(Numbered):
    """A printed code that replaces the second factor once. Only its keyed hash is stored."""

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    code_hash: Mapped[str] = mapped_column(unique=True)
    made_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Passkey(Numbered):
    """A key pair in a person's device, of which the public half is here (WebAuthn)."""

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    #: The name that the device gives the key, and the public key (COSE), both in base64url.
    credential_id: Mapped[str] = mapped_column(unique=True)
    public_key: Mapped[str]
    #: The device's count of uses at the last one; 0 for devices that do not count.
    sign_count: Mapped[int] = mapped_column(BigInteger, default=0)
    #: How a browser reaches the device: internal, hybrid, usb, nfc, ble.
    transports: Mapped[list[str]] = mapped_column(Document)
    #: What its owner calls it.
    name: Mapped[str]
    made_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class PasskeyChallenge(Numbered):
    """Random bytes that a device signs, for one purpose. The row is deleted when they are used."""

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    purpose: Mapped[str]  # register, use
    challenge: Mapped[str]  # base64url
    made_at: Mapped[datetime]


class CalendarAddress(Numbered):
    """The secret address of a person's calendar, which programs read without signing in.

    Only its keyed hash is stored. A new address replaces the old one, which is void with that.
    """

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), unique=True)
    secret_hash: Mapped[str] = mapped_column(unique=True)
    #: Whether the calendar has the names of entities; it never has those of persons.
    with_names: Mapped[bool]
    made_at: Mapped[datetime]
    user: Mapped[User] = relationship()


class UnsentForm(Numbered):
    """A form posted after the sign-in had ended, kept for half an hour until the person returns."""

    key: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    #: The address of the page that the form stood on, and the path that it was posted to.
    page: Mapped[str]
    target: Mapped[str]
    pairs: Mapped[list[list[str]]] = mapped_column(Document)
    #: Whether files came with it, which are not kept.
    with_files: Mapped[bool]
    kept_at: Mapped[datetime]


class Attempt(Numbered):
    """A failed try at a secret, for the limits. `subject` is a keyed hash, never the number."""

    __table_args__ = (Index("ix_attempt_subject_at", "subject", "at"),)

    kind: Mapped[str]
    subject: Mapped[str]
    at: Mapped[datetime]

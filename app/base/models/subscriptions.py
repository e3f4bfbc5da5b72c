"""Citizens who follow what the registers publish, by a mail address that is stored encrypted."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.base.models.base import Numbered


class Subscriber(Numbered):
    """A mail address that follows something. The row is deleted when its owner leaves."""

    #: Stands for the address in the outbox: random, so it says nothing.
    handle: Mapped[str] = mapped_column(unique=True)
    #: A keyed hash of the address, to recognise it when it is typed again.
    address_key: Mapped[str] = mapped_column(unique=True)
    #: The address, encrypted (`app.people.sealing`).
    sealed_address: Mapped[str]
    #: The secret of the link that leaves; each mail holds it.
    leave_token: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    #: News up to this midnight (Lima) have been mailed, or there were none; null before the first
    #: confirmation.
    mailed_until_at: Mapped[datetime | None]
    subscriptions: Mapped[list[Subscription]] = relationship(
        back_populates="subscriber", order_by="Subscription.id"
    )


class Subscription(Numbered):
    """One thing that an address follows, once its owner has confirmed it by a link."""

    __table_args__ = (
        UniqueConstraint("subscriber_id", "kind", "subject"),
        CheckConstraint(
            "kind in ('entidad', 'cargo', 'representado', 'correcciones')", name="kind"
        ),
    )

    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscriber.id"))
    #: A key of `app.register.news.topics.KINDS`.
    kind: Mapped[str]
    #: The entity's code, the code and the post's key, or a RUC; "" for corrections.
    subject: Mapped[str]
    #: A keyed hash of the secret in the newest link that confirms; "" once it is confirmed.
    secret_hash: Mapped[str] = mapped_column(index=True)
    requested_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    #: A hash of the roster that was mailed last, for topics with decision-makers.
    roster_hash: Mapped[str] = mapped_column(default="")
    subscriber: Mapped[Subscriber] = relationship(back_populates="subscriptions")

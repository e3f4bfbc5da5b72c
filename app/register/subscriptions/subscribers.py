"""Mail addresses and their topics. Entry points commit; this module does not.

An address is found again by a keyed hash. In the outbox, a random handle stands for it, and only
the message that goes to the mail server holds the address itself (`address_of`).
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from flask import current_app
from sqlalchemy import ColumnElement, delete, literal_column, select
from sqlalchemy.orm import Session

from app.base import calendar, db
from app.base.models import Mail, Subscriber, Subscription
from app.base.models.mail import TO_SUBSCRIBER
from app.base.urls import external_url
from app.people import mail, sealing
from app.people.access.tickets import keyed_hash
from app.people.mail import Letter
from app.register.news.topics import Followed

#: Topics of one address, confirmed or not.
MOST_TOPICS = 20
#: How long a link confirms.
CONFIRMS_FOR = timedelta(hours=48)
BEGINS = "suscriptor:"


# Asking and confirming ----------------------------------------------------------------------------


def ask(session: Session, address: str, followed: Followed) -> None:
    """Store that an address wants to follow a topic, and mail the link that confirms it.

    Nothing is mailed for a topic that the address follows already, or beyond MOST_TOPICS. The page
    says the same in each case, so that it does not reveal what an address follows.
    """
    subscriber = _subscriber_of(session, address)
    found = next(
        (
            one
            for one in subscriber.subscriptions
            if (one.kind, one.subject) == (followed.topic.kind, followed.topic.subject)
        ),
        None,
    )
    if found is not None and found.confirmed_at is not None:
        return
    if found is None:
        if len(subscriber.subscriptions) >= MOST_TOPICS:
            return
        found = Subscription(kind=followed.topic.kind, subject=followed.topic.subject)
        subscriber.subscriptions.append(found)
    secret = secrets.token_urlsafe(32)
    found.secret_hash = _hashed(secret)
    found.requested_at = calendar.now()
    found.expires_at = found.requested_at + CONFIRMS_FOR
    session.flush()
    values = {
        "name": followed.name,
        "token": secret,
        "hours": int(CONFIRMS_FOR.total_seconds() // 3600),
        "responsible": current_app.config["RESPONSIBLE"],
    }
    mail.post(session, Letter("subscription_confirm", subscriber.handle, values))


def _subscriber_of(session: Session, address: str) -> Subscriber:
    """Return the subscriber of an address, locked; create it the first time.

    Until the night after a change of the secret key, it is found by its hash under the former one.
    """
    key, former = address_key(address), current_app.config["FORMER_SECRET_KEY"]
    keys = [key, address_key(address, former)] if former else [key]
    query = select(Subscriber).where(Subscriber.address_key.in_(keys)).order_by(Subscriber.id)
    query = query.limit(1).with_for_update()
    while (found := session.scalar(query)) is None:
        values = {
            "handle": f"{BEGINS}{secrets.token_hex(8)}",
            "address_key": key,
            "sealed_address": sealing.seal(address),
            "leave_token": secrets.token_urlsafe(32),
            "created_at": calendar.now(),
        }
        db.insert_missing(session, Subscriber, values)
    return found


def address_key(address: str, key: str = "") -> str:
    """Return the keyed hash by which an address is found again; case makes no difference.

    `key`: the former secret key instead of the one in use.
    """
    return keyed_hash("subscriber", address.casefold(), key)


def _hashed(secret: str) -> str:
    return keyed_hash("subscription", secret)


def unconfirmed(session: Session, secret: str) -> Subscription | None:
    """Return the subscription of a link; None if it was used, replaced, or expired."""
    found = select(Subscription).where(Subscription.secret_hash == _hashed(secret))
    return session.scalar(found.where(Subscription.expires_at > calendar.now()))


def confirm(session: Session, subscription: Subscription, roster_hash: str = "") -> bool:
    """Begin a subscription; its first mail has the news from today on.

    `roster_hash`: of the roster as it is now, for topics with one (`news.rosters.changed`). Return
    False if it ended, or was confirmed, a moment ago.
    """
    owner = session.scalar(
        select(Subscriber).where(Subscriber.id == subscription.subscriber_id).with_for_update()
    )
    # Another request may have come first while this one waited.
    again = select(Subscription).where(Subscription.id == subscription.id)
    found = session.scalar(again.execution_options(populate_existing=True))
    if owner is None or found is None or found.confirmed_at is not None:
        return False
    found.confirmed_at = calendar.now()
    found.secret_hash = ""
    found.roster_hash = roster_hash
    if owner.mailed_until_at is None:
        owner.mailed_until_at = calendar.midnight(calendar.today())
    return True


# Leaving ------------------------------------------------------------------------------------------


def of_leave_token(session: Session, token: str) -> Subscriber | None:
    """Return the subscriber of a link that leaves; None for any other text."""
    return session.scalar(select(Subscriber).where(Subscriber.leave_token == token))


def leave_link(session: Session, handle: str) -> str:
    """Return the address that ends a subscriber's mails with one click; "" after they left."""
    query = select(Subscriber.leave_token).where(Subscriber.handle == handle)
    token = session.scalar(query)
    return external_url("subscriptions.leave", token=token) if token else ""


def leave(session: Session, subscriber: Subscriber, subscription_id: int | None = None) -> None:
    """End one subscription, or all; with the last one, everything about the address is erased."""
    locked = session.scalar(
        select(Subscriber).where(Subscriber.id == subscriber.id).with_for_update()
    )
    if locked is None:
        return
    left = select(Subscription.id).where(Subscription.subscriber_id == locked.id)
    if subscription_id is not None:
        session.execute(
            delete(Subscription).where(
                Subscription.id == subscription_id, Subscription.subscriber_id == locked.id
            )
        )
        if session.scalar(left.limit(1)) is not None:
            return
    erase(session, locked)


def erase(session: Session, subscriber: Subscriber) -> None:
    """Delete an address with its subscriptions and the mails to it."""
    session.execute(delete(Mail).where(is_to_subscriber(), Mail.to == subscriber.handle))
    session.execute(delete(Subscription).where(Subscription.subscriber_id == subscriber.id))
    session.execute(delete(Subscriber).where(Subscriber.id == subscriber.id))


def is_to_subscriber() -> ColumnElement[bool]:
    """Return the condition on Mail: it goes to a subscriber. A literal, for the index."""
    return literal_column(f"mail.{TO_SUBSCRIBER}")


# Mails --------------------------------------------------------------------------------------------


def address_of(session: Session, handle: str) -> str:
    """Return the address of a handle; "" after its owner left, or if it cannot be read."""
    sealed = session.scalar(select(Subscriber.sealed_address).where(Subscriber.handle == handle))
    try:
        return sealing.unseal(sealed) if sealed else ""
    except sealing.Unreadable:
        return ""


def came_back(session: Session, handle: str) -> None:
    """Erase an address that does not exist, or whose owner complained."""
    found = session.scalar(select(Subscriber).where(Subscriber.handle == handle).with_for_update())
    if found is not None:
        erase(session, found)

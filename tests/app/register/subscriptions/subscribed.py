"""Subscribers of the tests, and the secrets of the links in their mails."""

from __future__ import annotations

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base.models import Mail, Subscriber, Subscription
from app.register.news import rosters, topics
from app.register.news.topics import Topic
from app.register.subscriptions import subscribers

#: Invented RUCs with valid check digits: of a legal person, and of natural persons.
RUC = "20999990011"
NATURAL = ("10000000502", "15000000504", "17000000507", "00000501")
CORRECTIONS = Topic(topics.CORRECTIONS)


def ask(session: Session, address: str, topic: Topic = CORRECTIONS) -> str:
    """Request a subscription; return the secret of the link in the newest mail."""
    followed = topics.find(session, topic)
    assert followed is not None
    subscribers.ask(session, address, followed)
    session.flush()
    newest = select(Mail).where(Mail.kind == "subscription_confirm").order_by(Mail.id.desc())
    return secret_in(session.scalars(newest.limit(1)).one().body)


def secret_in(body: str) -> str:
    """Return the secret of the link that confirms, from the text of a mail."""
    found = re.search(r"/suscripciones/confirmar/([\w-]{43})\s", body)
    assert found is not None
    return found[1]


def follow(session: Session, address: str, topic: Topic = CORRECTIONS) -> Subscriber:
    """Return the subscriber of an address that follows a topic, confirmed."""
    subscription = subscribers.unconfirmed(session, ask(session, address, topic))
    assert subscription is not None
    followed = topics.find(session, topic)
    assert followed is not None
    state = rosters.changed(session, followed)
    assert subscribers.confirm(session, subscription, state[0] if state else "")
    session.flush()
    return subscription.subscriber


def links(session: Session, address: str) -> dict[str, str]:
    """Return the secrets of a link that confirms and one that leaves, of one address."""
    leaving = follow(session, address).leave_token
    return {
        "subscriber": leaving,
        "subscription": ask(session, address, Topic(topics.REPRESENTED, RUC)),
    }


def everything(session: Session) -> list[Subscription]:
    """Return all subscriptions."""
    return list(session.scalars(select(Subscription).order_by(Subscription.id)))

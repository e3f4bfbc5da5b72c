"""The work of the night for subscribers: one mail each where there is news, and cleaning.

It runs on working days only, so that a subscriber does not get three mails on a Monday: the mail of
a Monday has the news since Friday. A subscriber's mail and the moment up to which news were mailed
are written in one transaction. So a worker that is killed writes no mail twice and loses none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from sqlalchemy import Engine, delete, func, select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.config.retention import RULES
from app.base.db import Stop, open_session
from app.base.models import Mail, Subscriber, Subscription
from app.base.urls import path_for
from app.people import mail, sealing
from app.people.mail import Letter
from app.register.news import rosters, since, topics
from app.register.news.items import Item
from app.register.news.since import News
from app.register.news.topics import Followed, Topic
from app.register.subscriptions import subscribers


@dataclass(frozen=True)
class Section:
    """The news of one topic in a mail; `page` is the path of the topic's page."""

    name: str
    page: str
    items: Sequence[Item]
    more: int


@dataclass(frozen=True)
class _Night:
    """The news for the subscribers who were mailed up to the same moment."""

    start: datetime
    end: datetime
    followed: Mapping[Topic, Followed]
    news: Mapping[Topic, News]
    #: For topics with a roster: its hash, and the item for subscribers with an earlier hash.
    rosters: Mapping[Topic, tuple[str, Item]]

    def sections(self, subscriptions: Sequence[Subscription]) -> list[Section]:
        """Return the sections of a mail, without topics that have no news.

        Store in each subscription which roster it was mailed.
        """
        found = []
        for one in subscriptions:
            followed = self.followed.get(Topic(one.kind, one.subject))
            if followed is None:
                continue
            news = self.news.get(followed.topic, News())
            items = [*self._roster(one, followed), *news.items]
            if items:
                found.append(Section(followed.name, followed.path, items, news.more))
        return found

    def _roster(self, subscription: Subscription, followed: Followed) -> list[Item]:
        state = self.rosters.get(followed.topic)
        if state is None or state[0] == subscription.roster_hash:
            return []
        subscription.roster_hash = state[0]
        return [state[1]]


def run(engine: Engine, stop: Stop) -> int:
    """Write the mails of today up to the last midnight; return how many."""
    end = calendar.midnight(calendar.today())
    with open_session(engine, writes=False) as session:
        if not calendar.calendar_of(session, None).works(calendar.today()):
            return 0
        starts = session.scalars(
            select(Subscriber.mailed_until_at).where(Subscriber.mailed_until_at < end).distinct()
        ).all()
        nights = [_night(session, start, end) for start in sorted(filter(None, starts))]
    written = 0
    for night in nights:
        for subscriber_id in _waiting(engine, night):
            if stop():
                return written
            written += _write(engine, subscriber_id, night)
    return written


def _night(session: Session, start: datetime, end: datetime) -> _Night:
    rows = session.execute(
        select(Subscription.kind, Subscription.subject)
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .where(Subscription.confirmed_at.is_not(None), Subscriber.mailed_until_at == start)
        .distinct()
    )
    found = {Topic(*row): topics.find(session, Topic(*row)) for row in rows.all()}
    followed = {topic: one for topic, one in found.items() if one is not None}
    news = since.gather(session, list(followed.values()), start, end) if followed else {}
    states = {one.topic: rosters.changed(session, one) for one in followed.values()}
    return _Night(start, end, followed, news, {topic: one for topic, one in states.items() if one})


def _waiting(engine: Engine, night: _Night) -> Sequence[int]:
    with open_session(engine, writes=False) as session:
        found = select(Subscriber.id).where(Subscriber.mailed_until_at == night.start)
        return session.scalars(found.order_by(Subscriber.id)).all()


def _write(engine: Engine, subscriber_id: int, night: _Night) -> int:
    """Write the mail of a subscriber, if there is news; return how many mails that is."""
    with open_session(engine) as session:
        subscriber = session.scalar(
            select(Subscriber)
            .where(Subscriber.id == subscriber_id, Subscriber.mailed_until_at == night.start)
            .with_for_update()
        )
        if subscriber is None:
            return 0
        confirmed = [one for one in subscriber.subscriptions if one.confirmed_at is not None]
        sections = night.sections(confirmed)
        if sections:
            mail.post(session, _letter(subscriber, sections))
        subscriber.mailed_until_at = night.end
        session.commit()
        return int(bool(sections))


def _letter(subscriber: Subscriber, sections: Sequence[Section]) -> Letter:
    first = sections[0].name
    values = {
        "subject": first if len(sections) == 1 else f"{first} y {len(sections) - 1} más",
        "sections": sections,
        "site": current_app.config["PUBLIC_URL"],
        "leave": path_for("subscriptions.leave", token=subscriber.leave_token),
    }
    return Letter("subscription_news", subscriber.handle, values)


def clean(engine: Engine, stop: Stop) -> int:
    """Delete requests that were not confirmed in time, addresses that follow nothing, and mails
    that are too old; seal addresses under the secret key in use. Return how many rows were deleted.
    """
    now = calendar.now()
    late = (Subscription.confirmed_at.is_(None), Subscription.expires_at < now)
    old = (
        subscribers.is_to_subscriber(),
        Mail.state != "waiting",
        Mail.created_at < now - RULES["subscriber_mails"].age,
    )
    with open_session(engine) as session:
        gone = session.connection().execute(delete(Subscription).where(*late)).rowcount
        gone += session.connection().execute(delete(Mail).where(*old)).rowcount
        session.commit()
    for subscriber_id in _without_topics(engine):
        gone += _erase_unused(engine, subscriber_id)
    if current_app.config["FORMER_SECRET_KEY"]:
        _seal_again(engine, stop)
    return gone


def _without_topics(engine: Engine) -> Sequence[int]:
    with open_session(engine, writes=False) as session:
        return session.scalars(select(Subscriber.id).where(~Subscriber.subscriptions.any())).all()


def _erase_unused(engine: Engine, subscriber_id: int) -> int:
    """Erase an address that still follows nothing; return how many were erased."""
    with open_session(engine) as session:
        unused = select(Subscriber).where(
            Subscriber.id == subscriber_id, ~Subscriber.subscriptions.any()
        )
        found = session.scalar(unused.with_for_update())
        if found is None or _topics_of(session, found):
            return 0
        subscribers.erase(session, found)
        session.commit()
        return 1


def _topics_of(session: Session, subscriber: Subscriber) -> int:
    """Count again once the row is locked: a request may have been stored meanwhile."""
    query = select(func.count()).where(Subscription.subscriber_id == subscriber.id)
    return session.scalar(query) or 0


def _seal_again(engine: Engine, stop: Stop) -> None:
    """Seal every address that the former secret key opens under the one in use."""
    with open_session(engine, writes=False) as session:
        rows = session.execute(select(Subscriber.id, Subscriber.sealed_address)).all()
    for subscriber_id, sealed in rows:
        if stop():
            return
        if sealing.is_current(sealed):
            continue
        with open_session(engine) as session:
            found = session.get(Subscriber, subscriber_id, with_for_update=True)
            address = subscribers.address_of(session, found.handle) if found else ""
            if found is None or not address:
                continue
            key = subscribers.address_key(address)
            same = select(Subscriber.id).where(Subscriber.address_key == key)
            if session.scalar(same) in (None, found.id):
                found.sealed_address, found.address_key = sealing.seal(address), key
                session.commit()

"""The news of topics between two moments, in one pass over the visits of that time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.base.models import InterestAct, VisitVersion
from app.register.news import items, topics
from app.register.news.items import Item
from app.register.news.topics import Followed, Topic

#: Items of a topic that are listed; the others are counted.
LISTED = 20
#: Versions that are news. Imports are not: a file of past years would be one mail of thousands.
NEWS = ("entry", "correction", "annulment")
AT_ONCE = 1000


@dataclass
class News:
    """The news of one topic: the first LISTED as items, and how many there are."""

    listed: dict[str, Item] = field(default_factory=dict)
    paths: set[str] = field(default_factory=set)

    def add(self, item: Item) -> None:
        """Add an item; a later one of the same page replaces it."""
        if item.path in self.listed or len(self.listed) < LISTED:
            self.listed[item.path] = item
        self.paths.add(item.path)

    @property
    def items(self) -> list[Item]:
        """The items to list, in the order in which they happened first."""
        return list(self.listed.values())

    @property
    def more(self) -> int:
        """The number of news that are not listed."""
        return len(self.paths) - len(self.listed)


@dataclass(frozen=True)
class _Index:
    """Topics by the values of a visit or an act."""

    registers: Mapping[int, Topic]
    posts: Mapping[int, Mapping[str, Topic]]
    represented: Mapping[str, Topic]
    corrections: Topic | None

    @classmethod
    def of(cls, followed: Iterable[Followed]) -> _Index:
        every = list(followed)
        of_kind = {one.topic.kind: one.topic for one in every}
        posts: dict[int, dict[str, Topic]] = defaultdict(dict)
        for one in every:
            if one.register is not None and one.post_key:
                posts[one.register.id][one.post_key] = one.topic
        return cls(
            {
                one.register.id: one.topic
                for one in every
                if one.topic.kind == topics.ENTITY and one.register is not None
            },
            posts,
            {one.topic.subject: one.topic for one in every if one.topic.kind == topics.REPRESENTED},
            of_kind.get(topics.CORRECTIONS),
        )

    def topics_of(
        self, register_id: int, ruc: str, post: Callable[[], str], *, corrected: bool
    ) -> list[Topic]:
        """Return the topics that something belongs to; `post` returns the key of its post."""
        found = [self.registers.get(register_id), self.represented.get(ruc)]
        if posts := self.posts.get(register_id):
            found.append(posts.get(post()))
        if corrected:
            found.append(self.corrections)
        return [topic for topic in found if topic is not None]


def gather(
    session: Session, followed: Sequence[Followed], start: datetime, end: datetime
) -> dict[Topic, News]:
    """Return the news of these topics from `start` to before `end`; omit topics without any.

    Reads the versions of that time once, however many topics there are.
    """
    index = _Index.of(followed)
    found: dict[Topic, News] = defaultdict(News)
    for row in _visits(session, start, end):
        corrected = row.act != "entry"
        item = items.correction_item(row) if corrected else items.visit_item(row)
        post = partial(items.visited_post, row)
        ruc = row.visitor_entity_ruc
        for topic in index.topics_of(row.register_id, ruc, post, corrected=corrected):
            found[topic].add(item)
    for act in _acts(session, start, end):
        post, corrected = partial(items.act_post, act), act.act != "record"
        for topic in index.topics_of(act.register_id, act.third_ruc, post, corrected=corrected):
            found[topic].add(items.act_item(act))
    return dict(found)


def _visits(session: Session, start: datetime, end: datetime) -> Iterable[Row[Any]]:
    query = items.with_versions().where(
        VisitVersion.at >= start, VisitVersion.at < end, VisitVersion.act.in_(NEWS)
    )
    return session.execute(
        query.order_by(VisitVersion.id), execution_options={"yield_per": AT_ONCE}
    )


def _acts(session: Session, start: datetime, end: datetime) -> Iterable[InterestAct]:
    query = items.public_acts().where(
        InterestAct.recorded_at >= start, InterestAct.recorded_at < end
    )
    return session.scalars(query.order_by(InterestAct.id), execution_options={"yield_per": AT_ONCE})

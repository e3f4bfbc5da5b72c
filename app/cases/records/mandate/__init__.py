"""The end of a mandate in an entity's records: who was elected leaves, who was confirmed stays.

It also holds who was proclaimed for the next period, as a list names them.
`entry`: what ends with the change for which a code was issued. `confirming`: the people that
the next confirmation of the register names.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, TypedDict

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from app.base import audit_log, calendar
from app.base.models import (
    Entity,
    MandateEnd,
    PostHolder,
    ProcessInstance,
)
from app.cases.case import Case
from app.cases.records import decisions, documents, roster
from app.register.registers import environments
from app.register.registers.mandates import Mandates
from forms.fields.people import same_document
from forms.records import Proclaimed
from forms.shapes.decision_makers import (
    ELECTED,
    TRUSTED,
    ground_hint,
    holder_label,
    is_acting,
)

Post = dict[str, str]
#: Grounds of the one who heads an elected body.
HEADS = frozenset({"governor", "mayor"})


class Ended(TypedDict):
    """`mandate_end`: the end of the mandate for which a change of authority began."""

    ends_on: str
    norm: str


#: For how long after it the end of a mandate is looked at.
AFTER = timedelta(days=180)


def end_of(session: Session, instance_id: int) -> MandateEnd | None:
    """Return the end of a mandate for which an instance began; None for any other instance."""
    return session.scalar(select(MandateEnd).where(MandateEnd.instance_id == instance_id))


def began_at(end: MandateEnd, change: ProcessInstance) -> datetime:
    """Return from when people count as those of the new authority.

    A change that was open already when the mandate ended counts from the day after.
    """
    return max(change.started_at, calendar.midnight(end.ends_on + timedelta(days=1)))


def read(case: Case) -> Ended | None:
    """Return the end of the mandate for which this change of authority began."""
    row = end_of(case.session, case.instance.id)
    if row is None:
        return None
    term = Mandates.read(case.session).running(case.entity, row.ends_on)
    return {"ends_on": row.ends_on.isoformat(), "norm": term.norm if term else ""}


def read_proclaimed(case: Case) -> Proclaimed | None:
    """Return who was proclaimed; None before the period begins, and once its authority is known."""
    found = proclaimed_of(case.session, [case.entity.id]).get(case.entity.id)
    if found is None or found["from_on"] > calendar.today().isoformat():
        return None
    known = documents.authorities_since(case.session, [case.entity.id]).get(case.entity.id)
    return None if known and known[1].isoformat() >= found["from_on"] else found


def proclaimed_of(session: Session, ids: Sequence[int]) -> dict[int, Proclaimed]:
    """Return who was proclaimed last, of each entity that a list named."""
    return documents.of_entities(session, "proclaimed", ids)


def proclaim(session: Session, entity: Entity, said: Proclaimed, by_id: int | None) -> None:
    """Store who a list names as the authority of an entity, and log it. Flush only."""
    documents.write_of_entity(session, entity, "proclaimed", said, by_id)
    audit_log.write(
        session,
        "mandate.proclaimed",
        actor_id=by_id,
        entity_id=entity.id,
        from_on=said["from_on"],
        source=said["source"],
    )
    session.flush()


def renew(session: Session, entity: Entity, from_on: date, by_id: int | None) -> None:
    """Record the next period of a re-elected authority, also in its post. Flush only."""
    before = documents.of_entities(session, "authority", [entity.id])[entity.id]
    authority = before | {"since_on": from_on.isoformat()}
    documents.write_of_entity(session, entity, "authority", authority, by_id)
    newest = documents.newest_of_entities(session, "decision_makers", [entity.id]).get(entity.id)
    posts: list[Post] = list(newest.data) if newest is not None else []  # type: ignore[arg-type]
    eve = (from_on - timedelta(days=1)).isoformat()
    again = [
        post | {"from_on": authority["since_on"], "to_on": ""}
        for post in posts
        if post["ground"] in HEADS and post["to_on"] == eve and same_document(post, authority)
    ]
    if again:
        write_list(session, entity, [*posts, *again])
        decisions.hold(session, entity, again)
    audit_log.write(
        session,
        "mandate.renewed",
        actor_id=by_id,
        entity_id=entity.id,
        from_on=from_on.isoformat(),
    )
    session.flush()


def end_elected(session: Session, entity: Entity, ends_on: date) -> int:
    """End the elected holders of an entity on the last day of their mandate; return how many.

    In its newest list, in the rosters of its registers, and in its personnel. Flush only.
    """

    def ends(post: Post) -> bool:
        return post["ground"] in ELECTED and _is_held(post, ends_on)

    _end_in_list(session, entity, ends, ends_on)
    goes_on = or_(PostHolder.to_on.is_(None), PostHolder.to_on > ends_on)
    return _set_last_day(session, entity, [PostHolder.from_on <= ends_on, goes_on], ends_on)


def _is_held(post: Post, on: date) -> bool:
    day = on.isoformat()
    return post["from_on"] <= day and (not post["to_on"] or post["to_on"] > day)


def _end_in_list(
    session: Session, entity: Entity, ends: Callable[[Post], bool], on: date
) -> list[Post] | None:
    """Write a new version of the list in which some posts end; return it, None if none does."""
    newest = documents.newest_of_entities(session, "decision_makers", [entity.id]).get(entity.id)
    posts: list[Post] = list(newest.data) if newest is not None else []  # type: ignore[arg-type]
    changed = [post | {"to_on": on.isoformat()} if ends(post) else post for post in posts]
    if changed == posts:
        return None
    write_list(session, entity, changed)
    return changed


def write_list(session: Session, entity: Entity, posts: Sequence[Post]) -> None:
    """Add a version of the entity's list of posts, written by no step. Flush only."""
    documents.write_of_entity(session, entity, "decision_makers", list(posts))


def _set_last_day(
    session: Session, entity: Entity, which: Sequence[ColumnElement[bool]], last_day: date | None
) -> int:
    """Write the last day of elected holders, also in the relation; return how many. Flush only."""
    count = 0
    for register in environments.of_entities(session, [entity.id]):
        elected = PostHolder.ground.in_(sorted(ELECTED))
        query = select(PostHolder).where(PostHolder.register_id == register.id, elected, *which)
        holders = session.scalars(query).all()
        for holder in holders:
            holder.to_on = last_day
        if holders:
            roster.follow_posts(session, register)
        count += len(holders)
    session.flush()
    return count


def reopen_elected(session: Session, entity: Entity, ends_on: date) -> int:
    """Restore the posts of the elected that ended on a day; return how many. Flush only."""
    day = ends_on.isoformat()
    newest = documents.newest_of_entities(session, "decision_makers", [entity.id]).get(entity.id)
    posts: list[Post] = list(newest.data) if newest is not None else []  # type: ignore[arg-type]
    again = [
        post | {"to_on": ""}
        if post["ground"] in ELECTED and post["to_on"] == day and not is_acting(post)
        else post
        for post in posts
    ]
    if again != posts:
        write_list(session, entity, again)
    return _set_last_day(session, entity, [PostHolder.to_on == ends_on], None)


def take_office(case: Case, change: dict[str, Any]) -> None:
    """Apply a declared change: the authority, its post, and the posts that were left.

    `change` is the record `authority_change`. One that was registered at once, such as by a batch,
    has its authority on record already; it takes over a post that ended with a mandate.
    """
    after = change.get("after")
    posts: list[Post] = documents.read(case, "decision_makers", of_entity=True) or []
    heads = posts
    if after:
        documents.write(case, "authority", after)
    else:
        after = documents.read(case, "authority", of_entity=True)
        heads = [post for post in posts if post["to_on"] in _ended_days(case)]
    if not after or not change.get("since_on"):
        return
    since = date.fromisoformat(change["since_on"])
    left = set(change.get("left") or ())
    eve = since - timedelta(days=1)
    now = [
        post | {"to_on": eve.isoformat()}
        if post["ground"] in TRUSTED and holder_label(post) in left and _is_held(post, eve)
        else post
        for post in posts
    ]
    ended = {post["post"]: post for post in heads if _succeeds(post, after, since)}
    held = {post["post"] for post in posts if _is_titular(post, since)}
    ended = {name: post for name, post in ended.items() if name not in held}
    now += [_next_holder(post, after, since) for post in ended.values()]
    if now != posts:
        documents.write(case, "decision_makers", now)
        decisions.publish(case)


def _ended_days(case: Case) -> set[str]:
    """Return the days on which the elected holders of the entity ended with their mandate."""
    days = case.session.scalars(
        select(MandateEnd.ends_on).where(
            MandateEnd.entity_id == case.entity.id, MandateEnd.rosters_ended_at.is_not(None)
        )
    )
    return {day.isoformat() for day in days}


def _is_titular(post: Post, on: date) -> bool:
    """Return whether a titular holds the post of the head of an elected body on a day."""
    return post["ground"] in HEADS and _is_held(post, on) and not is_acting(post)


def _succeeds(post: Post, after: dict[str, Any], since: date) -> bool:
    """Return whether the new authority succeeds the titular of a post that ended with a mandate."""
    if post["ground"] not in HEADS or not post["to_on"] or is_acting(post):
        return False
    apart = since - date.fromisoformat(post["to_on"])
    return post["ground"] == ground_hint(after["post"]) and 0 < apart.days <= 60


def _next_holder(post: Post, after: dict[str, Any], since: date) -> Post:
    person = {
        name: after[name]
        for name in ("document_type", "document_number", "given_names", "surnames", "post")
    }
    return post | person | {"from_on": since.isoformat(), "to_on": ""}

"""The end of an administrator's link with the entity, if the designation gives one.

AHEAD working days before, the coordinator in charge gets a notice, once, and the entity's page
proposes a redesignation. Nothing is proposed while one is open; a later designation with another
end, or none, takes its place.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Engine, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.db import Stop, never, open_session
from app.base.models import Entity, Grant, Notice, Record, User
from app.cases import notices, processes
from forms.fields.people import key_of

logger = logging.getLogger(__name__)

#: The working days before the end of a link from which a redesignation is proposed.
AHEAD = 20
#: Calendar days in which AHEAD working days are contained, whatever is decreed.
AT_MOST = timedelta(days=60)
#: How long after its end the end of a link is still looked at.
AFTER = timedelta(days=365)
#: The most versions of a designation that are read.
VERSIONS = 20


@dataclass(frozen=True)
class LinkEnd:
    """The end of an administrator's link: who, the last day, and the key of its notice."""

    person: str
    until_on: date
    key: str


def proposed(session: Session, entity: Entity) -> LinkEnd | None:
    """Return the end of a link for which a redesignation is to be proposed now."""
    found = near(session, entity)
    if found is None or not processes.can_start(session, entity, "redesignation"):
        return None
    return found


def near(session: Session, entity: Entity) -> LinkEnd | None:
    """Return the end of the present administrator's link, if it is near or was lately."""
    held = session.execute(
        select(Grant.id, User)
        .join(User, User.id == Grant.user_id)
        .where(
            Grant.entity_id == entity.id,
            Grant.role == "administrator",
            Grant.until_at.is_(None),
        )
    ).all()
    by_key = {(user.document_type, user.document_number): (user, held) for held, user in held}
    versions = session.scalars(
        select(Record.data)
        .where(Record.entity_id == entity.id, Record.name == "administrator")
        .order_by(Record.id.desc())
        .limit(VERSIONS)
    )
    # A redesignation that was cancelled leaves a version about a person who never had the role.
    holder = next((one["holder"] for one in versions if key_of(one["holder"]) in by_key), None)
    if holder is None or not holder.get("link_until_on"):
        return None
    user, grant_id = by_key[key_of(holder)]
    until_on = date.fromisoformat(holder["link_until_on"])
    if not _is_near(session, until_on):
        return None
    return LinkEnd(user.full_name, until_on, f"{grant_id} {until_on}")


def _is_near(session: Session, day: date) -> bool:
    today = calendar.today()
    if day < today:
        return today - day <= AFTER
    return calendar.calendar_of(session, None).between(today, day) <= AHEAD


def notify(engine: Engine, stop: Stop = never) -> int:
    """Add the notices that are due and remove those that are settled; return how many were added.

    Each entity has its own transaction.
    """
    added = 0
    with open_session(engine, writes=False) as session:
        ids = _concerned(session)
    for entity_id in ids:
        if stop():
            break
        try:
            with open_session(engine) as session:
                added += _notify(session, session.get_one(Entity, entity_id))
                session.commit()
        except OperationalError:
            logger.exception("an entity waits for the next night", extra={"entity": entity_id})
    return added


def _concerned(session: Session) -> Sequence[int]:
    """Return the entities with a link that ends soon or ended lately, or with a notice about it."""
    today = calendar.today()
    until_on = Record.data["holder"]["link_until_on"].as_string()
    ending = select(Record.entity_id).where(
        Record.name == "administrator",
        until_on >= (today - AFTER).isoformat(),
        until_on <= (today + AT_MOST).isoformat(),
    )
    told = select(Notice.entity_id).where(Notice.kind == "link_ends", Notice.done_at.is_(None))
    query = select(Entity.id).where(Entity.id.in_(ending) | Entity.id.in_(told))
    return session.scalars(query.order_by(Entity.id)).all()


def _notify(session: Session, entity: Entity) -> bool:
    found = near(session, entity)
    notices.link_settled(session, entity, None, but=found.key if found else "")
    if found is None or not processes.can_start(session, entity, "redesignation"):
        return False
    return notices.link_ends(session, entity, found.key, found.person, found.until_on)

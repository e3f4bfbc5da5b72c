"""The end of an administrator's link with the entity, if the designation gives one.

AHEAD working days before, the coordinator in charge gets a notice, once, and the entity's page
proposes a redesignation. Nothing is proposed while one is open; a later designation with another
end, or none, takes its place.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

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


def near(session: Session, entity: Entity) -> LinkEnd | None:
    """Return the end of the present administrator's link, if it is near or was lately."""
    held = session.execute(
        select(Record.data, Grant.id, User.document_type, User.document_number)
        .join(Grant, Grant.entity_id == Record.entity_id)
        .join(User, User.id == Grant.user_id)
        .where(
            Record.entity_id == entity.id,
            Record.name == "administrator",
            Grant.role == "administrator",
            Grant.until_at.is_(None),
        )
        .order_by(Record.id.desc())
        .limit(VERSIONS)
    )
    for data, grant_id, *document in held:
        holder = data["holder"]
        # A redesignation that was cancelled leaves a version about a person without the role.
        if key_of(holder) == tuple(document):
            return _end_of(session, holder, grant_id)
    return None


def _end_of(session: Session, holder: Mapping[str, Any], grant_id: int) -> LinkEnd | None:
    if not holder.get("link_until_on"):
        return None
    until_on = date.fromisoformat(holder["link_until_on"])
    if not _is_near(session, until_on):
        return None
    person = f"{holder['given_names']} {holder['surnames']}".strip()
    return LinkEnd(person, until_on, f"{grant_id} {until_on}")


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
    noted = select(Notice.entity_id).where(Notice.kind == "link_ends", Notice.done_at.is_(None))
    query = select(Entity.id).where(Entity.id.in_(ending) | Entity.id.in_(noted))
    return session.scalars(query.order_by(Entity.id)).all()


def _notify(session: Session, entity: Entity) -> bool:
    found = near(session, entity)
    notices.link_settled(session, entity, None, but=found.key if found else "")
    if found is None or not processes.can_start(session, entity, "redesignation"):
        return False
    return notices.link_ends(session, entity, found.key, found.person, found.until_on)

"""The days that cases wait for (`day_of()` of the diagrams), read for many cases at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.db.membership import among
from app.base.models import InductionSession, Record
from app.cases.records import documents


def read(session: Session, wanted: Collection[tuple[int, str]]) -> dict[tuple[int, str], datetime]:
    """Return the moment of each (instance id, name of a day), without days that no record says.

    Two statements at most, for any number; none for an empty collection.
    """
    if not wanted:
        return {}
    newest = {
        (record.instance_id, record.name): record.data
        for record in session.scalars(
            select(Record)
            .where(
                among(Record.instance_id, {instance_id for instance_id, _ in wanted}),
                Record.name.in_({name for _, name in wanted}),
            )
            .order_by(Record.id)
        )
    }
    sessions = _published(session, newest.values())
    found = {}
    for instance_id, name in wanted:
        data = newest.get((instance_id, name))
        at = _moment(name, data, sessions) if data else None
        if at is not None:
            found[instance_id, name] = at
    return found


def _published(session: Session, documents_: Collection[Any]) -> Mapping[int, datetime]:
    """Return when the published sessions that these documents name begin, as they are now."""
    ids = {int(one["session"]) for one in documents_ if one.get("session")}
    if not ids:
        return {}
    rows = session.execute(
        select(InductionSession.id, InductionSession.at).where(among(InductionSession.id, ids))
    )
    return {row.id: row.at for row in rows}


def _moment(name: str, data: Any, sessions: Mapping[int, datetime]) -> datetime | None:
    if name == "training":
        return documents.training_ends(data)
    if name == "production":
        return calendar.midnight(date.fromisoformat(data["go_live_on"]))
    if name == "call":
        agreed = data.get("agreed_on")
        return calendar.midnight(date.fromisoformat(agreed)) if agreed else None
    published = sessions.get(int(data["session"])) if data.get("session") else None
    return published or (datetime.fromisoformat(data["at"]) if data.get("at") else None)

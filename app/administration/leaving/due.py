"""The worker's part: departures whose day has come, however late the worker is."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.administration.leaving import acts, summary
from app.administration.leaving.acts import Announcement
from app.base import calendar, db
from app.base.db import Stop, open_session
from app.base.models import Departure, departures
from app.cases.papers import handover_sheets


def run(app: Flask, stop: Stop) -> Mapping[str, int] | None:
    """Carry out the departures whose day has come, each in a separate transaction."""
    engine, left = app.extensions["engine"], 0
    with open_session(engine, writes=False) as session:
        due = _due(session)
    for departure_id in due:
        if stop():
            return None
        sheet = _sheet(engine, departure_id)
        with db.writing(app) as session:
            left += acts.carry_out(session, departure_id, sheet) is not None
    return {"left": left}


def _due(session: Session) -> list[int]:
    query = select(Departure.id).where(departures.is_open(), Departure.from_on <= calendar.today())
    return list(session.scalars(query.order_by(Departure.from_on, Departure.id)))


def _sheet(engine: Engine, departure_id: int) -> bytes | None:
    """Return the *Ficha de entrega*, made outside of the transaction that writes."""
    with open_session(engine, writes=False) as session:
        departure = session.get_one(Departure, departure_id)
        said = Announcement(departure.from_on, departure.heir, departure.everything)
        found = summary.handover(session, departure.user, departure.entity, said)
    return handover_sheets.render_or_none(found, calendar.today())

"""The worker's job of incoming mail: read each message that `app.mailroom.spool` stored."""

from __future__ import annotations

import logging
from collections import Counter
from datetime import timedelta

from flask import Flask
from sqlalchemy import Engine, delete, or_, select, update

from app.base import calendar, db
from app.base.db import Stop
from app.base.models import SpooledMessage
from app.mailroom.incoming import receiving

logger = logging.getLogger(__name__)

#: How long a message rests that could not be read, or whose reading ended with the worker.
REST = timedelta(minutes=15)


def run(app: Flask, stop: Stop) -> Counter[str] | None:
    """Read what waits, in its order, a transaction each; return the counts, None if stopped."""
    engine, counts = app.extensions["engine"], Counter[str]()
    tried = SpooledMessage.tried_at
    rested = or_(tried.is_(None), tried < calendar.now() - REST)
    with db.open_session(engine, writes=False) as session:
        ids = session.scalars(select(SpooledMessage.id).where(rested).order_by(SpooledMessage.id))
        waiting = ids.all()
    for message_id in waiting:
        if stop():
            return None
        with app.app_context():
            try:
                _read(engine, message_id)
                counts["read"] += 1
            except Exception:
                logger.exception("the message %s was not read", message_id)
                counts["not_read"] += 1
    return counts


def _read(engine: Engine, message_id: int) -> None:
    """Read a message and forget its bytes. One that raises, or ends the process, stays marked."""
    here = SpooledMessage.id == message_id
    with db.writing(engine) as session:
        session.execute(update(SpooledMessage).where(here).values(tried_at=calendar.now()))
    with db.open_session(engine, writes=False) as session:
        row = session.get_one(SpooledMessage, message_id)
    with db.writing(engine) as session:
        receiving.receive(session, row.content, row.recipient, size=row.size, digest=row.digest)
        session.execute(delete(SpooledMessage).where(here))

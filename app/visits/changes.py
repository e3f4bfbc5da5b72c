"""The order in which changes became visible: what mirrors follow."""

from __future__ import annotations

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.models import Visit


def stamp(session: Session) -> int:
    """The number of this transaction, for `changed_in` of all that it writes.

    On PostgreSQL its own id, which is compared with the oldest that is still open, so that nobody
    reads past a change that is yet to be committed; on SQLite, where one writes at a time, the
    next in turn.
    """
    if session.get_bind().dialect.name == "postgresql":
        return int(session.scalars(text("select pg_current_xact_id()::text::bigint")).one())
    return (session.scalar(select(func.max(Visit.changed_in))) or 0) + 1

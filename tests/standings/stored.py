"""The stored states of live cases."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select

from app.base import db
from app.base.models import ProcessInstance


def live_states(app: Flask) -> list[tuple[str, bytes]]:
    """Return process and state of every live case."""
    live = select(ProcessInstance.process, ProcessInstance.state).where(
        ProcessInstance.ended_at.is_(None)
    )
    with db.open_session(app.extensions["engine"], writes=False) as session:
        return [(process, state) for process, state in session.execute(live)]

"""Read the state of the installation by a separate connection, with bounded waits."""

from __future__ import annotations

import logging

from flask import Flask
from sqlalchemy import Engine, NullPool
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.base import db
from app.base.db import statement_limits
from app.ops import worker

logger = logging.getLogger(__name__)

#: Seconds that the database may take to answer.
SECONDS = 3


def ask(app: Flask) -> worker.Standing | None:
    """Return the state; None if the database does not answer in time."""
    engine = engine_of(app)
    try:
        with Session(engine) as session:
            return worker.read(session)
    except SQLAlchemyError:
        logger.warning("the database does not say how things stand", exc_info=True)
        return None


def engine_of(app: Flask) -> Engine:
    """Return the engine; for a database server, one that limits every wait."""
    engine: Engine = app.extensions["engine"]
    if engine.dialect.name != "postgresql":
        return engine  # a file on this machine; readers do not wait for the writer
    limits = {"connect_timeout": SECONDS, "tcp_user_timeout": SECONDS * 1000}
    return db.server(
        engine.url,
        connect_args=limits,
        poolclass=NullPool,
        execution_options={statement_limits.OPTION: SECONDS},
    )

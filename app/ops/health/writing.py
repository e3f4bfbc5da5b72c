"""Check that the installation can write to the place of stored files and to the database.

It really writes, since a full disk can still be read, and leaves nothing but one file in a bucket.
Each web process tries at most once in `VALID` seconds.
"""

from __future__ import annotations

import hashlib
import logging
import os
import sqlite3
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from flask import Flask
from sqlalchemy import Engine, NullPool, create_engine, update
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session

from app.base import calendar, db
from app.base.files import places
from app.base.models import JobRun
from app.ops.health import probe

logger = logging.getLogger(__name__)

#: Seconds for which a result is valid.
VALID = 15.0
#: Bytes written to the folder, then dropped.
SIZE = 64 * 1024
#: The content that is stored in a bucket each time: a bucket has no unnamed files.
ALWAYS = b"Zaguan writes this to see whether it can.\n" * 1600
#: The row of job_run that is written.
ROW = "health"
#: Seconds to wait for SQLite's writer. If one is busy, the database can be written.
BUSY = 0.5
#: Whether each place can be written: files, database.
Writes = Mapping[str, bool]

_looking = threading.Lock()


def ask(app: Flask) -> Writes:
    """Return which places can be written, checked within the last `VALID` seconds."""
    with _looking:
        last: tuple[float, Writes] = app.extensions.get("writable", (0.0, {}))
        at, known = last
        if not known or time.monotonic() - at > VALID:
            known = look(app)
            app.extensions["writable"] = time.monotonic(), known
        return known


def look(app: Flask) -> Writes:
    """Check which places can be written now."""
    place: places.Place = app.extensions["files"]
    return {"files": _files(place, app.config["DATA"]), "database": _database(app)}


def _files(place: places.Place, data: Path) -> bool:
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)  # the first file would make it
        # It has no name, so nothing is left where the process dies.
        with tempfile.TemporaryFile(dir=place.near if place.near.is_dir() else data) as file:
            file.write(os.urandom(SIZE))
            file.flush()
            os.fsync(file.fileno())
        if not isinstance(place, places.Folder):
            _store_again(place)
    except (OSError, places.Away):
        logger.exception("the data folder or the place of the stored files cannot be written")
        return False
    return True


def _store_again(place: places.Place) -> None:
    """Store a file that is always the same one."""
    with places.temporary(place.near) as file:
        file.write(ALWAYS)
        file.flush()
        place.put(hashlib.sha256(ALWAYS).hexdigest(), Path(file.name))


def _database(app: Flask) -> bool:
    engine = _engine(app)
    try:
        with Session(engine) as session:
            now = calendar.now()
            # SQLite skips an update that changes nothing.
            values = {"seen_at": now, "result": {"turn": time.monotonic_ns()}}
            touch = update(JobRun).where(JobRun.name == ROW).values(**values)
            if not session.connection().execute(touch).rowcount:
                begun = {"started_at": now, "seen_at": now, "ended_at": now}
                db.insert_missing(
                    session, JobRun, {"name": ROW, "result": {}, "error": "", **begun}
                )
            session.commit()
    except OperationalError as fault:
        code = getattr(fault.orig, "sqlite_errorcode", 0)
        if code & 0xFF == sqlite3.SQLITE_BUSY:
            return True  # another process writes
        logger.exception("the database cannot be written")
        return False
    except SQLAlchemyError:
        logger.exception("the database cannot be written")
        return False
    finally:
        engine.dispose()
    return True


def _engine(app: Flask) -> Engine:
    engine: Engine = app.extensions["engine"]
    if engine.dialect.name == "postgresql":
        return probe.engine_of(app)
    return create_engine(
        engine.url, poolclass=NullPool, connect_args={"timeout": BUSY}, hide_parameters=True
    )

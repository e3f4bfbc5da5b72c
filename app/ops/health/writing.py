"""Check that the installation can write to its disk, to the database, and to a bucket of its files.

It really writes, since a full disk can still be read, and leaves nothing but one file in a bucket.
Each web process tries each place at most once in `VALID` seconds, in one thread.
"""

from __future__ import annotations

import hashlib
import logging
import os
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping
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
#: Seconds that a bucket may take: it is tried in a request, which waits as long.
BUCKET_SECONDS = 2.0
#: Whether each place can be written, by its name in `CHECKS`.
Writes = Mapping[str, bool]


def ask(app: Flask, names: Iterable[str] = ()) -> Writes:
    """Return which places can be written, checked within the last `VALID` seconds.

    While another thread checks, the last result is returned, however old. Without one, as in the
    first request of a process, this thread waits: some seconds, since each check is bounded.
    `names`: the places that are asked about, by default all.
    """
    return {name: _ask(app, name) for name in names or _places(app)}


def _ask(app: Flask, name: str) -> bool:
    known: dict[str, tuple[float, bool]] = app.extensions.setdefault("writable", {})
    last = known.get(name)
    if last is None or not _is_valid(last):
        if not _looking[name].acquire(blocking=last is None):
            return last is not None and last[1]
        try:
            last = known.get(name)  # another thread may have checked meanwhile
            if last is None or not _is_valid(last):
                can = CHECKS[name](app)
                last = known[name] = time.monotonic(), can
        finally:
            _looking[name].release()
    return last[1]


def _is_valid(result: tuple[float, bool]) -> bool:
    return time.monotonic() - result[0] <= VALID


def look(app: Flask) -> Writes:
    """Check which places can be written now."""
    return {name: CHECKS[name](app) for name in _places(app)}


def _places(app: Flask) -> list[str]:
    """Return the names of the places that an installation has."""
    return [name for name in CHECKS if name != "bucket" or app.config["FILES"]]


def _files(app: Flask) -> bool:
    data, place = app.config["DATA"], app.extensions["files"]
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)  # the first file would make it
        # It has no name, so nothing is left where the process dies.
        with tempfile.TemporaryFile(dir=place.near if place.near.is_dir() else data) as file:
            file.write(os.urandom(SIZE))
            file.flush()
            os.fsync(file.fileno())
    except OSError as fault:
        logger.warning("the data folder cannot be written", extra={"fault": str(fault)})
        return False
    return True


def _bucket(app: Flask) -> bool:
    """Store a file that is always the same one."""
    place = places.named(app.config, app.config["FILES"], BUCKET_SECONDS)
    try:
        with places.temporary(place.near) as file:
            file.write(ALWAYS)
            file.flush()
            place.put(hashlib.sha256(ALWAYS).hexdigest(), Path(file.name))
    except (OSError, places.Away) as fault:
        logger.warning(
            "the bucket of the stored files cannot be written", extra={"fault": str(fault)}
        )
        return False
    return True


def _database(app: Flask) -> bool:
    if lost := db.deleted_files(app.config["DATABASE_URL"]):
        logger.error("processes write into deleted files of the database: %s", lost)
        return False
    engine = _engine(app)
    try:
        with Session(engine) as session:
            if db.revision_of(session.connection()) not in db.known_revisions():
                logger.error("the database does not have the schema of this code")
                return False
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


#: The check of each place: the disk of the data folder, the database, the bucket of stored files.
CHECKS: dict[str, Callable[[Flask], bool]] = {
    "files": _files,
    "database": _database,
    "bucket": _bucket,
}
_looking = {name: threading.Lock() for name in CHECKS}

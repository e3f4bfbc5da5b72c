"""Engines for SQLite and PostgreSQL, and what each needs at the start of a connection.

SQLite's transactions are begun by us, since its driver begins them too late: `BEGIN IMMEDIATE`
where something will be written, so that two writers queue up at the start (`sqlite_writers`)
instead of failing in the middle.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.exc import OperationalError

from app.base import private
from app.base.db import sqlite_writers, statement_limits
from app.base.db.protection import triggers

#: How long a writer waits for its turn on SQLite (s), and then for the file's lock (ms).
TURN_SECONDS, SQLITE_BUSY_MS = 10.0, 5_000
#: Uses of a statement before a connection to PostgreSQL prepares it, and the most it prepares.
PREPARED_AFTER, MOST_PREPARED = 5, 300
#: Where Linux lists processes.
PROCESSES = Path("/", "proc")


def connect(url: str) -> Engine:
    """Return an engine for a database address, with SQLite set up as the embedded database."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return server(parsed, pool_pre_ping=True)
    if parsed.database:
        private.make_folder(Path(parsed.database).parent)
    arguments = {"factory": sqlite_writers.Connection}
    engine = create_engine(url, hide_parameters=True, connect_args=arguments)
    event.listen(engine, "do_connect", _make_sqlite_private)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def server(url: URL, **arguments: Any) -> Engine:
    """Return an engine for a database server; `arguments` are those of SQLAlchemy's engine.

    It works through a pooler that gives each transaction another session of the server: nothing
    is set for a session, and statements are prepared by the protocol, which poolers translate.
    """
    given = {"prepare_threshold": PREPARED_AFTER} | arguments.pop("connect_args", {})
    # Parameters are people's data: errors do not show them, since errors are logged.
    engine = create_engine(url, hide_parameters=True, connect_args=given, **arguments)
    event.listen(engine, "connect", _prepare_server)
    event.listen(engine, "begin", statement_limits.prepare)
    event.listen(engine, "handle_error", _say_that_it_is_lost, retval=True)
    return engine


def _prepare_server(connection: Any, record: Any) -> None:
    connection.prepared_max = MOST_PREPARED


def _say_that_it_is_lost(context: ExceptionContext) -> BaseException | None:
    """Return OperationalError where a pooler lost the server within a transaction.

    pgbouncer says so before the next command is sent. psycopg then takes that for a second answer
    to it, and raises InternalError, as for a fault of ours.
    """
    fault = context.original_exception
    if not (isinstance(fault, psycopg.InternalError) and "results from command" in str(fault)):
        return None
    context.is_disconnect = True
    return OperationalError(None, None, fault, hide_parameters=True)


def _make_sqlite_private(dialect: Any, record: Any, arguments: Any, settings: Any) -> None:
    """Create the file before SQLite does; the files that SQLite adds take the same mode."""
    private.make_file(Path(arguments[0]))


def sqlite_file(url: str) -> Path | None:
    """Return the file of an embedded database; None for a server, or a database in memory."""
    parsed = make_url(url)
    is_file = parsed.get_backend_name() == "sqlite" and parsed.database
    return Path(parsed.database) if is_file and parsed.database else None


def sqlite_files(url: str) -> list[Path]:
    """Return the existing files of an embedded database: its own, SQLite's, and our locks."""
    path = sqlite_file(url)
    if path is None:
        return []
    return [path, *path.parent.glob(f"{path.name}-*"), *path.parent.glob(f"{path.name}.*.lock")]


def deleted_files(url: str) -> list[tuple[int, str]]:
    """Return which process has which deleted file of an embedded database open: its id, the name.

    What is written there is lost when the process ends. Other users' processes are not seen.
    """
    path = sqlite_file(url)
    if path is None:
        return []
    deleted = {f"{path.resolve()}{end} (deleted)": path.name + end for end in ("", "-wal", "-shm")}
    return sorted(
        (int(process.name), deleted[name])
        for process in PROCESSES.glob("[0-9]*")
        for name in set(_open_files(process)) & deleted.keys()
    )


def _open_files(process: Path) -> Iterator[str]:
    """Yield what a process has open; nothing of one that has ended or belongs to another user."""
    with suppress(OSError):
        for entry in (process / "fd").iterdir():
            with suppress(OSError):
                yield str(entry.readlink())


def _prepare_sqlite(connection: Any, record: Any) -> None:
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",  # what is suppressed is not left in free pages
        f"busy_timeout={SQLITE_BUSY_MS}",
        "recursive_triggers=ON",  # so that those of protected tables see `insert or replace`
    ):
        connection.execute(f"PRAGMA {pragma}")
    triggers.prepare(connection)


def _begin_sqlite(connection: Any) -> None:
    mode = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
    statement_limits.prepare(connection)
    driver: Any = connection.connection.driver_connection
    if mode == "IMMEDIATE" and connection.engine.url.database:
        driver.take_turn(connection.engine.url.database, TURN_SECONDS)
    try:
        connection.exec_driver_sql(f"BEGIN {mode}")
    except BaseException:
        driver.end_turn()
        raise

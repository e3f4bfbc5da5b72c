"""Copy a database to files, as of one moment while others write, and back.

SQLite (`embedded`): a copy by its online backup. PostgreSQL (`server`): a file per table by COPY
from one snapshot, restored into the schema of its revision, so that versions of `pg_dump` and
server need not match.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, inspect

from app.base import db
from app.base.models import JobRun, Lease, LogEntry
from app.ops.backup import embedded, server, tables
from app.ops.backup.encryption import Cipher
from app.ops.backup.tables import Copy, Settle


class NotEmpty(Exception):
    """The database already holds data."""


def write(engine: Engine, folder: Path, cipher: Cipher) -> Copy:
    """Copy the database into a folder, as of one moment."""
    if engine.dialect.name == "sqlite":
        return embedded.write(engine, folder, cipher)
    return server.write(engine, folder, cipher)


def must_be_empty(engine: Engine) -> None:
    """Raise NotEmpty if the database has a table."""
    with engine.connect() as connection:
        if inspect(connection).get_table_names():
            raise NotEmpty


def read(
    engine: Engine,
    folder: Path,
    revision: str,
    described: Mapping[str, Any],
    cipher: Cipher,
    settle: Settle,
) -> None:
    """Fill an empty database from a folder, whole or not at all; `settle` is called last.

    Raises db.UnknownRevision, and BadBackup if a table does not have the rows of the backup.
    """
    kind = embedded if engine.dialect.name == "sqlite" else server
    kind.read(engine, folder, revision, described, cipher, settle)


#: Tables whose rows a restore changes.
UNCOUNTED = (Lease.__tablename__, JobRun.__tablename__)
#: Rows that a restore adds: the log's entry about it.
ADDED = {LogEntry.__tablename__: 1}


def holds(engine: Engine, revision: str, described: Mapping[str, Any]) -> bool:
    """Return whether the database has exactly the tables of a backup, with the same row counts.

    The log has one entry more, which the restore wrote.

    Leases are not counted: a restore deletes those that were held when the backup was made. Nor are
    runs of jobs: a restore notes there that the list of suppressions must be applied.
    """
    with engine.connect() as connection:
        if db.revision_of(connection) != revision:
            return False
        if set(tables.names(connection)) != set(described):
            return False
        return all(
            tables.count(connection, name) == described[name]["rows"] + ADDED.get(name, 0)
            for name in described
            if name not in UNCOUNTED
        )

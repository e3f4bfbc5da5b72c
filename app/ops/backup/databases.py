"""Copy a database to files, as of one moment while others write, and back.

SQLite: a copy by its online backup. PostgreSQL: a file per table by COPY from one snapshot,
restored into the schema of its revision, so that versions of `pg_dump` and server need not match.
"""

from __future__ import annotations

import gzip
import os
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Integer, func, inspect, select, table, text

from app.base import db
from app.ops.backup.manifest import BadBackup

#: Table that migrations write themselves.
VERSION_TABLE = "alembic_version"
SQLITE_COPY = "zaguan.db"


#: Called on a restored database before it is used.
Settle = Callable[[Connection], None]


@dataclass(frozen=True)
class Copy:
    """A copy of a database in a folder."""

    revision: str
    tables: Mapping[str, Mapping[str, Any]]
    #: SHA-256 of the stored files that its rows refer to.
    files: Sequence[str]


class NotEmpty(Exception):
    """The database already holds data."""


def write(engine: Engine, folder: Path) -> Copy:
    """Copy the database into a folder, as of one moment."""
    if engine.dialect.name == "sqlite":
        return _write_sqlite(engine, folder)
    snapshot = engine.connect().execution_options(
        isolation_level="REPEATABLE READ", postgresql_readonly=True
    )
    with snapshot as connection:
        tables = {
            name: _copy_out(connection, name, folder / part_of(name))
            for name in _tables(connection)
        }
        return Copy(db.revision_of(connection), tables, _files(connection))


def must_be_empty(engine: Engine) -> None:
    """Raise NotEmpty if the database has a table."""
    with engine.connect() as connection:
        if inspect(connection).get_table_names():
            raise NotEmpty


def read(
    engine: Engine, folder: Path, revision: str, tables: Mapping[str, Any], settle: Settle
) -> None:
    """Fill an empty database from a folder, whole or not at all; `settle` is called last.

    Raises db.UnknownRevision, and BadBackup if a table does not have the rows of the backup.
    """
    if engine.dialect.name == "sqlite":
        _read_sqlite(engine, folder, revision, settle)
        return
    # Begun here: within a transaction that it finds, Alembic commits nothing.
    with engine.begin() as connection:
        db.upgrade(connection, revision)
        there = _tables(connection)
        if set(there) != set(tables):
            raise BadBackup("The tables of the backup are not those of its revision.")
        names = ", ".join(f'"{name}"' for name in there)
        connection.execute(text(f"truncate {names}"))  # what migrations put there comes along
        for name in there:
            _copy_in(connection, name, tables[name], folder / part_of(name))
        settle(connection)


def holds(engine: Engine, revision: str, tables: Mapping[str, Any]) -> bool:
    """Return whether the database has exactly the tables of a backup, with the same row counts."""
    with engine.connect() as connection:
        if db.revision_of(connection) != revision or set(_tables(connection)) != set(tables):
            return False
        return all(
            connection.scalar(select(func.count()).select_from(table(name))) == described["rows"]
            for name, described in tables.items()
        )


def part_of(table: str) -> str:
    """Return the name of the file of a PostgreSQL table."""
    return f"{table}.copy.gz"


# SQLite ----------------------------------------------------------------------------------------


def _write_sqlite(engine: Engine, folder: Path) -> Copy:
    path = folder / SQLITE_COPY
    with (
        closing(sqlite3.connect(str(engine.url.database))) as source,
        closing(sqlite3.connect(path)) as target,
    ):
        source.backup(target)  # in one step: a snapshot, while others write to the log
        (found,) = target.execute("PRAGMA quick_check").fetchone()
        if found != "ok":
            raise BadBackup(f"The database itself is damaged: {found}")
    copied = db.connect(f"sqlite:///{path}")
    try:
        with copied.connect() as connection:
            tables = {
                name: {"rows": connection.scalar(select(func.count()).select_from(table(name)))}
                for name in _tables(connection)
            }
            return Copy(db.revision_of(connection), tables, _files(connection))
    finally:
        copied.dispose()
        _leave_one_file(path)


def _leave_one_file(path: Path) -> None:
    """End the write-ahead log that our connections begin."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")


def _read_sqlite(engine: Engine, folder: Path, revision: str, settle: Settle) -> None:
    place = Path(str(engine.url.database))
    made = place.with_name(f"{place.name}.restored")
    made.unlink(missing_ok=True)
    with (
        closing(sqlite3.connect(folder / SQLITE_COPY)) as source,
        closing(sqlite3.connect(made)) as target,
    ):
        source.backup(target)
    known = db.connect(f"sqlite:///{made}")
    try:
        with known.connect() as connection:
            db.upgrade(connection, revision)  # nothing to do, where this code knows it
            connection.rollback()
        with known.begin() as connection:
            settle(connection)
    finally:
        known.dispose()
    _leave_one_file(made)
    _sync(made)
    engine.dispose()
    for ending in ("-wal", "-shm"):
        place.with_name(place.name + ending).unlink(missing_ok=True)
    made.replace(place)


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


# PostgreSQL ------------------------------------------------------------------------------------


def _copy_out(connection: Connection, name: str, path: Path) -> dict[str, Any]:
    """Write a table, a row per line. Return row count, columns, and values of its sequences."""
    columns = [column["name"] for column in inspect(connection).get_columns(name)]
    rows = 0
    with (
        _cursor(connection) as cursor,
        path.open("wb") as raw,
        gzip.GzipFile(fileobj=raw, mode="wb", mtime=0, filename="") as target,
        cursor.copy(f"COPY {_quoted(name, columns)} TO STDOUT") as copied,
    ):
        for chunk in copied:
            rows += bytes(chunk).count(b"\n")
            target.write(chunk)
    _sync(path)
    return {"rows": rows, "columns": columns, "numbers": _numbers(connection, name)}


def _copy_in(connection: Connection, name: str, described: Mapping[str, Any], path: Path) -> None:
    with _cursor(connection) as cursor, gzip.open(path, "rb") as source:
        with cursor.copy(f"COPY {_quoted(name, described['columns'])} FROM STDIN") as copied:
            while chunk := source.read(1 << 18):
                copied.write(chunk)
        rows = cursor.rowcount
    if rows != described["rows"]:
        raise BadBackup(f"The table {name} has {rows} rows instead of {described['rows']}.")
    for column, last in described["numbers"].items():
        connection.execute(select(func.setval(_sequence(connection, name, column), last)))


def _cursor(connection: Connection) -> Any:
    """Return a cursor of psycopg, which offers COPY, in the transaction of the connection."""
    connection.execute(text("set local datestyle to iso"))  # whatever the server's own is
    driver: Any = connection.connection.driver_connection
    return driver.cursor()


def _quoted(name: str, columns: Sequence[str]) -> str:
    listed = ", ".join(f'"{column}"' for column in columns)
    return f'"{name}" ({listed})'


def _numbers(connection: Connection, name: str) -> dict[str, int]:
    """Return the last value of each sequence by column; read after the snapshot, never behind."""
    found = {}
    for column in inspect(connection).get_columns(name):
        if not isinstance(column["type"], Integer):
            continue
        sequence = _sequence(connection, name, column["name"])
        last = sequence and connection.scalar(
            text("select pg_sequence_last_value(cast(:sequence as regclass))"),
            {"sequence": sequence},
        )
        if last:
            found[column["name"]] = int(last)
    return found


def _sequence(connection: Connection, name: str, column: str) -> str | None:
    """Return the sequence of a column, or None."""
    sequence: str | None = connection.scalar(
        select(func.pg_get_serial_sequence(f'"{name}"', column))
    )
    return sequence


# Both ------------------------------------------------------------------------------------------


def _tables(connection: Connection) -> list[str]:
    """Return the tables, each after those that it refers to."""
    names = (name for name, _ in inspect(connection).get_sorted_table_and_fkc_names())
    return [name for name in names if name is not None and name != VERSION_TABLE]


def _files(connection: Connection) -> list[str]:
    return list(connection.scalars(text("select sha256 from stored_file order by sha256")))

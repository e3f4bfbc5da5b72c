"""Copy a PostgreSQL database: a file per table, by COPY from one snapshot.

A restore writes each row once. It creates the schema of the backup's revision, drops keys and
indexes of the empty tables, fills a table, and then creates what it dropped, as the catalogue of
the database defined it. All of it is one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from isal import igzip
from sqlalchemy import Connection, Engine, Integer, func, inspect, select, text

from app.base import db
from app.ops import progress
from app.ops.backup import tables
from app.ops.backup.encryption import Cipher
from app.ops.backup.manifest import BadBackup
from app.ops.backup.tables import Copy, Settle

#: Memory for the creation of an index.
MEMORY = "256MB"
BLOCK = 1 << 20
#: Of igzip, 0 to 3: a fifth of the time of Python's gzip for files that are hardly larger.
LEVEL = 1
#: Keys and indexes of the tables of the schema: foreign keys first, then what they refer to.
DEFINED = text(
    """
    select owner.relname, found.name, found.definition, found.kind
    from (
        select conrelid as of, quote_ident(conname) as name, contype::text as kind,
            pg_get_constraintdef(oid) as definition
        from pg_constraint where contype in ('f', 'p', 'u', 'x')
        union all
        select indrelid, indexrelid::regclass::text, 'index', pg_get_indexdef(indexrelid)
        from pg_index where not exists (
            select 1 from pg_constraint
            where conindid = indexrelid and contype in ('p', 'u', 'x'))
    ) found
    join pg_class owner on owner.oid = found.of
    where owner.relnamespace = current_schema()::regnamespace and owner.relname <> :version
    order by array_position(array['f', 'p', 'u', 'x', 'index'], found.kind), found.name
    """
)


@dataclass(frozen=True)
class Index:
    """A key or an index of a table, and its definition in SQL."""

    table: str
    name: str
    definition: str
    #: f: a foreign key; p, u, x: another constraint; index.
    kind: str

    def drop(self) -> str:
        """Return the statement that drops it."""
        if self.kind == "index":
            return f"drop index {self.name}"
        return f'alter table "{self.table}" drop constraint {self.name}'

    def create(self) -> str:
        """Return the statement that creates it as it was."""
        if self.kind == "index":
            return self.definition
        return f'alter table "{self.table}" add constraint {self.name} {self.definition}'


def write(engine: Engine, folder: Path, cipher: Cipher) -> Copy:
    """Copy the database into a folder, as of one moment."""
    snapshot = engine.connect().execution_options(
        isolation_level="REPEATABLE READ", postgresql_readonly=True
    )
    with snapshot as connection:
        described = {}
        for name in tables.names(connection):
            with progress.table(name) as shown:
                described[name] = _copy_out(connection, name, folder, cipher)
                shown.rows = described[name]["rows"]
        return Copy(db.revision_of(connection), described, tables.stored_files(connection))


def read(
    engine: Engine,
    folder: Path,
    revision: str,
    described: Mapping[str, Any],
    cipher: Cipher,
    settle: Settle,
) -> None:
    """Fill an empty database in one transaction."""
    # Begun here: within a transaction that it finds, Alembic commits nothing.
    with engine.begin() as connection:
        db.upgrade(connection, revision)
        there = tables.names(connection)
        if set(there) != set(described):
            raise BadBackup("The tables of the backup are not those of its revision.")
        listed = ", ".join(f'"{name}"' for name in there)
        connection.execute(text(f"truncate {listed}"))  # what migrations put there comes along
        connection.execute(text(f"set local maintenance_work_mem = '{MEMORY}'"))
        indexes = [Index(*row) for row in connection.execute(DEFINED, _VERSION)]
        _run(connection, [index.drop() for index in indexes])
        for name in there:
            with progress.table(name) as shown:
                shown.rows = _copy_in(connection, name, described[name], folder, cipher)
                own = [one for one in indexes if one.table == name and one.kind != "f"]
                _run(connection, [one.create() for one in own])
        with progress.step("Checking references between tables"):
            _run(connection, [one.create() for one in indexes if one.kind == "f"])
        settle(connection)
        connection.execute(text(f"analyze {listed}"))


_VERSION = {"version": tables.VERSION_TABLE}


def part_of(name: str) -> str:
    """Return the name of the file of a table."""
    return f"{name}.copy.gz"


def _run(connection: Connection, statements: Sequence[str]) -> None:
    for statement in statements:
        connection.exec_driver_sql(statement)


def _copy_out(connection: Connection, name: str, folder: Path, cipher: Cipher) -> dict[str, Any]:
    """Write a table, a row per line. Return row count, columns, and values of its sequences."""
    columns = [column["name"] for column in inspect(connection).get_columns(name)]
    with (
        _cursor(connection) as cursor,
        cipher.writing(folder / cipher.name(part_of(name))) as raw,
        igzip.IGzipFile(
            filename="", fileobj=raw, mode="wb", compresslevel=LEVEL, mtime=0
        ) as target,
    ):
        with cursor.copy(f"COPY {_quoted(name, columns)} TO STDOUT") as copied:
            for block in _blocks(copied):
                target.write(block)
        rows = int(cursor.rowcount)
    return {"rows": rows, "columns": columns, "numbers": _numbers(connection, name)}


def _blocks(rows: Iterable[bytes]) -> Iterator[bytes]:
    """Join rows to blocks of about a megabyte."""
    block, size = [], 0
    for row in rows:
        block.append(row)
        size += len(row)
        if size >= BLOCK:
            yield b"".join(block)
            block, size = [], 0
    yield b"".join(block)


def _copy_in(
    connection: Connection, name: str, described: Mapping[str, Any], folder: Path, cipher: Cipher
) -> int:
    """Fill a table and set its sequences. Return the number of rows.

    The rows are frozen as they are written, which a later vacuum would do otherwise. That is
    allowed because the table was emptied in the same transaction.
    """
    columns = _quoted(name, described["columns"])
    with (
        _cursor(connection) as cursor,
        cipher.reading(folder / cipher.name(part_of(name))) as raw,
        igzip.open(raw, "rb") as source,
    ):
        with cursor.copy(f"COPY {columns} FROM STDIN WITH (FREEZE)") as copied:
            while chunk := source.read(BLOCK):
                copied.write(chunk)
        rows = int(cursor.rowcount)
    tables.must_have(name, rows, described)
    for column, last in described["numbers"].items():
        connection.execute(select(func.setval(_sequence(connection, name, column), last)))
    return rows


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

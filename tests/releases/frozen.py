"""Installations of a release, stored row by row, to test upgrades on live instances.

A release is frozen once, when it is published, and its file never changes:

1. From a checkout of the release, run `python -m tests.releases.fill 0.2.0`: it fills an
   installation with invented people alone and writes `tests/releases/0.2.0.json.gz`.
2. Check that `load` restores it on both databases: `freeze` returns the same for the loaded
   database as for the first one.

A file names its columns and no model: models change, the file stays as the release wrote it. Blobs
are base64, moments ISO in UTC, dates ISO, documents as they are. `files` holds the bytes of the
stored files by their SHA-256, blank pages mostly, so that a step that opens one finds it. All of it
is JSON on many lines, packed by gzip without a name or a moment: the same content gives the same
file, and `zdiff` compares two files line by line.
"""

from __future__ import annotations

import base64
import gzip
import json
import tomllib
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from alembic.runtime.migration import MigrationContext
from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Date,
    DateTime,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    delete,
    func,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.engine import make_url
from sqlalchemy.types import TypeEngine

from app.base import db
from tests import databases
from tests.tree import ROOT

#: Tables of the migrations, which write them themselves.
VERSION_TABLE = "alembic_version"
#: SQLite's full-text index of visits and its internal tables: triggers maintain them.
DERIVED = "visit_text"
#: A longer value is split over several lines of the file.
LINE = 100


#: The version of this code, or the one that it leads to.
PRESENT: str = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]


def version_of(path: Path) -> str:
    """Return the version of a frozen release, such as `0.8.0`."""
    return path.name.removesuffix(".json.gz")


def number_of(path: Path) -> tuple[int, ...]:
    """Return the version of a frozen release as numbers, which sort as releases do."""
    return tuple(map(int, version_of(path).split(".")))


#: The files of all frozen releases, the oldest first.
RELEASES = sorted(Path(__file__).parent.glob("*.json.gz"), key=number_of)
#: The file of the release before the present one, from which installations upgrade.
PREVIOUS = [path for path in RELEASES if version_of(path) != PRESENT][-1]


class NotEmpty(Exception):
    """The database has tables already: an installation is loaded only into an empty one."""


def load(url: str, path: Path) -> datetime:
    """Create the schema as the release had it, with its rows. Return the release's moment.

    The database is then one of the release: the caller upgrades it with `db.migrate`. Files are
    left to `unpack`. Raises NotEmpty.
    """
    document = read(path)
    engine = db.connect(databases.owner_of(url))
    try:
        with engine.connect() as connection:
            if inspect(connection).get_table_names():
                raise NotEmpty(url)
            db.upgrade(connection, document["revision"])
            write_into(connection, path)
            if connection.dialect.name == "postgresql":  # in the release, the application owned all
                for kind in ("tables", "sequences"):
                    granted = f"grant all on all {kind} in schema public to {databases.APPLICATION}"
                    connection.execute(text(granted))
            connection.commit()
    finally:
        engine.dispose()
    return datetime.fromisoformat(document["now"])


def write_into(connection: Connection, path: Path) -> None:
    """Write the rows of a release into its schema or a newer one, in the columns that it had."""
    tables = tables_of(connection)
    for table in reversed(list(tables.values())):
        connection.execute(delete(table))  # the file includes the rows that a migration adds
    for name, rows in read(path)["tables"].items():
        _insert(connection, tables[name], rows)


def rows_of(connection: Connection, path: Path) -> dict[str, Any]:
    """Return the rows in the tables and columns that a release had, as in its file."""
    tables = tables_of(connection)
    return {
        name: [
            {column: row[column] for column in columns} for row in _rows(connection, tables[name])
        ]
        for name, columns in {
            name: list(rows[0]) if rows else [] for name, rows in read(path)["tables"].items()
        }.items()
    }


def unpack(path: Path, data: Path) -> None:
    """Write the bytes of the stored files where an application with that data folder finds them."""
    for sha256, content in read(path)["files"].items():
        place = _place_of(data, sha256)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(base64.b64decode(content))


def empty(url: str) -> None:
    """Remove everything from a test database, so that `load` can use it.

    On SQLite no other connection may be open.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        for ending in ("", "-wal", "-shm"):
            Path(f"{parsed.database}{ending}").unlink(missing_ok=True)
        return
    engine = db.connect(databases.owner_of(url))
    with engine.begin() as connection:
        connection.execute(text("drop schema public cascade"))
        connection.execute(text("create schema public"))
        connection.execute(text("grant usage on schema public to public"))  # as in a new database
    engine.dispose()


def freeze(engine: Engine, release: str, now: datetime, data: Path | None = None) -> dict[str, Any]:
    """Return everything that an installation stores, as plain values; the module explains its use.

    `data` is the installation's data folder. Without it, the bytes of its files are left out.
    """
    with engine.connect() as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
        tables = {name: _rows(connection, table) for name, table in tables_of(connection).items()}
    return {
        "release": release,
        "revision": revision,
        "now": now.astimezone(UTC).isoformat(),
        "tables": tables,
        "files": _contents(data, tables["stored_file"]) if data else {},
    }


def read(path: Path) -> dict[str, Any]:
    """Return a frozen installation as plain values."""
    document: dict[str, Any] = json.loads(gzip.decompress(path.read_bytes()))
    return document


def write(document: dict[str, Any], path: Path) -> None:
    """Store a frozen installation so that two of them can be compared line by line."""
    path.write_bytes(gzip.compress(f"{_laid_out(document)}\n".encode(), mtime=0))


def tables_of(connection: Connection) -> dict[str, Table]:
    """Return the existing tables by name, each after the tables that it refers to.

    Columns alone, since SQLite reports no index over an expression.
    """
    inspector = inspect(connection)
    tables = {}
    for name, _ in inspector.get_sorted_table_and_fkc_names():
        if name is None or name == VERSION_TABLE or name.startswith(DERIVED):
            continue
        keys = inspector.get_pk_constraint(name)["constrained_columns"]
        columns = [
            Column(found["name"], _plain(found["type"]), primary_key=found["name"] in keys)
            for found in inspector.get_columns(name)
        ]
        tables[name] = Table(name, MetaData(), *columns)
    return tables


def _plain(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    """Return the type of a column as used here: an absent document is SQL's null."""
    return JSON(none_as_null=True) if isinstance(kind, JSON) else kind


def _place_of(data: Path, sha256: str) -> Path:
    """Return where an installation stores a content (`app.base.files.path_of`)."""
    return data / "files" / sha256[:2] / sha256


# Into a database ------------------------------------------------------------------------------


def _insert(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    readers = {column.name: _reader(column.type) for column in table.columns}
    values = [
        {name: None if value is None else readers[name](value) for name, value in row.items()}
        for row in rows
    ]
    connection.execute(insert(table), values)
    if connection.dialect.name == "postgresql":
        _set_sequence(connection, table)


def _set_sequence(connection: Connection, table: Table) -> None:
    """Continue PostgreSQL's numbering after the rows that were loaded with their numbers."""
    quoted = connection.dialect.identifier_preparer.format_table(table)
    for column in table.primary_key.columns:
        if not isinstance(column.type, Integer):
            continue
        sequence = connection.scalar(select(func.pg_get_serial_sequence(quoted, column.name)))
        if sequence:
            highest = connection.scalar(select(func.max(column)))
            connection.execute(select(func.setval(sequence, highest)))


def _reader(kind: TypeEngine[Any]) -> Callable[[Any], Any]:
    """Return a function that turns a value of the file into one of a column of this type."""
    if isinstance(kind, LargeBinary):
        return base64.b64decode
    if isinstance(kind, DateTime):
        return datetime.fromisoformat
    if isinstance(kind, Date):
        return date.fromisoformat
    return _as_it_is


def _as_it_is(value: Any) -> Any:
    return value


# Out of a database ----------------------------------------------------------------------------


def _rows(connection: Connection, table: Table) -> list[dict[str, Any]]:
    found = connection.execute(select(table).order_by(*table.primary_key.columns))
    return [{name: _written(value) for name, value in row.items()} for row in found.mappings()]


def _contents(data: Path, rows: list[dict[str, Any]]) -> dict[str, str]:
    places = {row["sha256"]: _place_of(data, row["sha256"]) for row in rows}
    return {
        sha256: base64.b64encode(place.read_bytes()).decode() for sha256, place in places.items()
    }


def _written(value: Any) -> Any:
    """Return a value in the file's format."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime):  # SQLite's have no zone; it is always UTC
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        return aware.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def _laid_out(value: Any, margin: str = "") -> str:
    """Return JSON with short values on one line and long ones on several."""
    short = json.dumps(value, ensure_ascii=False)
    if not value or not isinstance(value, dict | list) or len(margin) + len(short) <= LINE:
        return short
    inner = margin + "  "
    parts: Iterable[str]
    if isinstance(value, dict):
        opening, closing = "{}"
        parts = (f"{json.dumps(key)}: {_laid_out(one, inner)}" for key, one in value.items())
    else:
        opening, closing = "[]"
        parts = (_laid_out(one, inner) for one in value)
    return f"{opening}\n{inner}" + f",\n{inner}".join(parts) + f"\n{margin}{closing}"

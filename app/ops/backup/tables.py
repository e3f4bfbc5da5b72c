"""What both databases have in common for a backup: their tables, and the files that rows name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, inspect, select, table

from app.base.models import StoredFile
from app.ops import progress
from app.ops.backup.manifest import BadBackup

#: Table that migrations write themselves.
VERSION_TABLE = "alembic_version"
#: Called on a restored database before it is used.
Settle = Callable[[Connection], None]


@dataclass(frozen=True)
class Copy:
    """A copy of a database in a folder."""

    revision: str
    #: Table → row count; on PostgreSQL also its columns and the last values of its sequences.
    tables: Mapping[str, Mapping[str, Any]]
    #: SHA-256 of the stored files that its rows refer to.
    files: Sequence[str]


def names(connection: Connection) -> list[str]:
    """Return the tables, each after those that it refers to."""
    found = (name for name, _ in inspect(connection).get_sorted_table_and_fkc_names())
    return [name for name in found if name is not None and name != VERSION_TABLE]


def count(connection: Connection, name: str) -> int:
    """Return the number of rows of a table."""
    return int(connection.scalar(select(func.count()).select_from(table(name))) or 0)


def stored_files(connection: Connection) -> Sequence[str]:
    """Return the SHA-256 of each stored file whose bytes were not removed, in order."""
    here = select(StoredFile.sha256).where(StoredFile.removed_at.is_(None))
    return connection.scalars(here.order_by(StoredFile.sha256)).all()


def must_match(connection: Connection, described: Mapping[str, Mapping[str, Any]]) -> None:
    """Raise BadBackup if the tables or their row counts differ from the backup's; show progress."""
    if set(names(connection)) != set(described):
        raise BadBackup("The tables of the backup are not those of its revision.")
    for name in described:
        with progress.table(name) as shown:
            shown.rows = count(connection, name)
        must_have(name, shown.rows, described[name])


def must_have(name: str, rows: int, described: Mapping[str, Any]) -> None:
    """Raise BadBackup if a table does not have the rows of the backup."""
    if rows != described["rows"]:
        raise BadBackup(f"The table {name} has {rows} rows instead of {described['rows']}.")

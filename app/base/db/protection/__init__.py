"""Protected tables: the application may insert and read, and change rows by two exits alone.

`declared`: the tables; `grants` (PostgreSQL) and `triggers` (SQLite) enforce it; `exits`: the ways
to change rows all the same. `install` follows each migration, and `standing` is a part of
`zaguan status`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from app.base.config.fault import Foreseen
from app.base.db import sql_files
from app.base.db.protection import exits, grants, triggers


class NotOwner(Foreseen):
    """The role of this connection does not own the tables."""

    exit_code = 2


@dataclass(frozen=True)
class Standing:
    """Whether the tables are protected: what is not as declared, and what should be known."""

    faults: Sequence[str]
    warnings: Sequence[str]


def install(connection: Connection, role: str = "") -> None:
    """Protect the tables that are there, as their owner. Raises NotOwner.

    `role`: the application's role on PostgreSQL; "" if it is the owner.
    """
    if connection.dialect.name == "sqlite":
        triggers.make(connection)
        return
    if not grants.is_owner(connection):
        raise NotOwner(
            "The tables belong to another role: set ZAGUAN_DATABASE_OWNER_URL for this command."
        )
    sql_files.run(connection, exits.FUNCTIONS)
    if role and role != connection.scalar(text("select current_user")):
        grants.give(connection, role)


def standing(connection: Connection) -> Standing:
    """Return whether the tables are protected from the role of this connection."""
    if connection.dialect.name == "sqlite":
        return Standing(triggers.faults(connection), ())
    if grants.is_owner(connection):
        return Standing((), (grants.ONE_ROLE,))
    return Standing(grants.faults(connection), ())


@contextmanager
def lifted(connection: Connection) -> Iterator[None]:
    """Let the owner change protected rows meanwhile: a migration, or a restore."""
    if connection.dialect.name == "sqlite":
        with triggers.opened(connection):
            yield
    else:
        yield


def log_restore(connection: Connection, at: datetime, until: datetime, backup: str = "") -> None:
    """Log that the owner filled the database, with data as of `until`.

    `backup`: the hash of the backup's manifest; "" if it came by other means.
    """
    data = {"until": until.isoformat(timespec="seconds"), "backup": backup}
    exits.log(connection, "protection.restored", data, at=at)

"""Bringing the schema to a revision, by Alembic, while processes of the previous release work."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import OperationalError

from app.base.db import online, protection

MIGRATIONS = Path(__file__).parent / "migrations"
#: How often the tables are tried, and the seconds between two attempts.
ATTEMPTS, PAUSE = 40, 3.0


class UnknownRevision(Exception):
    """A revision of the schema that this code does not have: it comes from a newer one."""


class Occupied(Exception):
    """Another transaction holds a table that a migration changes; nothing was changed."""


def upgrade(connection: Connection, revision: str = "head", *, alone: bool = False) -> None:
    """Bring the schema to a revision, in the connection's transaction.

    `alone`: the connection has no transaction yet. Then statements wait for tables only briefly,
    and indexes are added while others write (`app.base.db.online`). Raises UnknownRevision for one
    that this code does not have.
    """
    # Here alone, so that web processes need not hold in memory what they never use.
    from alembic import command
    from alembic.config import Config as AlembicConfig
    from alembic.util import CommandError

    config = AlembicConfig()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    config.attributes[online.ALONE] = alone
    try:
        command.upgrade(config, revision)
    except CommandError as fault:
        raise UnknownRevision(revision) from fault


def upgrade_patiently(
    engine: Engine,
    attempts: int = ATTEMPTS,
    pause: float = PAUSE,
    *,
    role: str = "",
    at: datetime | None = None,
) -> None:
    """Bring the schema to the newest revision and protect its tables, in a separate transaction.

    `role`: the application's, if it is not the owner. `at`: see `app.base.db.migrate`.
    Whatever waits for a table makes all later users of the table wait. So an attempt gives up after
    `online.LOCK_SECONDS` and is repeated after `pause` seconds. Raises Occupied after the last one.
    """
    for attempt in range(attempts):
        if attempt:
            time.sleep(pause)
        with engine.connect() as connection:
            try:
                before = revision_of(connection)
                connection.rollback()
                with protection.lifted(connection):
                    upgrade(connection, alone=True)
                protection.install(connection, role)
                if at is not None and before not in ("", after := revision_of(connection)):
                    protection.log_upgrade(connection, at, before, after)
                connection.commit()
            except OperationalError as fault:
                if getattr(fault.orig, "sqlstate", None) != online.LOCK_NOT_AVAILABLE:
                    raise
            else:
                return
    raise Occupied(
        "The schema was not changed: a transaction that lasts long, such as a backup, uses the "
        "tables. `select pid, query, xact_start from pg_stat_activity order by xact_start` shows "
        "it. Wait for its end, and run the command again."
    )


def revision_of(connection: Connection) -> str:
    """Return the revision of the schema that a database has; "" where it has none."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return str(connection.scalar(text("select version_num from alembic_version")) or "")

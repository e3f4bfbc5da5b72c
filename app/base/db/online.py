"""Operations of migrations during which the previous release goes on writing, on PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, TextClause, text

#: Key of a migration's attributes: no transaction but its own is open.
ALONE = "alone"
#: Seconds for which a statement waits for a table, since all later ones wait behind it.
LOCK_SECONDS = 2
#: What PostgreSQL says after them.
LOCK_NOT_AVAILABLE = "55P03"


def limit_waiting(connection: Connection) -> None:
    """Limit the waiting for tables in the present transaction."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"set local lock_timeout = '{LOCK_SECONDS}s'"))


def add_index(name: str, table: str, columns: Sequence[str | TextClause], **options: Any) -> None:
    """Add an index to a table that has rows. `options` are those of `op.create_index`.

    Use it in a separate migration: what came before it is committed. An interrupted attempt is
    repeated. Within the transaction of a caller, as in a restore, nobody else uses the table.
    """
    # Here alone, as in `app.base.db.migrating`.
    from alembic import context, op

    on_server = op.get_bind().dialect.name == "postgresql"
    if not (on_server and context.config.attributes.get(ALONE)):
        op.create_index(name, table, list(columns), **options)
        return
    with op.get_context().autocommit_block():
        op.drop_index(name, table, if_exists=True, postgresql_concurrently=True)
        op.create_index(name, table, list(columns), postgresql_concurrently=True, **options)

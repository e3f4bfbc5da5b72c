"""The exits: the only ways to change protected rows. Each writes an entry of the log about itself.

- `suppress`: personal data and free text of rows is removed.
- A restore by the owner (`app.base.db.protection`).

On PostgreSQL they are functions of the owner, which the application may execute. On SQLite the same
changes are made while the triggers let them pass.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, inspect, select, text, update
from sqlalchemy.orm import Session

from app.base.db import sql_files
from app.base.db.protection import triggers
from app.base.db.protection.declared import find
from app.base.models import ChainLeaf, LogEntry

#: The functions of the owner on PostgreSQL: their statements, and their signatures.
FUNCTIONS = sql_files.FIRST / "functions.sql"
SUPPRESS = "exit_suppress(json, text, integer, integer, timestamptz)"
SIGNATURES = (SUPPRESS,)


@dataclass(frozen=True)
class LeafChange:
    """The new values of a leaf whose `salt` becomes null, in hexadecimal digits."""

    #: Field → its salt, of those that are left.
    salts: dict[str, str]
    #: Suppressed field → hash of its salt and value.
    suppressed: dict[str, str]


@dataclass(frozen=True)
class Removal:
    """Fields of a protected row to remove: columns, or `data.name` for a key of its document."""

    table: str
    #: The value of its primary key.
    row: int
    fields: Sequence[str]
    #: The change of its leaf in the chain of hashes (`app.base.db.chain.removal`), if it has one.
    leaf: LeafChange | None = None

    @property
    def named(self) -> dict[str, Any]:
        """What the log says of it."""
        return {"table": self.table, "row": self.row, "fields": list(self.fields)}


class CannotSuppress(Exception):
    """A removal names a field that has to stay, or a row that does not exist."""


def suppress(
    session: Session,
    removals: Sequence[Removal],
    *,
    reason: str,
    actor_id: int | None,
    entity_id: int | None,
    at: datetime,
) -> None:
    """Remove fields of protected rows for good: keys of documents go, columns become "".

    `reason` is logged with tables, keys and names of fields, so it must not identify the person.
    Raises CannotSuppress before any change. What the session loaded of these tables is expired.
    """
    if not removals:
        return
    for removal in removals:
        _must_be_suppressible(session, removal)
    session.flush()
    rows = [removal.named for removal in removals]
    if _on_postgresql(session):
        call = text("select exit_suppress(cast(:rows as json), :reason, :actor, :entity, :at)")
        whole = [asdict(removal) for removal in removals]
        values = {"rows": json.dumps(whole), "reason": reason, "actor": actor_id}
        session.execute(call, {**values, "entity": entity_id, "at": at})
        _expire(session, removals)
        return
    connection = session.connection()
    with triggers.opened(connection):
        for removal in removals:
            _remove(connection, removal)
    kind = "protection.suppressed"
    data = {"rows": rows, "reason": reason}
    log(connection, kind, data, at=at, entity_id=entity_id, actor_id=actor_id)
    _expire(session, removals)


def _expire(session: Session, removals: Sequence[Removal]) -> None:
    """Let the session read these rows again."""
    tables = {removal.table for removal in removals}
    for row in session:
        if inspect(row).mapper.local_table.name in tables:
            session.expire(row)


def _on_postgresql(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"


def _must_be_suppressible(session: Session, removal: Removal) -> None:
    one = find(removal.table)
    document = f"{one.document}." if one.document else None
    for name in removal.fields:
        if name not in one.texts and not (document and name.startswith(document)):
            raise CannotSuppress(f"{name} of {one.name} has to stay.")
    (key,) = one.table.primary_key.columns
    there = select(key).where(key == removal.row, text(one.which or "true"))
    if session.scalar(there) is None:
        raise CannotSuppress(f"There is no row {removal.row} in {one.name} that may change.")


def _remove(connection: Connection, removal: Removal) -> None:
    """Remove fields of a row on SQLite."""
    one = find(removal.table)
    (key,) = one.table.primary_key.columns
    where = key == removal.row
    values: dict[str, Any] = {name: "" for name in removal.fields if name in one.texts}
    if one.document:
        document = one.table.c[one.document]
        data: dict[str, Any] = connection.execute(select(document).where(where)).scalar_one()
        gone = {name.removeprefix(f"{one.document}.") for name in removal.fields}
        values[one.document] = {key: value for key, value in data.items() if key not in gone}
    connection.execute(update(one.table).where(where).values(values))
    if removal.leaf is not None:
        of_row = (ChainLeaf.table_name == removal.table, ChainLeaf.row_id == str(removal.row))
        changed = {"salt": None, **asdict(removal.leaf)}
        connection.execute(update(ChainLeaf).where(*of_row).values(changed))


def log(
    connection: Connection,
    kind: str,
    data: dict[str, Any],
    *,
    at: datetime,
    entity_id: int | None = None,
    actor_id: int | None = None,
) -> None:
    """Log an exit."""
    values = {"at": at, "kind": kind, "actor_id": actor_id, "entity_id": entity_id, "data": data}
    connection.execute(insert(LogEntry).values(values))

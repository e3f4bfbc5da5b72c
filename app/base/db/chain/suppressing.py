"""The suppression of a field: its value and its salt go, its hash stays, and the chain is valid."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.base import db
from app.base.db.chain import hashing
from app.base.db.chain.closing import LOCK
from app.base.db.chain.declared import CHAINED
from app.base.models import ChainLeaf


@dataclass(frozen=True)
class Change:
    """The new values of a leaf whose `salt` becomes null; in hexadecimal digits."""

    #: Field → its salt, of those that are left.
    salts: dict[str, str]
    #: Suppressed field → hash of its salt and value.
    suppressed: dict[str, str]


def change_of(session: Session, table: str, row_id: Any, fields: Collection[str]) -> Change | None:
    """Return what a suppression of fields makes of a row's leaf; None if it is in no closing.

    Call it before the values are removed, in the same transaction; it makes closings wait. `fields`
    are columns, or `data.<key>` for a key of a document. Raises ValueError for a field that may not
    be suppressed.
    """
    chained = CHAINED[table]
    allowed = {*chained.personal, chained.document}
    wrong = [one for one in fields if one.partition(".")[0] not in allowed]
    if wrong:
        raise ValueError(f"fields of {table} that cannot be suppressed: {', '.join(wrong)}")
    db.in_turn(session, LOCK)
    leaf = session.execute(
        select(ChainLeaf.salt, ChainLeaf.salts, ChainLeaf.suppressed).where(
            ChainLeaf.table_name == table, ChainLeaf.row_id == str(row_id)
        )
    ).first()
    row = session.execute(chained.rows().where(chained.id == row_id)).mappings().first()
    if leaf is None or row is None:
        return None
    salts, suppressed = hashing.Salts(*leaf), dict(leaf.suppressed or {})
    left = {}
    for name, _, content in hashing.suppressible(chained, row):
        if name in suppressed:
            continue
        if name in fields:
            suppressed[name] = hashing.field_hash(salts.of(name), content).hex()
        else:
            left[name] = salts.of(name).hex()
    return Change(left, suppressed)


def suppress(session: Session, table: str, row_id: Any, fields: Collection[str]) -> None:
    """Change the leaf of a row whose fields are suppressed, before their values are removed."""
    change = change_of(session, table, row_id, fields)
    if change is not None:
        session.execute(
            update(ChainLeaf)
            .where(ChainLeaf.table_name == table, ChainLeaf.row_id == str(row_id))
            .values(salt=None, salts=change.salts, suppressed=change.suppressed)
        )

"""The suppression of a field: its value and its salt go, its hash stays, and the chain is valid."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import db
from app.base.db.chain import hashing
from app.base.db.chain.closing import LOCK
from app.base.db.chain.declared import CHAINED
from app.base.db.protection.exits import LeafChange, Removal
from app.base.models import ChainLeaf


def change_of(
    session: Session, table: str, row_id: Any, fields: Collection[str]
) -> LeafChange | None:
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
    return LeafChange(left, suppressed)


def removal(session: Session, table: str, row_id: int, fields: Collection[str]) -> Removal:
    """Return what `protection.exits.suppress` takes: the fields, and the change of the row's leaf.

    Raises ValueError as `change_of`.
    """
    return Removal(table, row_id, list(fields), change_of(session, table, row_id, fields))

"""The closing of the night: rows that no closing has yet are entered in one."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import groupby, islice
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Engine,
    Text,
    cast,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from app.base import db
from app.base.db import Stop
from app.base.db.chain import hashing
from app.base.db.chain.declared import CHAINED, Chained
from app.base.models import ChainCheck, ChainClosing, ChainLeaf

#: The most rows of a closing: its transaction lasts for some tenths of a second.
STEP = 5000
#: Name of the lock that a closing and a suppression hold.
LOCK = "chain"
#: SQL: older than any open transaction, and higher than all numbers given. Both of one snapshot.
OLDEST = literal_column("pg_snapshot_xmin(pg_current_snapshot())::text::bigint", BigInteger)
NEXT = literal_column("pg_snapshot_xmax(pg_current_snapshot())::text::bigint", BigInteger)
#: Gives the day in Lima of a moment.
Day = Callable[[datetime], Any]


def close(engine: Engine, stop: Stop, now: datetime, day: Any, step: int = STEP) -> int:
    """Enter all rows of finished transactions in closings. Return the number of rows.

    `now` and `day` (in Lima): the moment of the closings. A closing is a transaction: what is
    interrupted goes on from there the next time. Two at once do not enter a row twice.
    """
    with db.open_session(engine, writes=False) as session:
        numbers = Numbers.of(session)
    found, rows = _unclosed(engine, numbers, step), 0
    while some := list(islice(found, step)):
        if stop():
            return rows
        with db.writing(engine) as session:
            rows += _add(session, some, now, day)
    with db.writing(engine) as session:
        state(session).bound = numbers.oldest
    return rows


class Numbers:
    """The numbers of transactions at the beginning of a closing; 0 on SQLite.

    `bound`: every row of an older transaction is in a closing; `oldest`: all older transactions
    have ended.
    """

    def __init__(self, bound: int, oldest: int, following: int) -> None:
        self.bound, self.oldest, self.following = bound, oldest, following

    @classmethod
    def of(cls, session: Session) -> Numbers:
        """Read the numbers. A bound of another cluster, if it is recognised, counts as none."""
        bound = session.scalar(select(func.max(ChainCheck.bound))) or 0
        if session.get_bind().dialect.name != "postgresql":
            return cls(0, 0, 0)
        oldest, following = session.execute(select(OLDEST, NEXT)).one()
        return cls(bound if bound <= following else 0, oldest, following)

    def ended(self, chained: Chained) -> ColumnElement[bool] | None:
        """Return the condition that a row's transaction has ended; None where every one has.

        A number that this cluster has not given is of another one, from which the row came.
        """
        if not self.oldest:
            return None
        number = chained.table.c.written_in
        return or_(number.is_(None), number < self.oldest, number >= self.following)


def unlisted(chained: Chained) -> ColumnElement[bool]:
    """Return the condition that a row is in no closing."""
    listed = select(ChainLeaf.row_id).where(
        ChainLeaf.table_name == chained.name, ChainLeaf.row_id == cast(chained.id, Text)
    )
    return ~listed.correlate(chained.table).exists()


def late(session: Session, chained: Chained, numbers: Numbers) -> ColumnElement[bool] | None:
    """Return the condition that a row is older than rows that were closed; None if none can be.

    On PostgreSQL its transaction is, on SQLite its place in the table.
    """
    if session.get_bind().dialect.name == "postgresql":
        number = func.coalesce(chained.table.c.written_in, 0)
        return number < numbers.bound if numbers.bound else None
    place = _place(session, chained)
    last = session.scalar(
        select(place)
        .select_from(chained.table)
        .where(~unlisted(chained))
        .order_by(place.desc())
        .limit(1)
    )
    return place < last if last is not None else None


def _place(session: Session, chained: Chained) -> ColumnElement[Any]:
    """Return the column in whose order rows are closed: on SQLite that in which they came."""
    if session.get_bind().dialect.name == "postgresql":
        return chained.id
    return literal_column(f"{chained.name}.rowid", BigInteger)


def _unclosed(engine: Engine, numbers: Numbers, step: int) -> Iterator[tuple[str, Any]]:
    """Yield table and key of each row to close, read in short transactions."""
    for name, chained in CHAINED.items():
        after, first = None, None
        while True:
            with db.open_session(engine, writes=False) as session:
                place = _place(session, chained)
                conditions = [unlisted(chained), numbers.ended(chained)]
                if first is None:
                    first = [late(session, chained, numbers)]
                conditions += [~one for one in first if one is not None]
                conditions.append(place > after if after is not None else None)
                query = (
                    select(place, chained.id)
                    .select_from(chained.table)
                    .where(*(one for one in conditions if one is not None))
                )
                rows = session.execute(query.order_by(place).limit(step)).all()
            yield from ((name, key) for _, key in rows)
            if len(rows) < step:
                break
            after = rows[-1][0]


def _add(session: Session, found: Sequence[tuple[str, Any]], now: datetime, day: Any) -> int:
    """Write a closing of rows, unless another process entered them meanwhile."""
    db.in_turn(session, LOCK)
    leaves: list[dict[str, Any]] = []
    for name, group in groupby(found, key=lambda one: one[0]):
        chained = CHAINED[name]
        keys = [key for _, key in group]
        query = chained.rows().where(chained.id.in_(keys), unlisted(chained))
        for row in session.execute(query).mappings():
            salt, row_id = secrets.token_bytes(hashing.SALT), str(row["row_key"])
            digest = hashing.leaf_hash(chained, row_id, row, hashing.Salts(salt))
            leaves.append({"table_name": name, "row_id": row_id, "hash": digest, "salt": salt})
    if not leaves:
        return 0
    last = session.execute(
        select(ChainClosing.number, ChainClosing.hash).order_by(ChainClosing.number.desc()).limit(1)
    ).first()
    number, previous = (last.number + 1, last.hash) if last else (1, "")
    counts = dict(Counter(one["table_name"] for one in leaves))
    listed = sorted((one["table_name"], one["row_id"], one["hash"]) for one in leaves)
    closing = ChainClosing(
        number=number,
        at=now,
        day=day,
        previous=previous,
        hash=hashing.closing_hash(number, now, day, previous, counts, listed),
        counts=counts,
    )
    session.add(closing)
    session.flush()
    session.execute(
        insert(ChainLeaf.__table__),  # type: ignore[arg-type]
        [{**one, "closing_number": number} for one in leaves],
    )
    return len(leaves)


def state(session: Session) -> ChainCheck:
    """Return the row about checks."""
    first = {"id": 1, "bound": 0, "position": 0, "faults": []}
    db.insert_missing(session, ChainCheck, first)
    return session.get_one(ChainCheck, 1, populate_existing=True)


def forget_numbers(connection: Connection) -> None:
    """Note that the database came from another cluster: its numbers of transactions say nothing."""
    connection.execute(update(ChainCheck).values(bound=0))

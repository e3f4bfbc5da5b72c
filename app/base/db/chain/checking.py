"""The check of the chain: rows, leaves and closings are as they were when they were closed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.base import db
from app.base.db import Stop
from app.base.db.chain import hashing
from app.base.db.chain.closing import STEP, Numbers, late, state, unlisted
from app.base.db.chain.declared import CHAINED, Chained
from app.base.models import (
    ChainCheck,
    ChainClosing,
    ChainLeaf,
    FileUse,
    IssuedPaper,
)

#: Rows that a night checks; a larger chain is checked in parts, over several nights.
A_NIGHT = 5_000_000
#: The most rows that are read of a closing; none is made with as many.
MOST_ROWS = 10 * STEP
#: The most faults that are stored.
MOST = 100
#: Kind of fault → its message.
MESSAGES: Mapping[str, str] = {
    "row_changed": "{table} {row_id} is not as it was when closing {closing} entered it",
    "row_missing": "{table} {row_id} of closing {closing} is missing",
    "row_unlisted": "{table} {row_id} is in no closing, although it claims to be old enough",
    "closing_changed": "closing {closing}: its list of rows or its values are not as they were",
    "closing_missing": "closing {closing} is missing",
    "link_broken": "closing {closing} does not follow the one before it",
    "file_changed": "{table} {row_id} names another file than the one stored for it",
    "not_as_noted": "closing {closing} does not have the noted hash",
}
#: Kinds that each check looks for anew; the others belong to the closings that it has reached.
ANEW = ("row_unlisted", "closing_missing", "link_broken", "file_changed")


@dataclass(frozen=True)
class Fault:
    """What does not fit: `closing` 0 and `table` "" where the kind has none."""

    kind: str
    closing: int = 0
    table: str = ""
    row_id: str = ""

    def __str__(self) -> str:
        return MESSAGES[self.kind].format(**asdict(self))


@dataclass(frozen=True)
class Standing:
    """The newest closing (number 0 before the first), and what the checks found."""

    number: int
    day: date | None
    hash: str
    #: When the newest whole round of checks began; None before the first, or while it goes on.
    checked_at: datetime | None
    faults: Sequence[Fault]

    @property
    def noted(self) -> str:
        """Number and hash, to be noted elsewhere; "" before the first closing."""
        return f"{self.number}:{self.hash}" if self.number else ""

    def __str__(self) -> str:
        if not self.number:
            return "Chain of hashes: no closing yet."
        checked = (
            f"checked {self.checked_at:%Y-%m-%d %H:%M} UTC" if self.checked_at else "unchecked"
        )
        return f"Chain of hashes: {self.noted}, {self.day}, {checked}."


def read(session: Session) -> Standing:
    """Return the newest closing, and the result of the newest checks."""
    last = session.scalars(
        select(ChainClosing).order_by(ChainClosing.number.desc()).limit(1)
    ).first()
    row = session.get(ChainCheck, 1)
    faults = [Fault(**one) for one in row.faults] if row else []
    checked_at = row.began_at if row and row.ended_at else None
    if last is None:
        return Standing(0, None, "", checked_at, faults)
    return Standing(last.number, last.day, last.hash, checked_at, faults)


def has(session: Session, noted: str) -> bool:
    """Return whether the chain has a noted closing; of "" it does. Raises ValueError."""
    if not noted:
        return True
    number, _, own = noted.partition(":")
    closing = session.get(ChainClosing, int(number))
    return closing is not None and closing.hash == own


def check(engine: Engine, stop: Stop, now: datetime, most: int = A_NIGHT) -> int:
    """Check up to `most` rows, from where the last check ended. Return the number of faults.

    Links between closings, rows in none and the files of papers are checked each time. A round that
    is not at its end goes on the next time.
    """
    with db.writing(engine) as session:
        row = state(session)
        position, before = row.position, [Fault(**one) for one in row.faults]
        if not position:
            row.began_at, row.ended_at = now, None
    found, checked, reached, rows = _at_large(engine), set[int](), position, 0
    ended = True
    for number in _numbers_after(engine, position):
        if stop() or rows >= most:
            ended = False
            break
        faults, count = _closing(engine, number)
        found += faults
        rows += count
        reached = number
        checked.add(number)
    found += (one for one in before if one.kind not in ANEW and one.closing not in checked)
    known = {*_numbers_after(engine, 0)}
    found = [one for one in found if one.kind in ANEW or one.closing in known]
    with db.writing(engine) as session:
        row = state(session)
        row.position, row.faults = (0 if ended else reached), [asdict(one) for one in found[:MOST]]
        if ended:
            row.ended_at = now
    return len(found)


def check_all(engine: Engine, noted: tuple[int, str] | None = None) -> Iterator[Fault]:
    """Yield all that does not fit, now, with the hash of a closing that was noted elsewhere."""
    yield from _at_large(engine)
    for number in _numbers_after(engine, 0):
        yield from _closing(engine, number)[0]
    if noted:
        with db.open_session(engine, writes=False) as session:
            closing = session.get(ChainClosing, noted[0])
        if closing is None or closing.hash != noted[1]:
            yield Fault("not_as_noted", noted[0])


def _numbers_after(engine: Engine, position: int) -> Sequence[int]:
    with db.open_session(engine, writes=False) as session:
        query = select(ChainClosing.number).where(ChainClosing.number > position)
        return session.scalars(query.order_by(ChainClosing.number)).all()


def _at_large(engine: Engine) -> list[Fault]:
    """Return the faults of no single closing."""
    with db.open_session(engine, writes=False) as session:
        return [*_links(session), *_unlisted(session), *_files(session)]


def _links(session: Session) -> Iterator[Fault]:
    """Yield the closings that are missing, and those that do not contain the one before."""
    query = select(ChainClosing.number, ChainClosing.previous, ChainClosing.hash)
    expected, hash_before = 1, ""
    for number, previous, own in session.execute(query.order_by(ChainClosing.number)):
        yield from (Fault("closing_missing", gone) for gone in range(expected, number)[:MOST])
        if number == expected and previous != hash_before:
            yield Fault("link_broken", number)
        expected, hash_before = number + 1, own


def _unlisted(session: Session) -> Iterator[Fault]:
    """Yield rows that are in no closing although rows after them are."""
    numbers = Numbers.of(session)
    for name, chained in CHAINED.items():
        condition = late(session, chained, numbers)
        if condition is not None:
            query = select(chained.id).where(unlisted(chained), condition).limit(MOST)
            for key in session.scalars(query):
                yield Fault("row_unlisted", table=name, row_id=str(key))


def _files(session: Session) -> Iterator[Fault]:
    """Yield issued papers whose stored file has another hash."""
    query = select(IssuedPaper.code).join(FileUse, FileUse.id == IssuedPaper.file_id)
    for code in session.scalars(query.where(FileUse.sha256 != IssuedPaper.sha256).limit(MOST)):
        yield Fault("file_changed", table=IssuedPaper.__tablename__, row_id=code)


def _closing(engine: Engine, number: int) -> tuple[list[Fault], int]:
    """Return the faults of a closing, as of one moment, and the number of its rows."""
    if engine.dialect.name == "postgresql":
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    with db.open_session(engine, writes=False) as session:
        try:
            closing = session.get_one(ChainClosing, number)
            query = select(*ChainLeaf.__table__.c).where(ChainLeaf.closing_number == number)
            leaves = session.execute(query.limit(MOST_ROWS)).all()
        except ValueError:  # a value of SQLite that is no moment or no JSON any more
            return [Fault("closing_changed", number)], 0
        listed = sorted((one.table_name, one.row_id, one.hash) for one in leaves)
        head = (number, closing.at, closing.day, closing.previous, closing.counts)
        own = hashing.closing_hash(*head, listed)
        faults = [] if own == closing.hash else [Fault("closing_changed", number)]
        for name in sorted({one.table_name for one in leaves}):
            some = [one for one in leaves if one.table_name == name]
            faults += (Fault(kind, number, name, row) for kind, row in _rows(session, name, some))
    return faults, len(leaves)


def _rows(session: Session, name: str, leaves: Sequence[Any]) -> Iterator[tuple[str, str]]:
    """Yield the kind of fault and the row of each leaf that has one."""
    chained = CHAINED.get(name)
    if chained is None:
        yield from (("row_missing", leaf.row_id) for leaf in leaves)
        return
    keys = {leaf.row_id: chained.key_of(leaf.row_id) for leaf in leaves}
    there = _fetched(session, chained, list(keys.values()))
    for leaf in leaves:
        key, salts = keys[leaf.row_id], hashing.Salts(leaf.salt, leaf.salts, leaf.suppressed)
        if key not in there:
            yield "row_missing", leaf.row_id
            continue
        row = there[key]
        own = row and hashing.leaf_hash(chained, leaf.row_id, row, salts)
        if leaf.hash != own:
            yield "row_changed", leaf.row_id


def _fetched(
    session: Session, chained: Chained, keys: Sequence[Any]
) -> dict[Any, hashing.Row | None]:
    """Return the rows by their keys; None where a value of SQLite cannot be read any more."""
    query = chained.rows().where(chained.id.in_(keys))
    try:
        return {row["row_key"]: row for row in session.execute(query).mappings()}
    except ValueError:
        if len(keys) == 1:
            return {keys[0]: None}
    half = len(keys) // 2
    return _fetched(session, chained, keys[:half]) | _fetched(session, chained, keys[half:])

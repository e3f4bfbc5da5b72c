"""The sequence of changes that mirrors follow, in the order in which they became visible.

A page of changes ends before the oldest transaction that is still open, so that a mirror that
continues from its cursor misses nothing, however late a transaction commits.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    RowMapping,
    and_,
    case,
    func,
    literal_column,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import Session

from app.base import formatting
from app.base.models import Feed, Suppression, Visit, VisitVersion
from app.register.facts import keys, shapes
from app.register.facts.columns import labelled
from app.register.registers import rules
from app.register.suppression import listed

#: Changes of a page.
MOST = 1000
#: How long before the requested moment a feed begins: the longest time from a change's moment to
#: its commit, or the largest difference between two machines' clocks.
MARGIN = timedelta(hours=1)
#: Older than any open transaction.
SETTLED = literal_column(
    f"(select pg_snapshot_xmin(pg_current_snapshot())::text::bigint + {keys.OFFSET})", BigInteger
)
#: Higher than all numbers that this server has given.
NEXT = literal_column(
    f"(select pg_snapshot_xmax(pg_current_snapshot())::text::bigint + {keys.OFFSET})", BigInteger
)
#: Suffix of the name of the sequence while whole numbers are published.
WHOLE = "c"
#: The public does not see the visit any more.
_GONE = or_(Visit.audience != "public", Visit.state == "suppressed")
#: It is hidden while its entity decides about its data.
_UNDER_REVIEW = (
    select(Suppression.id)
    .where(
        Suppression.visit_id == Visit.id,
        Suppression.state == "hidden",
        Suppression.audience == "public",
    )
    .exists()
)
#: Why a visit is not public any more.
_WHY_GONE = case(
    (_UNDER_REVIEW, "en revisión"),
    (Visit.audience == "reserved", "reservada"),
    else_="suprimida",
)
CURSOR = re.compile(rf"([0-9a-f]{{8}}{WHOLE}?)-(\d{{1,18}})-(\d{{1,18}})", re.ASCII)


@dataclass(frozen=True)
class Cursor:
    """A place in the sequence of changes: after this visit's change, in this transaction."""

    epoch: str
    changed_in: int = -1
    visit_id: int = -1

    @classmethod
    def read(cls, said: str) -> Self | None:
        """Parse the text that `str` writes; return None for any other text."""
        found = CURSOR.fullmatch(said)
        if found is None:
            return None
        # One less than written, so that a place before all others has no minus sign.
        return cls(found[1], int(found[2]) - 1, int(found[3]) - 1)

    def __str__(self) -> str:
        return f"{self.epoch}-{self.changed_in + 1}-{self.visit_id + 1}"


@dataclass(frozen=True)
class Page:
    """A page of changes in order, and the cursor of the next; whether there are `more` now."""

    changes: Sequence[dict[str, Any]]
    next: Cursor
    more: bool


def epoch(session: Session) -> str:
    """Return the name of the sequence; when it changes, mirrors start again.

    It is another one while whole numbers are published, because the copies of mirrors differ then.
    """
    name = session.scalars(select(Feed.epoch)).one()
    return f"{name}{WHOLE}" if rules.documents_are_public(session) else name


def renew(connection: Connection) -> None:
    """Start a sequence with a new name: this database replaced one that mirrors followed.

    Existing changes come before all later ones, whatever the numbers of transactions. What was
    suppressed since must be suppressed again before anything is served.
    """
    connection.execute(update(Feed).values(epoch=secrets.token_hex(4)))
    listed.require(connection)
    if connection.dialect.name != "postgresql":
        return
    if is_ahead(connection):
        highest = select(func.max(Visit.changed_in)).scalar_subquery()
        more = highest + 1 - NEXT
        connection.execute(
            update(Feed).values(number_offset=func.coalesce(Feed.number_offset, 0) + more)
        )


def is_ahead(connection: Connection) -> bool:
    """Return whether changes have numbers that this server has not given: a copy of another's."""
    if connection.dialect.name != "postgresql":
        return False
    return bool(connection.scalar(select(func.coalesce(func.max(Visit.changed_in), 0) >= NEXT)))


def beginning(session: Session, since: datetime | None) -> Cursor:
    """Return a place before all changes from a moment on; without one, before all changes.

    It reads back from the newest change, so its cost depends only on the requested changes.
    """
    name = epoch(session)
    if since is None:
        return Cursor(name)
    before = session.execute(
        select(Visit.changed_in, Visit.id)
        .where(Visit.changed_at < since - MARGIN)
        .order_by(Visit.changed_in.desc(), Visit.id.desc())
        .limit(1)
    ).first()
    # Changes from before `renew` have no order in time: a request for some of them gets all.
    return Cursor(name, *before) if before and before.changed_in else Cursor(name)


def page(session: Session, cursor: Cursor, limit: int) -> Page:
    """Return the changes after a place, each visit with its current values, or as removed."""
    settled = _settled(session)
    after = tuple_(Visit.changed_in, Visit.id) > tuple_(cursor.changed_in, cursor.visit_id)
    columns = labelled(shapes.OPEN, rules.documents_are_public(session))
    query = (
        shapes.select_of((), full=False)
        .add_columns(
            *columns, Visit.changed_in, Visit.id, _GONE.label("gone"), _WHY_GONE.label("why")
        )
        .where(after, _was_public(), *settled)
        .order_by(Visit.changed_in, Visit.id)
        .limit(limit + 1)
    )
    rows = session.execute(query).mappings().all()
    shown = rows[:limit]
    last = shown[-1] if shown else None
    return Page(
        changes=[_said(row) for row in shown],
        next=Cursor(cursor.epoch, last["changed_in"], last["id"]) if last else cursor,
        more=len(rows) > limit,
    )


def is_beyond(session: Session, cursor: Cursor) -> bool:
    """Return whether a place is after the newest change: no mirror was given it."""
    newest = session.execute(
        select(Visit.changed_in, Visit.id)
        .order_by(Visit.changed_in.desc(), Visit.id.desc())
        .limit(1)
    ).first()
    return (cursor.changed_in, cursor.visit_id) > (tuple(newest) if newest else (-1, -1))


def _settled(session: Session) -> list[ColumnElement[bool]]:
    on_postgresql = session.get_bind().dialect.name == "postgresql"
    return [Visit.changed_in < SETTLED] if on_postgresql else []


def _was_public() -> ColumnElement[bool]:
    """Condition: the visit is public, or once was. Others are never mentioned, not even by code."""
    public_once = (
        select(VisitVersion.id)
        .where(
            VisitVersion.visit_id == Visit.id,
            VisitVersion.facts["audience"].as_string() == "public",
        )
        .exists()
    )
    return or_(Visit.audience == "public", and_(Visit.audience == "reserved", public_once))


def _said(row: RowMapping) -> dict[str, Any]:
    if row["gone"]:
        return {
            "codigo": row["codigo"],
            "retirado": True,
            "modificado": row["modificado"],
            "motivo": row["why"],
        }
    return {column.name: formatting.iso(row[column.name]) for column in shapes.OPEN}

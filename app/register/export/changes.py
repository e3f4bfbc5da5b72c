"""The order in which changes became visible: what mirrors follow.

A page of changes ends before the oldest transaction that is still open, so that whoever goes on
from its cursor has missed nothing, however late somebody commits.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Self

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    RowMapping,
    and_,
    func,
    literal_column,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import Session

from app.base.models import Feed, Visit, VisitVersion
from app.register.facts import shapes
from app.register.facts.columns import labelled
from app.register.registers import rules

#: Changes of a page.
MOST = 1000
#: So much before the moment that was asked for a feed begins: the longest that a change may take
#: from its moment to its commit, or two machines' clocks may differ.
MARGIN = timedelta(hours=1)
#: In an older transaction than any that is open.
SETTLED = literal_column(
    "(select pg_snapshot_xmin(pg_current_snapshot())::text::bigint)", BigInteger
)
#: Added to the name of the sequence while whole numbers are published.
WHOLE = "c"
CURSOR = re.compile(rf"([0-9a-f]{{8}}{WHOLE}?)-(\d{{1,18}})-(\d{{1,18}})", re.ASCII)


@dataclass(frozen=True)
class Cursor:
    """A place in the sequence of changes: after this visit's, of this transaction."""

    epoch: str
    changed_in: int = -1
    visit_id: int = -1

    @classmethod
    def read(cls, said: str) -> Self | None:
        """From what `str` wrote; None for anything else."""
        found = CURSOR.fullmatch(said)
        if found is None:
            return None
        # One less than written, so that a place before all others has no sign.
        return cls(found[1], int(found[2]) - 1, int(found[3]) - 1)

    def __str__(self) -> str:
        return f"{self.epoch}-{self.changed_in + 1}-{self.visit_id + 1}"


@dataclass(frozen=True)
class Page:
    """Some changes in their order, and from where to go on; whether there are `more` now."""

    changes: Sequence[dict[str, Any]]
    next: Cursor
    more: bool


def epoch(session: Session) -> str:
    """The name of the sequence; with another, mirrors begin anew.

    It is another while whole numbers are published: what mirrors hold is told in other words.
    """
    name = session.scalars(select(Feed.epoch)).one()
    return f"{name}{WHOLE}" if rules.documents_are_public(session) else name


def renew(connection: Connection) -> None:
    """Begins a sequence of another name: this database took the place of one that was followed.

    What was changed so far stands before all that will be, whatever transactions are numbered.
    """
    connection.execute(update(Feed).values(epoch=secrets.token_hex(4)))
    if connection.dialect.name == "postgresql":
        connection.execute(update(Visit).values(changed_in=0))


def is_ahead(connection: Connection) -> bool:
    """Whether changes have numbers that this server is yet to give: another's, copied here."""
    if connection.dialect.name != "postgresql":
        return False
    given = literal_column("pg_snapshot_xmax(pg_current_snapshot())::text::bigint", BigInteger)
    return bool(connection.scalar(select(func.coalesce(func.max(Visit.changed_in), 0) >= given)))


def beginning(session: Session, since: datetime | None) -> Cursor:
    """A place before all changes from a moment on; without one, before all there are.

    Read from the newest change back, it costs as much as what is asked for.
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
    # What was changed before `renew` has no order in time: who asks for some of it gets all.
    return Cursor(name, *before) if before and before.changed_in else Cursor(name)


def page(session: Session, cursor: Cursor, limit: int) -> Page:
    """The changes after a place, each visit as it stands now, or that it is gone."""
    settled = _settled(session)
    after = tuple_(Visit.changed_in, Visit.id) > tuple_(cursor.changed_in, cursor.visit_id)
    columns = labelled(shapes.OPEN, rules.documents_are_public(session))
    asked = (
        shapes.select_of((), full=False)
        .add_columns(*columns, Visit.changed_in, Visit.id, _is_gone().label("gone"), Visit.audience)
        .where(after, _was_public(), *settled)
        .order_by(Visit.changed_in, Visit.id)
        .limit(limit + 1)
    )
    rows = session.execute(asked).mappings().all()
    shown = rows[:limit]
    last = shown[-1] if shown else None
    return Page(
        changes=[_said(row) for row in shown],
        next=Cursor(cursor.epoch, last["changed_in"], last["id"]) if last else cursor,
        more=len(rows) > limit,
    )


def is_beyond(session: Session, cursor: Cursor) -> bool:
    """Whether a place is after the newest change there is: nobody was given it."""
    newest = session.execute(
        select(Visit.changed_in, Visit.id)
        .order_by(Visit.changed_in.desc(), Visit.id.desc())
        .limit(1)
    ).first()
    return (cursor.changed_in, cursor.visit_id) > (tuple(newest) if newest else (-1, -1))


def _settled(session: Session) -> list[ColumnElement[bool]]:
    on_postgresql = session.get_bind().dialect.name == "postgresql"
    return [Visit.changed_in < SETTLED] if on_postgresql else []


def _is_gone() -> ColumnElement[bool]:
    return or_(Visit.audience != "public", Visit.state == "suppressed")


def _was_public() -> ColumnElement[bool]:
    """That the public sees a visit, or saw it once: of others not even a code is told."""
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
            "motivo": "reservada" if row["audience"] == "reserved" else "suprimida",
        }
    return {column.name: _plain(row[column.name]) for column in shapes.OPEN}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value

"""The last day of a holder of a post: of the elected, never after the end of their mandate.

The job `mandates` stores that end. Pages do not depend on it: a roster that is read after the end
has the day also where the job did not run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date, Row, and_, case, literal, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from app.base import calendar
from app.base.models import Entity, PostHolder, Register
from app.register.registers.mandates import Mandates, ending_on
from forms.shapes.decision_makers import ELECTED


def last_day(session: Session) -> ColumnElement[Any]:
    """Return the last day of a holder as an SQL expression; null while the post is held."""
    ends = list(_ended(session))
    if not ends:
        return PostHolder.to_on.expression
    goes_on = PostHolder.to_on.is_(None)
    whens = [
        (
            and_(
                PostHolder.ground.in_(sorted(ELECTED)),
                PostHolder.from_on <= day,
                or_(goes_on, PostHolder.to_on > day),
                PostHolder.register_id.in_(select(Register.id).join(Entity).where(which)),
            ),
            literal(day, Date),
        )
        for day, which in ends
    ]
    return case(*whens, else_=PostHolder.to_on)


def dated(rows: Iterable[Row[PostHolder, Any]]) -> list[PostHolder]:
    """Return the holders of rows that `last_day` follows, with that day as their `to_on`.

    The day is only read: a flush does not store it.
    """
    found = []
    for holder, day in rows:
        if holder.to_on != day:
            set_committed_value(holder, "to_on", day)
        found.append(holder)
    return found


def held_on(session: Session, register: Register, day: date) -> ColumnElement[bool]:
    """Return the condition on PostHolder: of this register, in the post on that day."""
    until = last_day(session)
    return and_(
        PostHolder.register_id == register.id,
        PostHolder.from_on <= day,
        or_(until.is_(None), until >= day),
    )


def _ended(session: Session) -> Iterator[tuple[date, ColumnElement[bool]]]:
    """Yield the days before today on which mandates ended, oldest first, with their entities."""
    table, today = Mandates.read(session), calendar.today()
    days = [day for day in table.days() if day < today]
    return ending_on(session, table, days)

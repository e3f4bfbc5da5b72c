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
from app.base.models import DecisionMaker, Entity, Official, Register
from app.register.registers.mandates import LEVELS, Mandates, ending_on
from forms.shapes.decision_makers import ELECTED, ground_hint


def last_day(session: Session) -> ColumnElement[Any]:
    """Return the last day of a holder as an SQL expression; null while the post is held."""
    ends = list(_ended(session))
    if not ends:
        return DecisionMaker.to_on.expression
    goes_on = DecisionMaker.to_on.is_(None)
    whens = [
        (
            and_(
                DecisionMaker.ground.in_(sorted(ELECTED)),
                DecisionMaker.from_on <= day,
                or_(goes_on, DecisionMaker.to_on > day),
                DecisionMaker.register_id.in_(select(Register.id).join(Entity).where(which)),
            ),
            literal(day, Date),
        )
        for day, which in ends
    ]
    return case(*whens, else_=DecisionMaker.to_on)


def dated(rows: Iterable[Row[DecisionMaker, Any]]) -> list[DecisionMaker]:
    """Return the holders of rows that `last_day` follows, with that day as their `to_on`.

    The day is only read: a flush does not store it.
    """
    found = []
    for holder, day in rows:
        if holder.to_on != day:
            set_committed_value(holder, "to_on", day)
        found.append(holder)
    return found


def may_have_ended(official: Official) -> bool:
    """Return whether an official without a last day has an elected post, whose mandate may end."""
    return official.to_on is None and ground_hint(official.post) in ELECTED


def ended_officials(session: Session, register: Register, day: date) -> dict[int, date]:
    """Return the officials whose mandate ended before a day and is not stored as ended: id → end.

    As in the job `mandates`, they are the elected holders of the entity's public rosters. A person
    who holds an elected post again, or began after the end, is not among them.
    """
    if register.entity.kind not in LEVELS:
        return {}
    rosters = select(Register.id).where(Register.entity_id == register.entity_id)
    rows = session.execute(
        select(Official, last_day(session)).where(
            Official.register_id == register.id,
            Official.to_on.is_(None),
            Official.document_type == DecisionMaker.document_type,
            Official.document_number == DecisionMaker.document_number,
            DecisionMaker.register_id.in_(rosters),
            DecisionMaker.ground.in_(sorted(ELECTED)),
            or_(DecisionMaker.to_on.is_(None), DecisionMaker.to_on >= day),
        )
    ).all()
    still = {official.id for official, until in rows if until is None or until >= day}
    return {
        official.id: until
        for official, until in rows
        if official.id not in still and official.from_on <= until and may_have_ended(official)
    }


def _ended(session: Session) -> Iterator[tuple[date, ColumnElement[bool]]]:
    """Yield the days before today on which mandates ended, oldest first, with their entities."""
    table, today = Mandates.read(session), calendar.today()
    days = [day for day in table.days() if day < today]
    return ending_on(session, table, days)

"""The last day of a holder of a post: of the elected, never after the end of their mandate.

The job `mandates` stores that end. Pages do not depend on it: a roster that is read after the end
has the day also where the job did not run.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date, Row, and_, case, literal, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from app.base import calendar
from app.base.models import DecisionMaker, Entity, Register
from app.register.registers.mandates import LEVELS, Mandates
from forms.shapes.decision_makers import ELECTED


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


def _ended(session: Session) -> Iterator[tuple[date, ColumnElement[bool]]]:
    """Yield the days before today on which mandates ended, oldest first, with their entities."""
    table, today = Mandates.read(session), calendar.today()
    days = [day for day in table.days() if day < today]
    if not days:
        return
    others = _entities_with_own_rows(session, table)
    own: dict[date, list[int]] = defaultdict(list)
    for entity in others:
        for day in days:
            term = table.ending(entity, day)
            if term is not None and term.to_on == day:
                own[day].append(entity.id)
    ids = [entity.id for entity in others]
    for day in days:
        kinds = [kind for kind in LEVELS if table.ends_usually(kind, day)]
        usual = and_(Entity.kind.in_(kinds), Entity.id.not_in(ids))
        yield day, or_(usual, Entity.id.in_(own[day]))


def _entities_with_own_rows(session: Session, table: Mandates) -> Sequence[Entity]:
    """Return the entities of the places where the authority continues."""
    places = table.places()
    if not places:
        return []
    regions = Entity.kind == "gobierno_regional"
    return session.scalars(
        select(Entity).where(Entity.kind.in_(LEVELS), or_(Entity.ubigeo.in_(places), regions))
    ).all()

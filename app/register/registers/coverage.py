"""The entities that publish: since when, their last visit, and the figures of the last thirty days.

Computed for each page: a few reads at the ends of an index per entity, and one scan of the visits
of the last thirty days.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, ScalarSelect, Select, func, or_, select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import (
    Entity,
    NoVisitDay,
    Record,
    Register,
    Reservation,
    Unregistrable,
    Visit,
)
from app.base.models.entities import matching
from app.register.facts import keys
from app.register.facts.values import SOURCES
from app.register.facts.visibility import public_visits
from app.register.registers import counts, environments

#: Days that the figures cover, including today.
DAYS = 30


@dataclass(frozen=True)
class Coverage:
    """An entity's publication and the system of its records; counts cover the last thirty days.

    `publishes`: whether anything was published yet. `since`: the day of going live or, where no
    record has it, the day on which the register was opened.
    """

    entity: Entity
    since: date
    #: Where it records, as `Register.source` has it.
    recorded_in: str
    source: str
    publishes: bool
    first_visit: date | None
    last_visit: date | None
    visits: int
    without_visits: int
    reserved: int
    unregistrable: int

    @property
    def has_older(self) -> bool:
        """Return whether imported visits are older than the day of going live (`since`)."""
        first = self.first_visit
        return first is not None and first < self.since


#: Orders of a list: URL value → sort key.
ORDERS: Mapping[str, Callable[[Coverage], Any]] = {
    "nombre": lambda one: (one.entity.name, one.entity.id),
    "ultima": lambda one: (-(one.last_visit or date.min).toordinal(), one.entity.name),
    "visitas": lambda one: (-one.visits, one.entity.name),
}


def first_day() -> date:
    """Return the first of the last thirty days."""
    return calendar.today() - timedelta(days=DAYS - 1)


def publishing(session: Session, typed: str = "", order: str = "nombre") -> Sequence[Coverage]:
    """Return all entities with a public register that match some words, in an order."""
    rows = session.execute(_registers(typed)).all()
    known = [
        {register_id: int(count) for register_id, count in session.execute(figure)}
        for figure in figures(first_day())
    ]
    found = [_of(row, *(figure.get(row.register_id, 0) for figure in known)) for row in rows]
    return sorted(found, key=ORDERS[order])


def _of(
    row: Row[Entity, int, datetime, str | None, str, bool, date, date], *figures: int
) -> Coverage:
    return Coverage(
        row.Entity,
        live_since(row.went_live, row.opened_at),
        row.source,
        SOURCES[row.source],
        row.publishes,
        row.first_visit,
        row.last_visit,
        *figures,
    )


def _registers(typed: str) -> Select[Entity, int, datetime, str | None, str, bool, date, date]:
    return (
        select(
            Entity,
            Register.id.label("register_id"),
            Register.opened_at,
            went_live().label("went_live"),
            Register.source,
            has_published().label("publishes"),
            edge(newest=False).label("first_visit"),
            edge(newest=True).label("last_visit"),
        )
        .join(Entity, Entity.id == Register.entity_id)
        .where(environments.is_public(), matching(typed))
    )


def went_live() -> ScalarSelect[str | None]:
    """Return the day of going live of a register's entity, as ISO text; null without one."""
    return (
        select(Record.data["go_live_on"].as_string())
        .where(Record.entity_id == Register.entity_id, Record.name == "production")
        .order_by(Record.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def live_since(went_live: str | None, opened_at: datetime) -> date:
    """Return the day since which an entity publishes: of going live, or of opening its register."""
    return date.fromisoformat(went_live) if went_live else calendar.lima_day(opened_at)


def has_published() -> ColumnElement[bool]:
    """Return the condition that a register published anything yet: a visit or an empty day."""
    visit = select(Visit.id).where(Visit.register_id == Register.id, *public_visits("standing"))
    day = select(NoVisitDay.id).where(
        NoVisitDay.register_id == Register.id, NoVisitDay.withdrawn_at.is_(None)
    )
    return or_(visit.exists(), day.exists())


def edge(*, newest: bool) -> ScalarSelect[date]:
    """Return the day of a register's first or last public visit: the end of an index."""
    order = Visit.rank.desc() if newest else Visit.rank
    return (
        select(Visit.visit_on)
        .where(Visit.register_id == Register.id, *public_visits("standing"))
        .order_by(order)
        .limit(1)
        .scalar_subquery()
    )


def figures(since: date) -> tuple[Select[int, int], ...]:
    """Return counts by register since a day: visits, empty days, reserved, not registered."""
    first = keys.first_rank(calendar.midnight(since))
    visits = (
        select(Visit.register_id, func.count())
        .where(*public_visits("standing"), Visit.rank >= first)
        .group_by(Visit.register_id)
    )
    without = (
        select(NoVisitDay.register_id, func.count())
        .where(NoVisitDay.on >= since, NoVisitDay.withdrawn_at.is_(None))
        .group_by(NoVisitDay.register_id)
    )
    reserved = (
        select(Visit.register_id, func.count())
        .join(Reservation, Reservation.visit_id == Visit.id)
        .where(Visit.audience == "reserved", Visit.state == "standing", Visit.rank >= first)
        .group_by(Visit.register_id)
    )
    unregistrable = (
        select(Unregistrable.register_id, func.sum(Unregistrable.amount))
        .where(Unregistrable.on >= since, counts.is_counted())
        .group_by(Unregistrable.register_id)
    )
    return visits, without, reserved, unregistrable

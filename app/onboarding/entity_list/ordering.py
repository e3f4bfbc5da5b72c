"""The orders of the list of entities: each column, and the entities in one of them.

What is sorted is read whole and put in order here, alike on both databases: names without their
accents, days as the calendars count them. What a column leaves empty comes last either way, and
what is alike comes by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.base import calendar
from app.base.models import Entity, User
from app.cases import custody
from app.cases.custody import Clocks, Known
from app.cases.entities import LEVELS, compared_as
from app.onboarding.entity_list import situation
from app.onboarding.entity_list.filters import HANDS, STAGES, STATES, Asked
from app.onboarding.entity_list.situation import Here

#: What comes when the address names no order: what is under way first.
UNDER_WAY = ""

Value = ColumnElement[Any] | InstrumentedAttribute[Any]

#: Id, name and code of an entity, and by what it is sorted (None: last).
Row = tuple[int, str, str, Any]


@dataclass(frozen=True)
class Order:
    """An order by a column: its name on screen, what is read, and by what that is compared."""

    label: str
    column: Value
    key: Callable[[Any], Any] = lambda value: value

    def rows(self, session: Session, asked: Asked) -> list[Row]:
        """The entities that are asked for, with what the column says of them."""
        found = session.execute(_rows(session, asked, self.column))
        return [(row[0], row[1], row[2], self.key(row[3])) for row in found]


@dataclass(frozen=True)
class OrderByDate:
    """An order by the earliest date that is as asked."""

    label: str

    def rows(self, session: Session, asked: Asked) -> list[Row]:
        """The entities that are asked for, with that date of theirs."""
        column = situation.first_due(*asked.due_within(session))
        found = session.execute(_rows(session, asked, column))
        return [(row[0], row[1], row[2], row[3]) for row in found]


@dataclass(frozen=True)
class OrderByDays:
    """An order by working days, which the clocks tell with whoever has the case now."""

    label: str
    days: Callable[[Clocks, str], int | None]

    def rows(self, session: Session, asked: Asked) -> list[Row]:
        """The entities that are asked for, with those days of theirs."""
        columns = (Here.id, Here.revision, Here.holder, Entity.department)
        found = session.execute(_rows(session, asked, *columns)).all()
        working = calendar.calendars(session)
        known = [(Known(row[3], row[4]), working.at(row[6], row[2])) for row in found if row[3]]
        clocks = custody.clocks_of_known(session, known, calendar.now())
        return [(*row[:3], self.days(clocks[row[3]], row[5]) if row[3] else None) for row in found]


def _rows(session: Session, asked: Asked, *columns: Value) -> Select[*tuple[Any, ...]]:
    return (
        select(Entity.id, Entity.name, Entity.code, *columns)
        .outerjoin(Here, situation.joined())
        .where(asked.condition(session))
    )


def _place(values: Sequence[str]) -> Callable[[str], int | None]:
    """The place of a value in a list of them; None where it has none."""
    places = {value: place for place, value in enumerate(values)}
    return places.get


def _said(text: str | None) -> str | None:
    """The same; None where there is none."""
    return compared_as(text) if text else None


def _name_of(user_id: InstrumentedAttribute[int | None]) -> ScalarSelect[str]:
    name = User.surnames + " " + User.given_names
    return select(name).where(User.id == user_id).scalar_subquery()


#: Values of `orden` → the order; with "-" before it the other way round.
ORDERS: Mapping[str, Order | OrderByDate | OrderByDays] = {
    UNDER_WAY: Order(
        "En marcha primero", and_(Here.id.is_not(None), Here.ended_at.is_(None)), lambda on: not on
    ),
    "nombre": Order("Nombre", Entity.name, _said),
    "codigo": Order("Código", Entity.code),
    "nivel": Order("Nivel", Entity.level, _place([level for level, _ in LEVELS])),
    "region": Order("Región", Entity.department, _said),
    "sector": Order("Sector", Entity.sector, _said),
    "etapa": Order("Etapa", Here.stage, _place(STAGES)),
    "estado": Order("Estado", situation.state(), _place(list(STATES.values()))),
    "manos": Order("En manos de", Here.holder, _place([held for held, _ in HANDS.values()])),
    "dias": OrderByDays(
        "Días en esas manos", lambda clocks, holder: clocks.held if holder else None
    ),
    "total": OrderByDays("Días hábiles en total", lambda clocks, _: clocks.total),
    "plazo": OrderByDate("Plazo"),
    "coordinador-sip": Order("Coordinador de la SIP", _name_of(Entity.sip_coordinator_id), _said),
    "coordinador-sgtd": Order(
        "Coordinador de la SGTD", _name_of(Entity.sgtd_coordinator_id), _said
    ),
}


def is_order(text: str) -> bool:
    """Whether an address can say this of an order."""
    return text.removeprefix("-") in ORDERS and text != "-"


def ids(session: Session, asked: Asked, order: str) -> list[int]:
    """The ids of the entities that are asked for, in an order. Raises KeyError for none of them."""
    name, falling = order.removeprefix("-"), order.startswith("-")
    rows = ORDERS[name].rows(session, asked)
    rows.sort(key=lambda row: (compared_as(row[1]), row[2]))
    compared = [(row[0], row[3]) for row in rows]
    filled = [one for one in compared if one[1] is not None]
    filled.sort(key=itemgetter(1), reverse=falling)
    return [entity_id for entity_id, _ in filled] + [
        entity_id for entity_id, value in compared if value is None
    ]

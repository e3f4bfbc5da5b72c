"""The orders of the list of entities.

All matching rows are read and sorted here, with the same result on both databases: names without
accents, days as the calendars count them. Empty values come last in both directions; equal values
are in the order of names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.base import calendar
from app.base.models import Entity, User
from app.cases import custody
from app.cases.custody import Clocks, Revision
from app.cases.entities import LEVELS, compared_as
from app.onboarding.entity_list import situation
from app.onboarding.entity_list.filters import HOLDERS, STAGES, STATES
from app.onboarding.entity_list.query import EntityQuery
from app.onboarding.entity_list.situation import Here

#: The order if the URL names none: entities under way first.
UNDER_WAY = ""

Value = ColumnElement[Any] | InstrumentedAttribute[Any]

#: Id, name and code of an entity, and its sort key (None: last).
Row = tuple[int, str, str, Any]
Rows = Callable[[Session, EntityQuery], list[Row]]
#: Selects id, name and code of the entities that match, and columns.
Selected = Callable[..., Select[*tuple[Any, ...]]]


@dataclass(frozen=True)
class Order:
    """An order of the list."""

    label: str
    #: Reads the entities that match, with their sort keys.
    rows: Rows
    #: The label of the reverse order, where the page offers that too.
    reverse: str = ""


def _by(column: Value, key: Callable[[Any], Any] = lambda value: value) -> Rows:
    """Order by a column of Entity, compared by a key."""
    return _compared(_select, column, key)


def _by_path(column: Value, key: Callable[[Any], Any]) -> Rows:
    """Order by a column of Here, compared by a key."""
    return _compared(_select_paths, column, key)


def _compared(selected: Selected, column: Value, key: Callable[[Any], Any]) -> Rows:
    def rows(session: Session, query: EntityQuery) -> list[Row]:
        found = session.execute(selected(session, query, column))
        return [(row[0], row[1], row[2], key(row[3])) for row in found]

    return rows


def _by_date(session: Session, query: EntityQuery) -> list[Row]:
    """Order by the earliest date, of a task or a question, within the window of the query."""
    tasks, questions = situation.first_dues(query.window(session))
    found = session.execute(
        _select(session, query, tasks.c.at, questions.c.at)
        .outerjoin(tasks, tasks.c.entity_id == Entity.id)
        .outerjoin(questions, questions.c.entity_id == Entity.id)
    )
    return [(*row[:3], min(filter(None, row[3:]), default=None)) for row in found]


def _by_days(days: Callable[[Clocks, str], int | None]) -> Rows:
    """Order by working days, read from the clocks and the current holder."""

    def rows(session: Session, query: EntityQuery) -> list[Row]:
        columns = (Here.id, Here.revision, Here.holder, Entity.department)
        found = session.execute(_select_paths(session, query, *columns)).all()
        working = calendar.calendars(session)
        known = [(Revision(row[3], row[4]), working.at(row[6], row[2])) for row in found if row[3]]
        clocks = custody.clocks_of_known(session, known, calendar.now())
        return [(*row[:3], days(clocks[row[3]], row[5]) if row[3] else None) for row in found]

    return rows


def _select(session: Session, query: EntityQuery, *columns: Value) -> Select[*tuple[Any, ...]]:
    return select(Entity.id, Entity.name, Entity.code, *columns).where(query.condition(session))


def _select_paths(
    session: Session, query: EntityQuery, *columns: Value
) -> Select[*tuple[Any, ...]]:
    return _select(session, query, *columns).outerjoin(Here, situation.joined())


def _place(values: Iterable[str]) -> Callable[[str], int | None]:
    """Return a function from a value to its place among these; None for any other."""
    places = {value: place for place, value in enumerate(values)}
    return places.get


def _name(text: str | None) -> str | None:
    """Return the sort key of a name; None for an empty one."""
    return compared_as(text) if text else None


def _name_of(user_id: InstrumentedAttribute[int | None]) -> ScalarSelect[str]:
    name = User.surnames + " " + User.given_names
    return select(name).where(User.id == user_id).scalar_subquery()


#: URL value of `orden` → the order; with "-" before it, the reverse order.
ORDERS: Mapping[str, Order] = {
    UNDER_WAY: Order(
        "En marcha primero",
        _by_path(and_(Here.id.is_not(None), Here.ended_at.is_(None)), lambda is_open: not is_open),
    ),
    "nombre": Order("Nombre", _by(Entity.name, _name)),
    "codigo": Order("Código", _by(Entity.code)),
    "nivel": Order("Nivel", _by(Entity.level, _place(level for level, _ in LEVELS))),
    "region": Order("Región", _by(Entity.department, _name)),
    "sector": Order("Sector", _by(Entity.sector, _name)),
    "etapa": Order("Etapa", _by_path(Here.stage, _place(STAGES))),
    "estado": Order("Estado", _by_path(situation.state(), _place(STATES.values()))),
    "manos": Order("En manos de", _by_path(Here.holder, _place(HOLDERS.values()))),
    "dias": Order(
        "Días en esas manos",
        _by_days(lambda clocks, holder: clocks.held if holder else None),
        reverse="más días primero",
    ),
    "total": Order(
        "Días hábiles en total",
        _by_days(lambda clocks, _: clocks.total),
        reverse="más días primero",
    ),
    "plazo": Order("Plazo", _by_date),
    "coordinador-sip": Order(
        "Coordinador de la SIP", _by(_name_of(Entity.sip_coordinator_id), _name)
    ),
    "coordinador-sgtd": Order(
        "Coordinador de la SGTD", _by(_name_of(Entity.sgtd_coordinator_id), _name)
    ),
}


def is_order(text: str) -> bool:
    """Return whether a URL can say this of an order."""
    return text.removeprefix("-") in ORDERS and text != "-"


def ids(session: Session, query: EntityQuery, order: str) -> list[int]:
    """Return the ids of the entities that match, in an order. Raises KeyError for no order."""
    name, is_reverse = order.removeprefix("-"), order.startswith("-")
    rows = ORDERS[name].rows(session, query)
    rows.sort(key=lambda row: (compared_as(row[1]), row[2]))
    compared = [(row[0], row[3]) for row in rows]
    filled = [one for one in compared if one[1] is not None]
    filled.sort(key=itemgetter(1), reverse=is_reverse)
    empty = [entity_id for entity_id, value in compared if value is None]
    return [entity_id for entity_id, _ in filled] + empty

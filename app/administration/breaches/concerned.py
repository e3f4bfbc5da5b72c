"""Whose data could be read in an incident: found from the readings in the log.

A reading says who opened which kind of page of which entity on which day, not which rows: everyone
who was on such pages is concerned.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, select, union_all
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import (
    DataBreach,
    Entity,
    InterestAct,
    LogEntry,
    PlannedVisit,
    Register,
    RightsRequest,
    Visit,
)
from app.people import documents

#: Entries of readings that are read, and persons of the list, at most.
MOST_READINGS, MOST = 20_000, 50_000

STAFF, VISITS, REQUESTS = "staff", "visits", "requests"
#: Kind of an entry → whose data was read. Readings by an entity's own people have the kind of page
#: instead (`OF_PAGES`).
ENTRIES: Mapping[str, str] = {
    "file.read": STAFF,
    "dossier.read": STAFF,
    "document.unmasked": STAFF,
    "visit.unmasked": VISITS,
}
READ = "data.read"
#: Kinds of pages with visitors, and with those who asked for their rights; all others have staff.
OF_PAGES: Mapping[str, str] = {
    **dict.fromkeys(("desk", "visits", "acts", "imports"), VISITS),
    "requests": REQUESTS,
}
#: The kind of this list: those who answer for the incident open it.
OWN = "breaches"
#: Where the data of visitors are.
VISIT, PLAN, ACT = "Registro de visitas", "Agenda de visitas", "Actos de gestión de intereses"


@dataclass(frozen=True)
class Person:
    """A person whose data could be read: their document, and where the data are."""

    name: str
    document_type: str
    document_number: str
    entity: Entity
    where: str


def people_of(session: Session, breach: DataBreach) -> Iterator[Person]:
    """Yield the persons whose data were on pages that were read, at most MOST.

    Where there are more than MOST_READINGS, the newest count: see `are_cut`.
    """
    return islice(_people(session, breach), MOST)


def _people(session: Session, breach: DataBreach) -> Iterator[Person]:
    """Yield them by the newest reading of each entity and of each kind of persons."""
    found: dict[tuple[int, str], tuple[Entity, datetime]] = {}
    newest = _readings(breach).order_by(LogEntry.id.desc()).limit(MOST_READINGS)
    for kind, moment, data, entity in session.execute(newest):
        page = data.get("page", "")
        if page != OWN:
            whose = OF_PAGES.get(page, STAFF) if kind == READ else ENTRIES[kind]
            _, last_at = found.get((entity.id, whose), (entity, moment))
            found[entity.id, whose] = entity, max(last_at, moment)
    for (_, whose), (entity, last_at) in found.items():
        yield from WAYS[whose](session, entity, last_at)


def are_cut(session: Session, breach: DataBreach) -> bool:
    """Return whether there are more readings than `people_of` counts."""
    next_one = _readings(breach).order_by(LogEntry.id.desc()).offset(MOST_READINGS).limit(1)
    return session.execute(next_one.with_only_columns(LogEntry.id)).first() is not None


def _readings(breach: DataBreach) -> Select[Any]:
    """Return the query of the readings of an incident."""
    query = (
        select(LogEntry.kind, LogEntry.at, LogEntry.data, Entity)
        .join(Entity, Entity.id == LogEntry.entity_id)
        .where(
            LogEntry.kind.in_((READ, *ENTRIES)),
            LogEntry.at >= calendar.midnight(breach.from_on),
            LogEntry.at < calendar.end_of(breach.until_on),
        )
    )
    if breach.entity_id is not None:
        query = query.where(LogEntry.entity_id == breach.entity_id)
    if breach.person_id is not None:
        query = query.where(LogEntry.actor_id == breach.person_id)
    return query


def _recorded(entity_id: int, at: datetime) -> ColumnElement[bool]:
    """Return the condition: a visit of an entity until then, whose data were not suppressed."""
    return and_(
        Register.entity_id == entity_id,
        Visit.visit_on <= calendar.lima_day(at),
        Visit.state != "suppressed",
    )


def _staff(session: Session, entity: Entity, _: datetime) -> Iterator[Person]:
    """Yield the persons of accounts, records and roster, once per document."""
    for one in documents.people_of(session, entity, ""):
        document_type, __, number = one.document.rpartition(" ")
        yield Person(one.name, document_type, number, entity, one.where)


def _visitors(session: Session, entity: Entity, at: datetime) -> Iterator[Person]:
    """Yield the persons of visits, plans and acts until then, once per document and name."""
    visit, act, planned = Visit, InterestAct, PlannedVisit.entry["visitor"]
    keys = ("name", "document_type", "document_number")
    parts = (
        _named(
            visit, (visit.visitor_name, visit.document_type, visit.document_number), VISIT
        ).where(_recorded(entity.id, at)),
        _named(act, (act.actor_name, act.document_type, act.document_number), ACT).where(
            Register.entity_id == entity.id, act.recorded_at <= at
        ),
        _named(PlannedVisit, tuple(planned[key].as_string() for key in keys), PLAN).where(
            Register.entity_id == entity.id, PlannedVisit.created_at <= at
        ),
    )
    found = union_all(*parts).subquery().c
    columns = (found.name, found.document_type, found.document_number)
    # Of several places the register of visits, which is the last by name.
    query = select(*columns, func.max(found.place)).group_by(*columns).order_by(*columns)
    for name, document_type, number, place in session.execute(query.limit(MOST)):
        yield Person(name, document_type, number, entity, place)


def _named(model: Any, columns: Sequence[Any], place: str) -> Select[Any]:
    """Return the query of the persons in the rows of registers that still have a name."""
    name, document_type, number = columns
    return (
        select(
            name.label("name"),
            document_type.label("document_type"),
            number.label("document_number"),
            literal(place).label("place"),
        )
        .join(Register, Register.id == model.register_id)
        .where(name != "")
    )


def _askers(session: Session, entity: Entity, at: datetime) -> Iterator[Person]:
    """Yield the persons whose requests about their data had arrived then."""
    names = session.scalars(
        select(RightsRequest.name)
        .join(Register, Register.id == RightsRequest.register_id)
        .where(Register.entity_id == entity.id, RightsRequest.received_at <= at)
        .distinct()
        .order_by(RightsRequest.name)
    )
    for name in names:
        if name:
            yield Person(name, "", "", entity, "Pedidos de personas")


WAYS = {STAFF: _staff, VISITS: _visitors, REQUESTS: _askers}

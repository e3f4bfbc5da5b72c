"""Whose data could be read in an incident: found from the readings in the log.

A reading says who opened which kind of page of which entity on which day, not which rows: everyone
who was on such pages is concerned.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from app.base import calendar, formatting
from app.base.models import (
    DataBreach,
    Entity,
    InterestAct,
    LogEntry,
    PlannedVisit,
    Register,
    RightsRequest,
    User,
    Visit,
)
from app.people import documents
from app.people.readings import KINDS

#: Entries of readings that are read, and persons of the list, at most.
MOST_READINGS, MOST = 20_000, 50_000

STAFF, VISITS, REQUESTS = "staff", "visits", "requests"
#: Kind of an entry → what was read, and whose data that is. Readings by an entity's own people
#: have the kind of page instead (`OF_PAGES`).
ENTRIES: Mapping[str, tuple[str, str]] = {
    "file.read": ("Documentos", STAFF),
    "dossier.read": ("Expedientes", STAFF),
    "document.unmasked": ("Números de documento", STAFF),
    "visit.unmasked": ("Documentos de visitantes", VISITS),
}
READ = "data.read"
#: Kinds of pages with visitors, and with those who asked for their rights; all others have staff.
OF_PAGES: Mapping[str, str] = {
    **dict.fromkeys(("desk", "visits", "acts", "imports"), VISITS),
    "requests": REQUESTS,
}
#: The kind of the page of this list: those who answer for the incident open it.
OWN = "breaches"
#: Whose data → the persons in words, one and several.
WORDS: Mapping[str, tuple[str, str]] = {
    STAFF: ("persona de la entidad", "personas de la entidad"),
    VISITS: ("visitante", "visitantes"),
    REQUESTS: ("persona que pidió algo sobre sus datos", "personas que pidieron algo sobre ellos"),
}
#: Where the data of visitors are.
VISIT, PLAN, ACT = "Registro de visitas", "Agenda de visitas", "Actos de gestión de intereses"


@dataclass
class Line:
    """What was read of an entity: a kind of page, by how many people, on how many days."""

    entity: Entity
    what: str
    whose: str
    #: The newest moment.
    last_at: datetime
    readers: set[int] = field(default_factory=set)
    days: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Person:
    """A person whose data could be read: their document, and where the data are."""

    name: str
    document_type: str
    document_number: str
    entity: Entity
    where: str
    #: A key of WORDS.
    whose: str


def lines_of(session: Session, breach: DataBreach) -> Sequence[Line]:
    """Return what was read in the days of an incident, by its account if it names one.

    Where there are more than MOST_READINGS, the newest count: see `are_cut`.
    """
    found: dict[tuple[int, str], Line] = {}
    newest = _readings(breach).order_by(LogEntry.id.desc()).limit(MOST_READINGS)
    for kind, actor_id, moment, data, entity in session.execute(newest):
        page = data.get("page", "")
        if page == OWN:
            continue
        what, whose = (
            (KINDS[page].name, OF_PAGES.get(page, STAFF)) if kind == READ else ENTRIES[kind]
        )
        line = found.setdefault((entity.id, what), Line(entity, what, whose, moment))
        line.readers.add(actor_id)
        line.days.add(calendar.lima_day(moment).isoformat())
        line.last_at = max(line.last_at, moment)
    return sorted(found.values(), key=lambda line: (line.entity.name, line.what))


def are_cut(session: Session, breach: DataBreach) -> bool:
    """Return whether there are more readings than `lines_of` counts."""
    next_one = _readings(breach).order_by(LogEntry.id.desc()).offset(MOST_READINGS).limit(1)
    return session.execute(next_one.with_only_columns(LogEntry.id)).first() is not None


def _readings(breach: DataBreach) -> Select[Any]:
    """Return the query of the readings of an incident."""
    query = (
        select(LogEntry.kind, LogEntry.actor_id, LogEntry.at, LogEntry.data, Entity)
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


def people_of(session: Session, lines: Sequence[Line]) -> Iterator[Person]:
    """Yield the persons whose data were on these pages, at most MOST."""
    return islice(_people(session, lines), MOST)


def _people(session: Session, lines: Sequence[Line]) -> Iterator[Person]:
    entities = {line.entity.id: line.entity for line in lines}
    for (entity_id, whose), last_at in _last(lines).items():
        yield from WAYS[whose](session, entities[entity_id], last_at)


def _last(lines: Sequence[Line]) -> dict[tuple[int, str], datetime]:
    """Return the newest reading of each entity and of each kind of persons."""
    found: dict[tuple[int, str], datetime] = {}
    for line in lines:
        key = line.entity.id, line.whose
        found[key] = max(found.get(key, line.last_at), line.last_at)
    return found


def in_words(session: Session, lines: Sequence[Line], people: Iterable[Person]) -> str:
    """Return how many persons of each kind there are, and in how many visits; "" for nobody."""
    counts = Counter(one.whose for one in people)
    parts = [
        formatting.plural(counts[whose], *words)
        for whose, words in WORDS.items()
        if counts[whose] and whose != VISITS
    ]
    if counts[VISITS]:
        visits = _visits(session, lines)
        within = f" (en {formatting.plural(visits, 'visita', 'visitas')})" if visits else ""
        parts.append(f"{formatting.plural(counts[VISITS], *WORDS[VISITS])}{within}")
    return formatting.listed(parts) if parts else ""


def _visits(session: Session, lines: Sequence[Line]) -> int:
    """Return how many visits were recorded until the readings of visits."""
    conditions = [
        _recorded(entity_id, at)
        for (entity_id, whose), at in _last(lines).items()
        if whose == VISITS
    ]
    query = select(func.count()).select_from(Visit).join(Register)
    return session.scalar(query.where(or_(*conditions))) or 0


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
        yield Person(one.name, document_type, number, entity, one.where, STAFF)


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
        yield Person(name, document_type, number, entity, place, VISITS)


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
            yield Person(name, "", "", entity, "Pedidos de personas", REQUESTS)


WAYS = {STAFF: _staff, VISITS: _visitors, REQUESTS: _askers}


def readers_of(session: Session, lines: Sequence[Line]) -> dict[int, str]:
    """Return the names of the people who read, by id."""
    ids = set[int]().union(*(line.readers for line in lines))
    rows = session.execute(select(User.id, User.given_names, User.surnames).where(User.id.in_(ids)))
    return {row.id: f"{row.given_names} {row.surnames}".strip() for row in rows}

"""Who comes to an induction session: its entities with their people, and the state of their step.

A document number is never among the data. Mail addresses and telephones are for the readers who may
publish sessions.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.db.membership import among
from app.base.models import (
    Entity,
    InductionSession,
    PersonnelRow,
    ProcessInstance,
    Task,
)
from app.cases import records
from app.cases.records import roster
from app.cases.records.sessions import guests as seated
from app.register.facts.sql_texts import safe_cell
from forms.fields.people import full_name, key_of
from forms.fields.personnel import PROFILES
from forms.records import RosterRow

#: Part of the record of the administrator → the function on screen.
DESIGNATED = {"holder": "Administrador", "alternate": "Alterno"}
#: The function of a person of the roster who attended.
ATTENDED = "De la relación (asistió)"
#: People of the rosters in a file.
MOST = 2000
HEADINGS = (
    *("Código", "Entidad", "Función", "Persona", "Cargo", "Perfil", "Correo", "Teléfono"),
    "Paso",
)
#: State of a guest's step → an id of `app.base.formatting.STATES`, and its words.
STATES: Mapping[str, tuple[str, str]] = {
    "waiting": ("awaiting_date", "Espera la sesión"),
    "to_record": ("pending", "Falta registrar su asistencia"),
    "attended": ("accepted", "Asistió"),
    "absent": ("not_presented", "No asistió"),
    "suspended": ("suspended", "Suspendida"),
    "cancelled": ("cancelled", "Proceso anulado"),
    "unrecorded": ("not_yet", "Sin asistencia registrada"),
}


@dataclass(frozen=True)
class Person:
    """A person who comes: their function, name and how to reach them ("" if unknown)."""

    role: str
    name: str
    email: str = ""
    phone: str = ""
    #: Of a person of the roster: the post, and the profiles in words.
    post: str = ""
    profile: str = ""


@dataclass(frozen=True)
class Guest:
    """An entity with a seat."""

    entity: Entity
    instance: ProcessInstance
    #: A key of STATES.
    state: str
    #: The administrator and the alternate.
    people: Sequence[Person]
    #: How many people its newest roster has; they may come too.
    on_roster: int
    #: The other people who attended, once the attendance is recorded.
    others: Sequence[Person]

    @property
    def shape(self) -> str:
        """The shape of its state: an id of `app.base.formatting.STATES`."""
        return STATES[self.state][0]

    @property
    def state_words(self) -> str:
        """Its state in words."""
        return STATES[self.state][1]


def guests(session: Session, row: InductionSession) -> list[Guest]:
    """Return the entities with a seat, by name, in a constant number of statements."""
    instances = seated.cases_of(session, row.id)
    if not instances:
        return []
    entities = [one.entity_id for one in instances]
    designated = records.of_entities(session, "administrator", entities)
    sizes = _roster_sizes(session, entities)
    tasks = seated.recordings(session, row.id)
    recorded = seated.attendances(session, tasks.values())
    came = {one.instance_id: _came(recorded.get(one.id, {})) for one in tasks.values()}
    return [
        Guest(
            one.entity,
            one,
            _state(row, one, tasks.get(one.id)),
            _people(designated.get(one.entity_id) or {}),
            sizes.get(one.entity_id, 0),
            came.get(one.id, []),
        )
        for one in instances
    ]


def _people(designated: Mapping[str, Any]) -> list[Person]:
    return [
        Person(role, full_name(person), person.get("email") or "", person.get("phone") or "")
        for part, role in DESIGNATED.items()
        if (person := designated.get(part))
    ]


def _roster_sizes(session: Session, entities: Sequence[int]) -> dict[int, int]:
    """Return how many people the newest roster of each entity has."""
    newest = records.documents.newest_of_entities(session, "roster", entities)
    counted = session.execute(
        select(PersonnelRow.record_id, func.count(PersonnelRow.document_number.distinct()))
        .where(
            among(PersonnelRow.record_id, [record.id for record in newest.values()]),
            PersonnelRow.movement != "baja",
        )
        .group_by(PersonnelRow.record_id)
    )
    sizes = {row[0]: row[1] for row in counted}
    return {entity: sizes.get(record.id, 0) for entity, record in newest.items()}


def _state(row: InductionSession, instance: ProcessInstance, task: Task | None) -> str:
    """Return a key of STATES. `task`: the step that records the attendance, if it has come."""
    if task is not None and task.state == "completed":
        return task.outcome
    if instance.status in {"suspended", "cancelled"}:
        return instance.status
    if task is not None:
        return "to_record"
    return "waiting" if row.at > calendar.now() else "unrecorded"


def _came(recorded: Mapping[str, Any]) -> list[Person]:
    """Return the other people of the roster who attended."""
    return [
        Person(ATTENDED, full_name(person))
        for person in recorded.get("people", ())
        if person["role"] == "other" and person["attended"]
    ]


def as_csv(session: Session, found: Sequence[Guest]) -> bytes:
    """Return who comes as CSV, a person a line: for readers who may see how to reach them.

    The designated people, and those of the rosters, up to MOST of all entities together.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(HEADINGS)
    rosters = _rosters(session, found)
    for guest in found:
        for one in _lines(guest, rosters.get(guest.entity.id)) or [Person("", "")]:
            cells = (one.role, one.name, one.post, one.profile, one.email, one.phone)
            more = (guest.entity.name, *cells, guest.state_words)
            writer.writerow((guest.entity.code, *map(safe_cell, more)))
    return text.getvalue().encode("utf-8-sig")


def _rosters(session: Session, found: Sequence[Guest]) -> dict[int, list[RosterRow]]:
    """Return the others of the newest rosters, of the first entities with up to MOST people."""
    left, ids = MOST, []
    for guest in found:
        if guest.on_roster <= left:
            left -= guest.on_roster
            ids.append(guest.entity.id)
    designated = records.of_entities(session, "administrator", ids)
    return {
        entity: _others(rows, designated.get(entity) or {})
        for entity, rows in roster.of_entities(session, ids).items()
    }


def _others(rows: Sequence[RosterRow], designated: Mapping[str, Any]) -> list[RosterRow]:
    known = {key_of(designated[part]) for part in DESIGNATED if designated.get(part)}
    return [row for row in rows if row["movement"] != "baja" and key_of(row) not in known]


def _lines(guest: Guest, rows: Sequence[RosterRow] | None) -> list[Person]:
    """Return the people of an entity: those designated, then the others of its roster by name.

    `rows`: those others; None without a roster, or if it does not fit into the file.
    """
    if rows is None:
        more = f"Y las {guest.on_roster} personas de su relación, que no entran en este archivo"
        return [*guest.people, *guest.others, *([Person(more, "")] if guest.on_roster else [])]
    attended = {person.name for person in guest.others}
    people: dict[tuple[str, str], Person] = {}
    for row in rows:
        name, profile = full_name(row), dict(PROFILES).get(row["profile"], "")
        if before := people.get(key_of(row)):
            profile = ", ".join(dict.fromkeys(filter(None, (before.profile, profile))))
        role = ATTENDED if name in attended else "De la relación"
        people[key_of(row)] = Person(role, name, row["email"], "", row["post"], profile)
    listed = {person.name for person in people.values()}
    gone = [person for person in guest.others if person.name not in listed]
    return [*guest.people, *sorted([*people.values(), *gone], key=lambda one: one.name)]

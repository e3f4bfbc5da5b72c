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
from app.cases.records.sessions import guests as seated
from app.register.facts.sql_texts import safe_cell
from forms.fields.people import full_name

#: Part of the record of the administrator → the function on screen.
DESIGNATED = {"holder": "Administrador", "alternate": "Alterno"}
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
        Person("De la relación", full_name(person))
        for person in recorded.get("people", ())
        if person["role"] == "other" and person["attended"]
    ]


def as_csv(found: Sequence[Guest]) -> bytes:
    """Return who comes as CSV, a person a line: for readers who may see how to reach them."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(("Código", "Entidad", "Función", "Persona", "Correo", "Teléfono", "Paso"))
    for guest in found:
        for person in (*guest.people, *guest.others) or (Person("", ""),):
            cells = (person.role, person.name, person.email, person.phone, guest.state_words)
            writer.writerow(
                (guest.entity.code, safe_cell(guest.entity.name), *map(safe_cell, cells))
            )
    return text.getvalue().encode("utf-8-sig")

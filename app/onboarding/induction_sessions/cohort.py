"""Who comes to an induction session: its entities with their people, and the state of their step.

A document number is never among the data. Mail addresses and telephones are for the readers who may
publish sessions.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from app.base.db.membership import among
from app.base.models import (
    Entity,
    InductionSession,
    PersonnelRow,
    ProcessInstance,
    Record,
    Seat,
    Task,
)
from app.cases import records
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
    instances = session.scalars(
        select(ProcessInstance)
        .join(Seat, Seat.instance_id == ProcessInstance.id)
        .join(Entity, Entity.id == ProcessInstance.entity_id)
        .where(Seat.session_id == row.id, ProcessInstance.status != "cancelled")
        .options(joinedload(ProcessInstance.entity))
        .order_by(Entity.name, Entity.id)
    ).all()
    if not instances:
        return []
    entities = [one.entity_id for one in instances]
    designated = records.of_entities(session, "administrator", entities)
    sizes = _roster_sizes(session, entities)
    recorded = _recorded(session, row, instances)
    came = _came(session, row, instances)
    return [
        Guest(
            one.entity,
            one,
            "suspended" if one.status == "suspended" else recorded.get(one.id, "waiting"),
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


def _recorded(
    session: Session, row: InductionSession, instances: Iterable[ProcessInstance]
) -> dict[int, str]:
    """Return the state of the attendance of each instance where its step has come."""
    rows = session.execute(
        select(Task.instance_id, Task.state, Task.outcome)
        .where(
            among(Task.instance_id, [one.id for one in instances]),
            Task.step == f"record_{row.topic}_induction",
            Task.opened_at >= row.at,
            Task.state.in_(("open", "completed")),
        )
        .order_by(Task.id)
    )
    return {
        instance: "to_record" if state == "open" else outcome for instance, state, outcome in rows
    }


def _came(
    session: Session, row: InductionSession, instances: Iterable[ProcessInstance]
) -> dict[int, list[Person]]:
    """Return the other people of the roster who attended, of each instance with a recording."""
    rows = session.execute(
        select(Record.instance_id, Record.data)
        .where(
            among(Record.instance_id, [one.id for one in instances]),
            Record.name == f"{row.topic}_attendance",
            Record.at >= row.at,
        )
        .order_by(Record.id)
    )
    return {
        instance: [
            Person("De la relación", full_name(person))
            for person in data["people"]
            if person["role"] == "other" and person["attended"]
        ]
        for instance, data in rows
        if instance is not None
    }


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

"""Copies of cases that were really run: their rows, for other entities."""

from __future__ import annotations

import re
import uuid
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import (
    Draft,
    Entity,
    Filing,
    Grant,
    Holding,
    LogEntry,
    PersonnelRow,
    ProcessInstance,
    Record,
    Task,
    User,
)

UUID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
#: Entities between two flushes.
BATCH = 500


def invent(session: Session, number: int) -> Entity:
    """Return an entity outside the catalogue, clearly invented."""
    entity = Entity(
        code=f"B{number:05}",
        name=f"Municipalidad Inventada del Banco {number:05}",
        level="local",
        sector="GOBIERNOS MUNICIPALES",
        department="Amazonas",
        province="Chachapoyas",
        district=f"Banco {number:05}",
        ubigeo="010101",
        origin="bench",
        contact_email=f"mesa.{number}@example.pe",
    )
    entity.index()
    session.add(entity)
    session.flush()
    return entity


def invent_person(session: Session, number: int) -> User:
    """Return a person who answers for an invented entity."""
    user = User(
        document_type="DNI",
        document_number=f"7{number:07}",
        given_names="Persona",
        surnames=f"BANCO {number:05}",
        email=f"persona.{number}@example.pe",
        created_at=calendar.now(),
        grants=[],
    )
    session.add(user)
    session.flush()
    return user


@dataclass(frozen=True)
class Prototype:
    """The rows of a case that was really run, as dictionaries, in the order of their ids."""

    instance: dict[str, Any]
    tasks: list[dict[str, Any]]
    holdings: list[dict[str, Any]]
    records: list[dict[str, Any]]
    #: By record.
    people: dict[int, list[dict[str, Any]]]
    filings: list[dict[str, Any]]
    drafts: list[dict[str, Any]]
    log: list[dict[str, Any]]

    @classmethod
    def read(cls, session: Session, instance_id: int) -> Prototype:
        """Read the rows of a case."""
        (instance,) = _rows(session, ProcessInstance, ProcessInstance.id == instance_id)
        tasks = _rows(session, Task, Task.instance_id == instance_id)
        records = _rows(session, Record, Record.instance_id == instance_id)
        return cls(
            instance,
            tasks,
            _rows(session, Holding, Holding.instance_id == instance_id),
            records,
            {
                row["id"]: _rows(session, PersonnelRow, PersonnelRow.record_id == row["id"])
                for row in records
            },
            _rows(session, Filing, Filing.instance_id == instance_id),
            _rows(session, Draft, Draft.task_id.in_([row["id"] for row in tasks])),
            _rows(session, LogEntry, LogEntry.instance_id == instance_id),
        )


def copy_all(
    session: Session, prototypes: list[int], people: Mapping[str, User], invented: int
) -> None:
    """Copy the rows of the prototypes to new entities and to those of the catalogue.

    `invented`: how many new entities there are then, with those of the prototypes.
    """
    in_charge = {f"{role}_coordinator_id": people[role].id for role in ("sip", "sgtd")}
    catalogue = select(Entity.id).where(Entity.origin != "bench").order_by(Entity.id)
    targets: list[int | None] = [None] * (invented - len(prototypes))
    targets += session.scalars(catalogue).all()
    read = [Prototype.read(session, one) for one in prototypes]
    for number, target in enumerate(targets, len(prototypes)):
        entity = invent(session, number) if target is None else session.get_one(Entity, target)
        for column, user_id in in_charge.items():
            setattr(entity, column, user_id)
        copy_one(session, read[number % len(read)], number, entity)
        if number % BATCH == 0:
            session.flush()
            session.expunge_all()
    session.flush()


def copy_one(
    session: Session, prototype: Prototype, number: int, entity: Entity | None = None
) -> None:
    """Add one more entity (by default an invented one) at the position of a prototype."""
    entity, user = entity or invent(session, number), invent_person(session, number)
    for role in ("preparer", "administrator"):
        session.add(Grant(user=user, role=role, entity=entity, since_at=calendar.now()))
    names: dict[bytes, bytes] = {}
    instance = {"entity_id": entity.id, "state": renamed(prototype.instance["state"], names)}
    (new_id,) = _insert(session, ProcessInstance, [prototype.instance | instance])
    own = {"entity_id": entity.id, "instance_id": new_id}
    tasks = []
    for row in prototype.tasks:
        name = names.setdefault(str(row["engine_id"]).encode(), fresh()).decode()
        tasks.append(row | own | {"engine_id": name, "assignee_id": None})
    old_tasks = [row["id"] for row in prototype.tasks]
    places = dict(zip(old_tasks, _insert(session, Task, tasks), strict=True))
    _copy_rows_of_case(session, prototype, own, places)


def _copy_rows_of_case(
    session: Session, prototype: Prototype, own: dict[str, Any], tasks: dict[int, int]
) -> None:
    """Copy records with rosters, filings, drafts and log, and the history of its holders."""

    def of_task(row: dict[str, Any]) -> dict[str, Any]:
        return row | own | {"task_id": tasks.get(row["task_id"])}

    holding = {"instance_id": own["instance_id"]}
    _insert(session, Holding, [row | holding for row in prototype.holdings])
    made = _insert(session, Record, [of_task(row) for row in prototype.records])
    for old, new in zip(prototype.people.values(), made, strict=True):
        if old:
            session.execute(insert(PersonnelRow), [row | {"record_id": new} for row in old])
    _insert(session, Filing, [row | own for row in prototype.filings])
    if prototype.drafts:
        values = [row | {"task_id": tasks[row["task_id"]]} for row in prototype.drafts]
        session.execute(insert(Draft), values)
    _insert(session, LogEntry, [of_task(row) for row in prototype.log])


def _rows(session: Session, model: Any, condition: Any) -> list[dict[str, Any]]:
    table = model.__table__
    rows = session.execute(select(table).where(condition).order_by(*table.primary_key))
    return [dict(row._mapping) for row in rows]


def _insert(session: Session, model: Any, rows: list[dict[str, Any]]) -> list[int]:
    if not rows:
        return []
    values = [{name: value for name, value in row.items() if name != "id"} for row in rows]
    made = session.execute(
        insert(model.__table__).returning(model.__table__.c.id, sort_by_parameter_order=True),
        values,
    )
    return list(made.scalars())


def fresh() -> bytes:
    """Return a new id of a task in the engine."""
    return str(uuid.uuid4()).encode()


def renamed(state: bytes, names: dict[bytes, bytes]) -> bytes:
    """Return the state with new ids for its open tasks. `names` records old and new ids."""

    def swap(found: re.Match[bytes]) -> bytes:
        return names.setdefault(found.group(), fresh())

    return zlib.compress(UUID.sub(swap, zlib.decompress(state)), 6)

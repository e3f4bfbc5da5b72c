"""The import of an entity's visits from an export of many entities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session, undefer

from app.base import audit_log, calendar, db
from app.base.models import Baseline, BaselineName, Entity
from app.register.baseline.lines import PartOfExport, unpacked
from app.register.importing import applying
from app.register.registers import environments

#: The source of the visits, as `Visit.source` has it.
SOURCE = "official_platform"


@dataclass(frozen=True)
class Waiting:
    """The visits of an entity in an export that wait to be imported."""

    entity_id: int
    visits: int
    first_on: date | None
    last_on: date | None


def waiting(session: Session, baseline_id: int, ids: Sequence[int] = ()) -> list[Waiting]:
    """Return what waits, by entity; with ids, of these entities only."""
    query = (
        select(
            BaselineName.entity_id,
            func.sum(BaselineName.visits),
            func.min(BaselineName.first_on),
            func.max(BaselineName.last_on),
        )
        .where(
            BaselineName.baseline_id == baseline_id,
            BaselineName.entity_id.is_not(None),
            BaselineName.lines.is_not(None),
        )
        .group_by(BaselineName.entity_id)
        .order_by(func.min(BaselineName.number))
    )
    if len(ids) == 1:
        query = query.where(BaselineName.entity_id == ids[0])
    wanted = frozenset(ids)
    return [
        Waiting(entity_id, int(visits), first_on, last_on)
        for entity_id, visits, first_on, last_on in session.execute(query)
        if entity_id is not None and (not wanted or entity_id in wanted)
    ]


@dataclass(frozen=True)
class Brought:
    """The counts of an import: new visits, visits that were there, rows that are no visit."""

    visits: int
    there: int
    refused: int


def lock(session: Session, entity: Entity) -> None:
    """Wait for other imports of the entity's visits, so that what waits is read after them."""
    db.in_turn(session, f"past-of:{entity.id}")


def bring_in(session: Session, baseline: Baseline, entity: Entity, by_id: int | None) -> Brought:
    """Import the rows of an entity, under all its names, as past visits. Flushes.

    Rows that its register has already, from whatever source, are left out.
    """
    lock(session, entity)
    names = session.scalars(
        select(BaselineName)
        .where(BaselineName.baseline_id == baseline.id, BaselineName.entity_id == entity.id)
        .order_by(BaselineName.number)
        .options(undefer(BaselineName.lines))
        .with_for_update(of=BaselineName)  # not while `choices` gives one to another entity
        .execution_options(populate_existing=True)
    ).all()
    register, at = environments.open_imported(session, entity), calendar.now()
    db.in_turn(session, applying.lock_of(register))  # nor while its entity imports a file
    rows = [line for one in names if one.lines for line in unpacked(one.lines)]
    rows.sort(key=lambda line: line.number)
    report = applying.bring_in(
        session,
        register,
        PartOfExport(rows),
        source=SOURCE,
        at=at,
        by_id=by_id,
        cut_off_on=baseline.cut_off_on,
    )
    if report.first_on is not None:
        environments.imported_since(register, report.first_on)
    for one in names:
        one.lines = None
    brought = Brought(report.visits, report.outcomes["there"], report.outcomes["refused"])
    audit_log.write(
        session,
        "register.baseline_imported",
        actor_id=by_id,
        entity_id=entity.id,
        at=at,
        baseline=baseline.id,
        cut_off_on=baseline.cut_off_on.isoformat(),
        visits=brought.visits,
        there=brought.there,
        refused=brought.refused,
    )
    session.flush()
    return brought

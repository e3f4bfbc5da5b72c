"""The judging of a rehearsal's cases, in chunks: progress is stored, and memory is bounded."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, delete, func, insert, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, joinedload, undefer

from app.base import calendar, db
from app.base.db import Stop, never, open_session
from app.base.db.membership import among
from app.base.definitions import definition_of, in_force
from app.base.models import Deployment, Migration, MigrationCase, MigrationGroup, ProcessInstance
from app.cases.processes.migrating.names import shown_name
from app.cases.processes.migrating.rehearsals.starting import newest_put
from app.cases.processes.migrating.rehearsals.verdicts import (
    Facts,
    Unreadable,
    Verdict,
    facts_of,
    key_of,
)

logger = logging.getLogger(__name__)

#: Cases that are read, judged and stored together.
CHUNK = 100

#: Judge cases, in their order: the session only reads. `places`: see `judge_case`.
JudgeMany = Callable[
    [Session, Sequence[ProcessInstance], Deployment, Mapping[str, str]], Iterable[Verdict]
]
#: Whether a change from the first version to the second needs a second person.
NeedsTwo = Callable[[Deployment, Deployment], bool]


@dataclass(frozen=True)
class Judged:
    """A case with the group of its verdict; `kind` "" if the case has ended meanwhile."""

    instance_id: int
    deployment_id: int
    revision: int
    kind: str
    key: str
    facts: Facts


def rehearse(
    engine: Engine,
    migration_id: int,
    judge: JudgeMany,
    needs_two: NeedsTwo,
    stop: Stop = never,
) -> int:
    """Judge the cases of a rehearsal that are not judged yet. Return how many.

    It becomes void if a version is put into force meanwhile. Only short transactions write. A
    process that dies loses a chunk at most, which is judged again.
    """
    done = 0
    while not stop():
        with open_session(engine, writes=False) as session:
            ids, found = _judged(session, migration_id, judge)
        with db.writing(engine) as session:
            row = db.locked(session, Migration, migration_id)
            if row.state != "rehearsing":
                break
            if (row.in_force_id, row.put_id) != (in_force(session).id, newest_put(session)):
                row.state, row.rehearsed_at = "void", calendar.now()
                break
            if not ids:
                row.state, row.rehearsed_at = "rehearsed", calendar.now()
                row.needs_two = _needs_two(session, row, needs_two)
                break
            _store(session, migration_id, ids, found)
        done += len(found)
    return done


def _judged(
    session: Session, migration_id: int, judge: JudgeMany
) -> tuple[Sequence[int], list[Judged]]:
    """Return the next cases, and the verdicts about those that are still live."""
    ids = session.scalars(
        select(MigrationCase.instance_id)
        .where(MigrationCase.migration_id == migration_id, MigrationCase.kind == "")
        .order_by(MigrationCase.deployment_id, MigrationCase.instance_id)
        .limit(CHUNK)
    ).all()
    rows = session.scalars(
        select(ProcessInstance)
        .where(among(ProcessInstance.id, ids), ProcessInstance.ended_at.is_(None))
        .options(
            undefer(ProcessInstance.state),
            joinedload(ProcessInstance.entity),
            joinedload(ProcessInstance.deployment),  # without its texts, which are long
        )
        .order_by(ProcessInstance.id)
    ).all()
    if not rows:
        return ids, []
    migration = session.get_one(Migration, migration_id)
    new = session.get_one(Deployment, migration.deployment_id)
    verdicts = judged_alone(session, rows, new, migration.places, judge)
    return ids, [judged(row, new, one) for row, one in zip(rows, verdicts, strict=True)]


def judged_alone(
    session: Session,
    rows: Sequence[ProcessInstance],
    new: Deployment,
    places: Mapping[str, str],
    judge: JudgeMany,
) -> list[Verdict]:
    """Judge cases; one that cannot be read does not stop the others."""
    try:
        return list(judge(session, rows, new, places))
    except OperationalError:
        raise
    except Exception:
        if len(rows) > 1:
            return [one for row in rows for one in judged_alone(session, [row], new, places, judge)]
        logger.exception("a case cannot be judged", extra={"instance": rows[0].id})
        return [Unreadable()]


def judged(row: ProcessInstance, new: Deployment, verdict: Verdict) -> Judged:
    """Return a case with the group of its verdict."""
    facts = facts_of(verdict, lambda element: _name_of(row, new, element))
    key = key_of(verdict.kind, facts)
    return Judged(row.id, row.deployment_id, row.revision, verdict.kind, key, facts)


def _name_of(row: ProcessInstance, new: Deployment, element: str) -> str:
    """Return the name of an element in the new version; without it there, in the case's."""
    drawn = definition_of(new)
    if element in drawn.elements:
        return shown_name(drawn, element)
    return shown_name(definition_of(row.deployment), element)


def _store(session: Session, migration_id: int, ids: Sequence[int], found: list[Judged]) -> None:
    """Store verdicts. Cases that have ended meanwhile leave the rehearsal."""
    numbers = _numbers(session, migration_id, found)
    live = {one.instance_id for one in found}
    ended = [one for one in ids if one not in live]
    if ended:
        session.execute(
            delete(MigrationCase).where(
                MigrationCase.migration_id == migration_id,
                among(MigrationCase.instance_id, ended),
                MigrationCase.kind == "",
            )
        )
    session.execute(
        update(MigrationCase),
        [
            {
                "migration_id": migration_id,
                "instance_id": one.instance_id,
                "deployment_id": one.deployment_id,
                "revision": one.revision,
                "kind": one.kind,
                "group_number": numbers[one.key],
            }
            for one in found
        ],
    )


def _numbers(session: Session, migration_id: int, found: Iterable[Judged]) -> dict[str, int]:
    """Return the number of each group by its key; new ones are stored. The migration is locked."""
    query = select(MigrationGroup.key, MigrationGroup.number).where(
        MigrationGroup.migration_id == migration_id
    )
    known = dict(session.execute(query).all())
    new = {one.key: one for one in found if one.key not in known}
    largest = max(known.values(), default=0)
    values = [
        {
            "migration_id": migration_id,
            "number": number,
            "key": one.key,
            "kind": one.kind,
            "facts": one.facts,
        }
        for number, one in enumerate(new.values(), largest + 1)
    ]
    if values:
        session.execute(insert(MigrationGroup), values)
    return known | {str(one["key"]): int(str(one["number"])) for one in values}


def _needs_two(session: Session, migration: Migration, needs_two: NeedsTwo) -> bool:
    """Return whether a second person must confirm the batches of a migration."""
    new = session.get_one(Deployment, migration.deployment_id)
    former = session.scalars(
        select(Deployment).where(
            Deployment.id.in_(
                select(MigrationCase.deployment_id).where(
                    MigrationCase.migration_id == migration.id
                )
            )
        )
    )
    return any(needs_two(old, new) for old in former)


def progress(session: Session, migration_id: int) -> tuple[int, int]:
    """Return how many cases are judged, and of how many."""
    kinds = select(MigrationCase.kind, func.count()).where(
        MigrationCase.migration_id == migration_id
    )
    counts = dict(session.execute(kinds.group_by(MigrationCase.kind)).all())
    total = sum(counts.values())
    return total - counts.get("", 0), total

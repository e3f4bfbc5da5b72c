"""The beginning of a rehearsal, and what people decide about it afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, func, insert, literal, null, select, update
from sqlalchemy.orm import Session

from app.base import audit_log, calendar, db
from app.base.definitions import in_force
from app.base.models import (
    Deployment,
    Migration,
    MigrationBatch,
    MigrationCase,
    MigrationGroup,
    ProcessInstance,
    PutIntoForce,
)
from app.cases.processes.migrating.rehearsals.verdicts import by_choice
from workflows.migration import STAY

#: States in which cases are still rehearsed or moved.
OPEN = ("rehearsing", "rehearsed")


class UnderWay(Exception):
    """Another rehearsal onto this version is not finished yet."""


class NotOffered(Exception):
    """A place that no rehearsed case has for this element."""


def newest_put(session: Session) -> int | None:
    """Return the newest row of `PutIntoForce`: a larger number means that a version came since."""
    return session.scalar(select(func.max(PutIntoForce.id)))


def start(session: Session, deployment: Deployment, by_id: int | None) -> Migration:
    """Begin a rehearsal onto a version: one row per live case that is on another one. Flushes.

    The worker judges them. A former rehearsal onto the same version is closed; its cases that
    wait are not tried any more. Raises UnderWay while one is running, and while a batch of one is
    being applied.
    """
    db.in_turn(session, "migrations")
    for former in session.scalars(
        select(Migration).where(Migration.deployment_id == deployment.id, Migration.state.in_(OPEN))
    ):
        if former.state == "rehearsing" or has_work(session, former.id):
            raise UnderWay(former.id)
        close(session, former, by_id)
    migration = Migration(
        deployment_id=deployment.id,
        state="rehearsing",
        at=calendar.now(),
        by_id=by_id,
        in_force_id=in_force(session).id,
        put_id=newest_put(session),
        places={},
    )
    session.add(migration)
    session.flush()
    count = _add_cases(session, migration)
    audit_log.write(
        session, "migration.rehearsed", actor_id=by_id, version=deployment.hash[:12], cases=count
    )
    session.flush()
    return migration


def _add_cases(session: Session, migration: Migration) -> int:
    columns: dict[str, Any] = {
        "migration_id": literal(migration.id),
        "instance_id": ProcessInstance.id,
        "deployment_id": ProcessInstance.deployment_id,
        "revision": ProcessInstance.revision,
        "kind": literal(""),
        "group_number": null(),
        "batch_number": null(),
        "result": literal(""),
        "message": literal(""),
    }
    live: Select[Any] = select(*(value.label(name) for name, value in columns.items())).where(
        ProcessInstance.ended_at.is_(None), ProcessInstance.deployment_id != migration.deployment_id
    )
    session.execute(insert(MigrationCase).from_select(list(columns), live))
    rows = select(func.count()).where(MigrationCase.migration_id == migration.id)
    return session.scalar(rows) or 0


def has_work(session: Session, migration_id: int) -> bool:
    """Return whether cases of a migration are still to be moved or returned by the worker."""
    applying = select(MigrationBatch.number).where(
        MigrationBatch.migration_id == migration_id, MigrationBatch.state == "applying"
    )
    returning = select(MigrationCase.instance_id).where(
        MigrationCase.migration_id == migration_id, MigrationCase.result == "returning"
    )
    return any(session.scalar(one.limit(1)) is not None for one in (applying, returning))


def choose(
    session: Session, migration: Migration, answers: Mapping[str, str], by_id: int | None
) -> int:
    """Decide where cases continue; those concerned are judged again. Returns how many.

    `answers`: an element that the version lacks → where all its cases continue, LEAVE, STAY, or ""
    for no answer. Raises NotOffered for anything else, and UnderWay if the rehearsal is not
    finished. Flushes.
    """
    row = db.locked(session, Migration, migration.id)
    if row.state != "rehearsed":
        raise UnderWay(row.id)
    groups = session.scalars(
        select(MigrationGroup).where(MigrationGroup.migration_id == row.id)
    ).all()
    offered: dict[str, set[str]] = {}
    for group in groups:
        for element, options in group.facts["gone"].items():
            offered.setdefault(element, {STAY, ""}).update(options)
    for element, option in answers.items():
        if option not in offered.get(element, ()):
            raise NotOffered(element)
    places = {key: value for key, value in (row.places | dict(answers)).items() if value}
    if places == row.places:
        return 0
    row.places = places
    numbers = [group.number for group in groups if by_choice(group.kind, group.facts)]
    again = session.execute(
        update(MigrationCase)
        .where(
            MigrationCase.migration_id == row.id,
            MigrationCase.group_number.in_(numbers),
            MigrationCase.batch_number.is_(None),
        )
        .values(kind="", group_number=None)
    )
    count: int = again.rowcount  # type: ignore[attr-defined]
    if count:
        row.state, row.rehearsed_at = "rehearsing", None
        row.in_force_id, row.put_id = in_force(session).id, newest_put(session)
    audit_log.write(
        session, "migration.decided", actor_id=by_id, migration=row.id, questions=len(places)
    )
    session.flush()
    return count


def close(session: Session, migration: Migration, by_id: int | None) -> bool:
    """Close a migration: cases that wait are not tried any more. False if it is too late. Flushes.

    Cases that were moved can still be returned within their day.
    """
    row = db.locked(session, Migration, migration.id)
    if row.state not in OPEN:
        return False
    row.state, row.closed_at = "closed", calendar.now()
    audit_log.write(session, "migration.closed", actor_id=by_id, migration=row.id)
    session.flush()
    return True

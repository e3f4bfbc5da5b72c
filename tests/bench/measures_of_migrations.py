"""The measures of a migration: the rehearsal of 2,125 live cases, and the move of one."""

from __future__ import annotations

import time
from datetime import timedelta
from itertools import pairwise

from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session, joinedload, undefer

from app.base import calendar
from app.base.db.membership import among
from app.base.models import (
    Deployment,
    Migration,
    MigrationCase,
    ProcessInstance,
)
from app.cases.processes.act import Act
from app.cases.processes.migrating.rehearsals import batches, judging, starting, work
from app.cases.processes.migrating.rehearsals.verdicts import MOVING
from tests.app.cases.processes.migrated import another_id, days, edit
from tests.app.walk import put_into_force, texts
from tests.bench.bench import Bench
from tests.bench.figures import Figure

CASES, MOVED = 2_125, 220
RUNS = 3
#: A changed name, a term, and a step that is another one.
CHANGES = (
    edit("designation.bpmn", 'name="Revisar la designación"', 'name="Examinar la designación"'),
    days("file_designation", 8),
    another_id("training.bpmn", "report_training", "report_training_anew"),
)


def rehearsal(bench: Bench) -> Figure:
    """Measure the rehearsal of 2,125 live cases, from the first read to the end; in seconds.

    The floor reads the same cases and loads the state of each once, as an act does. Raises
    LookupError if the progress was not stored, or if few cases could move.
    """
    samples, floor, statements = [], [], 0
    for number in range(RUNS):
        migration_id = begun(bench, number)
        floor.append(_floor(bench, migration_id))
        steps: list[int] = []

        def look(steps: list[int] = steps, migration_id: int = migration_id) -> bool:
            with bench.session() as session:
                steps.append(judging.progress(session, migration_id)[0])
            return False

        with bench.app.app_context(), bench.statements() as sent:
            began = time.perf_counter()
            work.rehearse(bench.engine, migration_id, look)
            samples.append(time.perf_counter() - began)
        statements = len(sent)
        if steps[-1] != CASES or max(b - a for a, b in pairwise(steps)) > judging.CHUNK:
            raise LookupError(f"the progress was {steps}")
        if (count := movable(bench, migration_id)) < CASES // 2:
            raise LookupError(f"only {count} cases could move")
        with bench.session(writes=True) as session:
            starting.close(session, session.get_one(Migration, migration_id), None)
            session.commit()
    return Figure.of("rehearsal", bench.database, samples, "s", floor=floor, statements=statements)


def migrate_case(bench: Bench) -> Figure:
    """Measure a case that the worker moves: claimed, judged again, moved, committed; in ms."""
    migration_id = begun(bench, RUNS)
    with bench.app.app_context():
        work.rehearse(bench.engine, migration_id)
    with bench.session(writes=True) as session:
        row = session.get_one(Migration, migration_id)
        for kind in MOVING:
            chosen = batches.Filter(kind=kind)
            if count := batches.count(session, migration_id, chosen):
                batches.propose(session, row, chosen, count, None, two=False)
        session.commit()
    samples: list[float] = []
    last = [time.perf_counter()]

    def stop() -> bool:
        now = time.perf_counter()
        samples.append((now - last[0]) * 1000)
        last[0] = now
        return len(samples) > MOVED

    with bench.app.app_context():
        work.apply(bench.engine, migration_id, stop)
    with bench.session() as session:
        moved = session.scalar(
            select(func.count()).where(
                MigrationCase.migration_id == migration_id, MigrationCase.result == "moved"
            )
        )
    if (moved or 0) < MOVED * 0.9:
        raise LookupError(f"only {moved} cases were moved")
    return Figure.of("migrate_case", bench.database, samples[MOVED // 10 :], "ms")


def movable(bench: Bench, migration_id: int) -> int:
    """Return how many of the judged cases can move."""
    found = select(func.count()).where(
        MigrationCase.migration_id == migration_id, MigrationCase.kind.in_(MOVING)
    )
    with bench.session() as session:
        return session.scalar(found) or 0


def begun(bench: Bench, number: int) -> int:
    """Put another version into force, and begin a rehearsal of 2,125 cases; return its id."""
    with bench.session(writes=True) as session:
        later = calendar.now() + timedelta(days=30)  # a due timer waits for the worker
        session.execute(text("update process_instance set wake_at = :at"), {"at": later})
        row = _version(session, number)
        migration = starting.start(session, row, None)
        found = select(MigrationCase.instance_id).where(MigrationCase.migration_id == migration.id)
        extra = session.scalars(found.order_by(MigrationCase.instance_id).offset(CASES)).all()
        session.execute(
            delete(MigrationCase).where(
                MigrationCase.migration_id == migration.id, among(MigrationCase.instance_id, extra)
            )
        )
        session.commit()
        return migration.id


def _version(session: Session, number: int) -> Deployment:
    changed = dict(texts())
    for change in CHANGES:
        change(changed)
    changed["designation.bpmn"] += f"<!-- {number} -->\n"
    return put_into_force(session, changed)


def _floor(bench: Bench, migration_id: int) -> float:
    """Return the seconds in which the same cases are read and their states loaded."""
    began = time.perf_counter()
    with bench.session() as session:
        rows = session.scalars(
            select(ProcessInstance)
            .join(MigrationCase, MigrationCase.instance_id == ProcessInstance.id)
            .where(MigrationCase.migration_id == migration_id)
            .options(undefer(ProcessInstance.state), joinedload(ProcessInstance.deployment))
        )
        for row in rows:
            Act.of(session, row, None)
    return time.perf_counter() - began

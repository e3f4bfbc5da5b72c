"""The worker's part of migrations: it judges, moves, tries again and returns cases."""

from __future__ import annotations

from sqlalchemy import Engine, Select, and_, or_, select

from app.base.db import Stop, never, open_session
from app.base.definitions import definition_of
from app.base.models import Deployment, Migration, MigrationBatch, MigrationCase, ProcessInstance
from app.cases.processes.migrating.judging import judge_cases
from app.cases.processes.migrating.moving import move_case
from app.cases.processes.migrating.rehearsals import applying, judging
from app.cases.processes.migrating.rehearsals.applying import Cases
from app.cases.processes.migrating.returning import take_back
from workflows import differences


def needs_two(old: Deployment, new: Deployment) -> bool:
    """Return whether a version changes more than names, drawings or remarks."""
    return bool(differences.needs_two(definition_of(old), definition_of(new)))


CASES = Cases(judge_cases, move_case, take_back, needs_two)


def rehearse(engine: Engine, migration_id: int, stop: Stop = never) -> int:
    """Judge the cases of a rehearsal that are not judged yet. Return how many."""
    return judging.rehearse(engine, migration_id, CASES.judge, CASES.needs_two, stop)


def apply(engine: Engine, migration_id: int, stop: Stop = never) -> int:
    """Move and return the cases of a migration whose turn it is. Return how many."""
    return applying.apply(engine, migration_id, CASES, stop)


def run(engine: Engine, stop: Stop = never) -> dict[str, int]:
    """Run the job of the worker: go on with rehearsals, then with batches."""
    with open_session(engine, writes=False) as session:
        begun = session.scalars(
            select(Migration.id).where(Migration.state == "rehearsing").order_by(Migration.id)
        ).all()
        under_way = session.scalars(_under_way()).all()
    return {
        "judged": sum(rehearse(engine, one, stop) for one in begun),
        "moved": sum(apply(engine, one, stop) for one in under_way),
    }


def _under_way() -> Select[int]:
    """Return the query of the migrations that have something to do, or a batch to finish."""
    due = (
        select(MigrationCase.migration_id)
        .join(Migration, Migration.id == MigrationCase.migration_id)
        .join(ProcessInstance, ProcessInstance.id == MigrationCase.instance_id)
        .join(
            MigrationBatch,
            and_(
                MigrationBatch.migration_id == MigrationCase.migration_id,
                MigrationBatch.number == MigrationCase.batch_number,
            ),
        )
        .where(applying.is_due())
    )
    unfinished = select(MigrationBatch.migration_id).where(MigrationBatch.state == "applying")
    return (
        select(Migration.id)
        .where(or_(Migration.id.in_(due), Migration.id.in_(unfinished)))
        .order_by(Migration.id)
    )

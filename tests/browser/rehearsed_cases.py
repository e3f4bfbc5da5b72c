"""A rehearsal with each kind of verdict and a batch, for the demo site."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar, db
from app.base.models import (
    Deployment,
    Migration,
    MigrationBatch,
    MigrationCase,
    Task,
    User,
)
from app.cases.processes.migrating.rehearsals import batches, starting, work
from app.people import access
from tests.app.cases.processes.migrated import Change, another_id, days, edit
from tests.app.walk import texts
from workflows.definition import Definition

CHANGES: tuple[Change, ...] = (
    edit("designation.bpmn", 'name="Revisar la designación"', 'name="Examinar la designación"'),
    days("file_designation", 8),
    days("report_training", 3),
)
#: The steps that the version has under another id, if cases are at them.
GONE = {"designation.bpmn": "designate_administrator", "demo_test.bpmn": "run_demo_test"}


def add_all(app: Flask) -> None:
    """Rehearse the cases for a version that is only stored, and put some into batches."""
    with app.app_context(), db.writing(app) as session:
        migration_id = starting.start(session, _version(session), None).id
    with app.app_context():
        work.rehearse(app.extensions["engine"], migration_id)
    with app.app_context(), db.writing(app) as session:
        migration = session.get_one(Migration, migration_id)
        gestor = access.holders(session, "superuser")[0]
        migration.by_id = gestor.id
        _batch(session, migration, 1, gestor.id, "done")
        _batch(session, migration, 2, gestor.id, "proposed")


def _version(session: Session) -> Deployment:
    changed = dict(texts())
    here = set(session.scalars(select(Task.step).where(Task.state == "open")))
    gone = [another_id(file, one, f"{one}_anew") for file, one in GONE.items() if one in here]
    for change in (*CHANGES, *gone):
        change(changed)
    row = Deployment(hash=Definition.parse(changed).hash, texts=changed)
    session.add(row)
    session.flush()
    return row


def _batch(session: Session, migration: Migration, number: int, by_id: int, state: str) -> None:
    """Add a batch of two cases, as the worker leaves one that it has done."""
    now = calendar.now()
    done = state == "done"
    session.add(
        MigrationBatch(
            migration_id=migration.id,
            number=number,
            state=state,
            filter={"process": "onboarding", "region": ""},
            at=now,
            by_id=by_id,
            finished_at=now if done else None,
        )
    )
    session.flush()
    found = select(MigrationCase).where(
        MigrationCase.migration_id == migration.id,
        MigrationCase.kind.in_(batches.TAKEN),
        MigrationCase.batch_number.is_(None),
    )
    for row in session.scalars(found.order_by(MigrationCase.instance_id).limit(2)):
        row.batch_number = number
        row.result, row.done_at = ("moved", now) if done else ("", None)


def places(session: Session, user: User) -> tuple[str, ...]:
    """Return the pages of a batch, to which no link leads before the version is in force."""
    if not access.may(user, "manage_process"):
        return ()
    row = session.scalars(select(Migration)).one()
    name = session.get_one(Deployment, row.deployment_id).hash[:12]
    return (
        f"/proceso/versiones/{name}/ensayo",
        f"/proceso/versiones/{name}/ensayo/{row.id}/lotes/nuevo?proceso=onboarding",
    )

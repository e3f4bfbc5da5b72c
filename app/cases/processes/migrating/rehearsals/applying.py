"""Moving the cases of confirmed batches: a transaction per case, each case once.

A case's row is claimed by its lock, and its result is stored in the transaction that moves the
case. So a process that is killed leaves both as they were, and processes that work at the same
batch share its cases.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Engine, Select, and_, exists, or_, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.base import calendar, db
from app.base.db import Stop, never, open_session
from app.base.definitions import in_force
from app.base.models import (
    Deployment,
    Migration,
    MigrationBatch,
    MigrationCase,
    MigrationGroup,
    ProcessInstance,
)
from app.cases.processes.act import keep_lock, locked
from app.cases.processes.migrating.moving import NotMoved
from app.cases.processes.migrating.rehearsals import batches, judging, starting
from app.cases.processes.migrating.rehearsals.batches import RETURNABLE
from app.cases.processes.migrating.rehearsals.judging import JudgeMany, NeedsTwo
from app.cases.processes.migrating.rehearsals.verdicts import MOVING
from app.cases.processes.migrating.returning import TOO_LATE, NotReturnable
from app.cases.processes.versions.storing import TURN

logger = logging.getLogger(__name__)

#: How soon a case that waits is tried again if nothing happened to it.
AGAIN_AFTER = timedelta(minutes=15)

ENDED = "El caso terminó antes de su turno."
ALREADY = "Ya estaba en esta versión."
CHANGED = "Cambió desde el ensayo. Sigue en su versión; vuelve a ensayar para moverlo."
FAULT = "No se pudo por una falla del sistema. El caso sigue como estaba."

#: Move a case, locked and judged by this session: (session, instance, version, places, actor,
#: migration, verdict).
Move = Callable[[Session, int, Deployment, Mapping[str, str], int | None, int, Any], Any]
#: Take a moved case back: (session, instance, actor).
TakeBack = Callable[[Session, int, int | None], Any]


@dataclass(frozen=True)
class Cases:
    """What can be done with one case or several: see `app.cases.processes.migrating`."""

    judge: JudgeMany
    move: Move
    take_back: TakeBack
    needs_two: NeedsTwo


def apply(engine: Engine, migration_id: int, cases: Cases, stop: Stop = never) -> int:
    """Move, try again and return the cases of a migration whose turn it is. Return how many.

    Raises OperationalError if the database is unreachable or busy; the case stays open.
    """
    done = 0
    while not stop():
        with open_session(engine) as session:
            _end_if_replaced(session, migration_id)
            row = session.scalars(_next(migration_id)).first()
            if row is not None:
                _do(session, row, cases)
            else:
                _finish(session, migration_id)
            session.commit()
        if row is None:
            break
        done += 1
    return done


def _end_if_replaced(session: Session, migration_id: int) -> None:
    """Stop the batches of a migration once another version is in force, and close it.

    No case moves to a version that new cases do not begin on, and none is put into force while a
    case moves. Returns are still done.
    """
    db.in_turn(session, TURN, shared=True)
    row = session.get_one(Migration, migration_id)
    if row.state != "rehearsed" or in_force(session).id == row.deployment_id:
        return
    db.locked(session, Migration, migration_id)
    if batches.drop_all(session, migration_id) or session.scalar(_waiting(migration_id)):
        starting.close(session, row, None)


def _waiting(migration_id: int) -> Select[bool]:
    """Return the query whether a case of a batch still waits for its turn."""
    return select(
        exists().where(
            MigrationCase.migration_id == migration_id,
            MigrationCase.batch_number.is_not(None),
            MigrationCase.result == "",
        )
    )


def _next(migration_id: int) -> Select[MigrationCase]:
    """Return the query of the next case that no other process has locked."""
    return (
        select(MigrationCase)
        .join(Migration, Migration.id == MigrationCase.migration_id)
        .join(ProcessInstance, ProcessInstance.id == MigrationCase.instance_id)
        .join(
            MigrationBatch,
            and_(
                MigrationBatch.migration_id == MigrationCase.migration_id,
                MigrationBatch.number == MigrationCase.batch_number,
            ),
        )
        .where(MigrationCase.migration_id == migration_id, is_due())
        .order_by(MigrationCase.instance_id)
        .limit(1)
        .with_for_update(of=MigrationCase, skip_locked=True)
    )


def is_due() -> ColumnElement[bool]:
    """Return the condition that the worker has something to do with a case in a batch.

    It joins Migration, MigrationBatch and ProcessInstance.
    """
    its_turn = or_(
        MigrationCase.tried_at.is_(None),
        MigrationCase.tried_at <= calendar.now() - AGAIN_AFTER,
        and_(MigrationCase.kind == "not_yet", ProcessInstance.revision != MigrationCase.revision),
    )
    to_move = and_(
        Migration.state == "rehearsed",
        MigrationBatch.state.in_(("applying", "done")),
        MigrationCase.result == "",
        MigrationCase.kind.in_(batches.TAKEN),
        its_turn,
    )
    return or_(to_move, MigrationCase.result == "returning")


def _do(session: Session, row: MigrationCase, cases: Cases) -> None:
    """Move or return a case; a failure is its result, and changes nothing of the case."""
    returns = row.result == "returning"
    try:
        with session.begin_nested():
            if returns:
                _give_back(session, row, _actor(session, row), cases)
            else:
                _move(session, row, cases)
    except OperationalError:
        raise
    except NotReturnable as reason:
        _settle(row, "moved", str(reason))
    except NotMoved:
        _settle(row, "skipped", CHANGED)
    except Exception:
        logger.exception("a case was not moved", extra={"instance": row.instance_id})
        _settle(row, "moved" if returns else "failed", FAULT)
    session.flush()


def _settle(row: MigrationCase, result: str, message: str = "") -> None:
    row.result, row.message = result, message
    if result != "moved" or row.done_at is None:  # the day to return it runs from the move
        row.done_at = calendar.now()


def _actor(session: Session, row: MigrationCase) -> int | None:
    batch = session.get(MigrationBatch, (row.migration_id, row.batch_number))
    return (batch.confirmed_by_id or batch.by_id) if batch else None


def _move(session: Session, row: MigrationCase, cases: Cases) -> None:
    """Judge a case again under its lock, and move it if the verdict is still the rehearsed one."""
    case = locked(session, row.instance_id)
    keep_lock(session, case)
    migration = session.get_one(Migration, row.migration_id)
    row.tried_at = calendar.now()
    if case.ended_at is not None or case.deployment_id == migration.deployment_id:
        _settle(row, "skipped", ALREADY if case.ended_at is None else ENDED)
        return
    new = session.get_one(Deployment, migration.deployment_id)
    (verdict,) = judging.judged_alone(session, [case], new, migration.places, cases.judge)
    found = judging.judged(case, new, verdict)
    if found.kind == "not_yet":
        _note(row, found)
    elif found.kind in MOVING and _is_as_rehearsed(session, row, case, found):
        actor_id = _actor(session, row)
        cases.move(session, case.id, new, migration.places, actor_id, migration.id, verdict)
        _settle(row, "moved")
    else:
        _settle(row, "skipped", CHANGED)


def _is_as_rehearsed(
    session: Session, row: MigrationCase, case: ProcessInstance, found: judging.Judged
) -> bool:
    """Return whether a case may move: unchanged, rehearsed as waiting, or with the same verdict.

    Of an unchanged case only dates can differ, since time has passed.
    """
    if row.kind == "not_yet" or (case.revision, case.deployment_id) == (
        row.revision,
        row.deployment_id,
    ):
        return True
    return found.key == _key(session, row)


def _note(row: MigrationCase, found: judging.Judged) -> None:
    """Store for what a case has to wait. What the rehearsal found of it stays.

    One that the rehearsal found waiting is tried again when it went on. Any other one must still
    have the rehearsed verdict, so the rehearsed revision stays.
    """
    row.message = found.facts["reason"]
    if row.kind == "not_yet":
        row.revision, row.deployment_id = found.revision, found.deployment_id


def _key(session: Session, row: MigrationCase) -> str:
    group = session.get_one(MigrationGroup, (row.migration_id, row.group_number))
    return group.key


def _give_back(session: Session, row: MigrationCase, by_id: int | None, cases: Cases) -> None:
    if row.done_at is None or row.done_at <= calendar.now() - RETURNABLE:
        raise NotReturnable(TOO_LATE)
    cases.take_back(session, row.instance_id, by_id)
    _settle(row, "returned")


def _finish(session: Session, migration_id: int) -> None:
    """Set batches to done whose cases all have a result, but for those that wait."""
    left = exists().where(
        MigrationCase.migration_id == MigrationBatch.migration_id,
        MigrationCase.batch_number == MigrationBatch.number,
        MigrationCase.result == "",
        MigrationCase.tried_at.is_(None),
    )
    session.execute(
        update(MigrationBatch)
        .where(
            MigrationBatch.migration_id == migration_id, MigrationBatch.state == "applying", ~left
        )
        .values(state="done", finished_at=calendar.now())
        .execution_options(synchronize_session=False)
    )

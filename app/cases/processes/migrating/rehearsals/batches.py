"""Batches of a migration: cases chosen by a filter, which one person proposes or two decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, Self

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from app.base import audit_log, calendar, db, formatting
from app.base.definitions import in_force
from app.base.models import (
    Deployment,
    Entity,
    Migration,
    MigrationBatch,
    MigrationCase,
    ProcessInstance,
    Proposal,
)
from app.cases.entities.regions import in_region
from app.cases.processes.migrating.rehearsals.verdicts import MOVING
from app.cases.processes.migrating.rehearsals.words import RESULTS
from app.people import proposals

#: The kind of the proposals to move a batch.
KIND = "migration"
#: How long a moved case can be returned.
RETURNABLE = timedelta(days=1)
#: Kinds of verdicts whose cases a batch can take; *not_yet* ones are tried again until they can.
TAKEN = (*MOVING, "not_yet")


class NotInForce(Exception):
    """Cases can only be moved to the version that is in force."""


class NotRehearsed(Exception):
    """The rehearsal is not finished, became void or is closed."""


class CountChanged(Exception):
    """The confirmed number of cases is not the present one, or it is 0."""


class SecondPersonNeeded(Exception):
    """The batch needs a second person: the author cannot confirm it, nor can a command."""


@dataclass(frozen=True)
class Filter:
    """Which cases a batch takes; "" takes any. `kind`: one of TAKEN; `region`: see `in_region`."""

    process: str = ""
    stage: str = ""
    region: str = ""
    kind: str = ""

    @classmethod
    def of(cls, stored: Mapping[str, str]) -> Self:
        """Return a stored filter."""
        return cls(**{name: stored.get(name, "") for name in cls.__dataclass_fields__})

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return the conditions on MigrationCase, ProcessInstance and Entity."""
        kinds = [self.kind] if self.kind in TAKEN else list(TAKEN)
        found: list[ColumnElement[bool]] = [MigrationCase.kind.in_(kinds)]
        if self.process:
            found.append(ProcessInstance.process == self.process)
        if self.stage:
            found.append(ProcessInstance.stage == self.stage)
        if self.region:
            found.append(in_region(self.region))
        return found


def free_cases(migration_id: int, chosen: Filter) -> ColumnElement[int]:
    """Return the subquery of the instances that a filter finds and no batch has yet."""
    return (
        select(MigrationCase.instance_id)
        .join(ProcessInstance, ProcessInstance.id == MigrationCase.instance_id)
        .join(Entity, Entity.id == ProcessInstance.entity_id)
        .where(
            MigrationCase.migration_id == migration_id,
            MigrationCase.batch_number.is_(None),
            MigrationCase.result == "",
            *chosen.conditions(),
        )
        .subquery()
        .c.instance_id
    )


def count(session: Session, migration_id: int, chosen: Filter) -> int:
    """Return how many cases a batch with this filter would take."""
    return session.scalar(select(func.count(free_cases(migration_id, chosen)))) or 0


def propose(
    session: Session,
    migration: Migration,
    chosen: Filter,
    expected: int,
    by_id: int | None,
    *,
    two: bool,
    reason: str = "",
) -> MigrationBatch:
    """Take the cases of a filter into a new batch. Flushes.

    With `two`, or if the version demands it, the batch waits for a second person; otherwise the
    worker begins. `expected`: the number of cases that the user was shown. `reason`: for the second
    person. Raises NotRehearsed, NotInForce, CountChanged, SecondPersonNeeded (for a command, which
    is nobody).
    """
    row = movable(session, migration.id)
    waits = two or row.needs_two
    if waits and by_id is None:
        raise SecondPersonNeeded
    cases = session.scalars(select(free_cases(row.id, chosen))).all()
    if not cases or len(cases) != expected:
        raise CountChanged(len(cases))
    last = select(func.max(MigrationBatch.number)).where(MigrationBatch.migration_id == row.id)
    batch = MigrationBatch(
        migration_id=row.id,
        number=(session.scalar(last) or 0) + 1,
        state="proposed" if waits else "applying",
        filter={key: value for key, value in asdict(chosen).items() if value},
        at=calendar.now(),
        by_id=by_id,
    )
    session.add(batch)
    session.flush()
    session.execute(
        update(MigrationCase)
        .where(
            MigrationCase.migration_id == row.id,
            MigrationCase.instance_id.in_(select(free_cases(row.id, chosen))),
        )
        .values(batch_number=batch.number)
    )
    if waits and by_id is not None:
        version = session.get_one(Deployment, row.deployment_id)
        proposals.propose(
            session,
            KIND,
            _key(batch),
            actor_id=by_id,
            what=f"mover {formatting.plural(len(cases), 'caso', 'casos')} a la versión "
            f"{version.id} del proceso (lote {batch.number} de la migración {row.id})",
            reason=reason,
            migration=row.id,
            batch=batch.number,
            version=version.hash,
        )
    else:
        _log_applied(session, batch, len(cases), by_id)
    return batch


def movable(session: Session, migration_id: int) -> Migration:
    """Lock a migration whose cases can be moved now. Raises NotRehearsed, NotInForce."""
    row = db.locked(session, Migration, migration_id)
    if row.state != "rehearsed":
        raise NotRehearsed(row.state)
    if in_force(session).id != row.deployment_id:
        raise NotInForce(row.deployment_id)
    return row


def waiting(session: Session, batch: MigrationBatch) -> Proposal | None:
    """Return the proposal to move a batch, if it waits for a second person."""
    return proposals.waiting(session, KIND, _key(batch)) if batch.state == "proposed" else None


def confirm(session: Session, proposal_id: int, actor_id: int) -> None:
    """Confirm a proposed batch as the second person; the worker begins. Flushes.

    Raises Refused, NotRehearsed, NotInForce.
    """
    data = session.get_one(Proposal, proposal_id).data
    movable(session, data["migration"])
    batch = db.locked(session, MigrationBatch, (data["migration"], data["batch"]))
    proposal = proposals.confirm(session, proposal_id, actor_id)
    batch.state, batch.confirmed_at, batch.confirmed_by_id = "applying", calendar.now(), actor_id
    size = _size(session, batch)
    _log_applied(session, batch, size, actor_id, proposer=proposal.by.full_name)


def _log_applied(
    session: Session, batch: MigrationBatch, cases: int, actor_id: int | None, **entry: Any
) -> None:
    audit_log.write(
        session,
        "migration.applied",
        actor_id=actor_id,
        migration=batch.migration_id,
        batch=batch.number,
        cases=cases,
        **entry,
    )
    session.flush()


def drop_all(session: Session, migration_id: int) -> int:
    """Withdraw or stop, as nobody, the batches of a migration that are open. Return how many."""
    numbers = session.scalars(
        select(MigrationBatch.number)
        .where(
            MigrationBatch.migration_id == migration_id,
            MigrationBatch.state.in_(("proposed", "applying")),
        )
        .order_by(MigrationBatch.number)
    ).all()
    return sum(drop(session, migration_id, number, None) for number in numbers)


def drop(session: Session, migration_id: int, number: int, by_id: int | None) -> bool:
    """Withdraw or stop a batch: cases without a result are free again. False if it is too late.

    A case that the worker is moving right now is finished first. Flushes.
    """
    batch = db.locked(session, MigrationBatch, (migration_id, number))
    if batch.state not in ("proposed", "applying"):
        return False
    free = session.execute(
        update(MigrationCase)
        .where(*_of(batch), MigrationCase.result == "")
        .values(batch_number=None, tried_at=None, message="")
    )
    batch.state, batch.finished_at = "dropped", calendar.now()
    proposals.end(session, KIND, _key(batch))
    cases: int = free.rowcount  # type: ignore[attr-defined]
    audit_log.write(
        session,
        "migration.stopped",
        actor_id=by_id,
        migration=migration_id,
        batch=number,
        cases=cases,
    )
    session.flush()
    return True


def take_back(
    session: Session, migration_id: int, number: int, by_id: int, instance_id: int | None = None
) -> int:
    """Let the worker take back the moved cases of a batch, or one of them. Return how many.

    Of cases moved more than a day ago, none. Flushes.
    """
    batch = db.locked(session, MigrationBatch, (migration_id, number))
    one = () if instance_id is None else (MigrationCase.instance_id == instance_id,)
    returning = session.execute(
        update(MigrationCase)
        .where(
            *_of(batch),
            *one,
            MigrationCase.result == "moved",
            MigrationCase.done_at > calendar.now() - RETURNABLE,
        )
        .values(result="returning", message="")
    )
    cases: int = returning.rowcount  # type: ignore[attr-defined]
    if cases:
        audit_log.write(
            session,
            "migration.returned",
            actor_id=by_id,
            migration=migration_id,
            batch=number,
            cases=cases,
        )
    session.flush()
    return cases


def results(session: Session, migration_id: int, number: int) -> dict[str, int]:
    """Return how many cases of a batch have which result, in Spanish."""
    counted = select(MigrationCase.result, func.count()).where(
        MigrationCase.migration_id == migration_id, MigrationCase.batch_number == number
    )
    found = dict(session.execute(counted.group_by(MigrationCase.result)).all())
    return {one.label: found[value] for value, one in RESULTS.items() if value in found}


def _key(batch: MigrationBatch) -> str:
    return f"{batch.migration_id}/{batch.number}"


def _size(session: Session, batch: MigrationBatch) -> int:
    return session.scalar(select(func.count(MigrationCase.instance_id)).where(*_of(batch))) or 0


def _of(batch: MigrationBatch) -> tuple[ColumnElement[bool], ...]:
    return (
        MigrationCase.migration_id == batch.migration_id,
        MigrationCase.batch_number == batch.number,
    )

"""Carrying out a confirmed batch: a transaction per row, each row once, resumed where it stopped.

A row is claimed by its lock, and its result is stored in the transaction of the act. So a process
that is killed leaves the row as it was, and processes that work at the same batch share its rows.
"""

from __future__ import annotations

import logging
import time
from datetime import timedelta

from sqlalchemy import Engine, exists, func, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.base import audit_log, calendar, db, formatting
from app.base.db import Stop
from app.base.models import Batch, BatchRow, Proposal, User
from app.onboarding.batches.kind import Kind, Refused
from app.onboarding.batches.kinds import KINDS, kind_of
from app.people import access, proposals

logger = logging.getLogger(__name__)

#: How long a request works at a batch (seconds). The worker does the rest.
AT_ONCE = 4.0
#: A dry run that is not confirmed for this long is discarded as outdated.
STALE_AFTER = timedelta(days=30)
FAULT = "No se pudo por una falla del sistema. No cambió nada; vuelve a intentarlo con otro lote."


MAY_NO_MORE = "Quien confirmó el lote ya no tiene permiso para hacerlo."
STOPPED = "El lote se detuvo antes de su turno."


#: The kind of the proposals to confirm a batch.
PROPOSAL = "validation_batch"


class CountChanged(Exception):
    """Raised when the confirmed count is not the count of rows to do."""


def to_do(session: Session, batch: Batch) -> int:
    """Return how many rows a confirmation would do."""
    query = select(func.count()).where(BatchRow.batch_id == batch.id, BatchRow.plan == "do")
    return session.scalar(query) or 0


def confirm(session: Session, batch_id: int, count: int, by_id: int) -> bool:
    """Confirm a batch. False if it was confirmed or discarded before. Flushes.

    `count`: the rows that the user was shown. Raises CountChanged if it is another number, or 0.
    """
    batch = locked(session, batch_id)
    if batch.state != "checked":
        return False
    if count != to_do(session, batch) or count == 0:
        raise CountChanged
    batch.state, batch.confirmed_at, batch.confirmed_by_id = "confirmed", calendar.now(), by_id
    proposals.end(session, PROPOSAL, str(batch.id))
    session.execute(
        update(BatchRow)
        .where(BatchRow.batch_id == batch.id, BatchRow.plan != "do")
        .values(result=BatchRow.plan)
    )
    audit_log.write(
        session,
        "batch.confirmed",
        actor_id=by_id,
        batch=batch.id,
        batch_kind=kind_of(batch).name,
        rows=count,
    )
    session.flush()
    return True


def propose(session: Session, batch: Batch, count: int, actor_id: int) -> Proposal:
    """Propose to confirm a batch, to a second person. Flushes. Raise CountChanged, Refused."""
    if count != to_do(session, batch) or count == 0:
        raise CountChanged
    kind = kind_of(batch)
    return proposals.propose(
        session,
        PROPOSAL,
        str(batch.id),
        actor_id=actor_id,
        what=f"confirmar el lote {batch.id} ({kind.name}): "
        f"{formatting.plural(count, 'entidad', 'entidades')}",
        reason=batch.data["common_reason"],
        count=count,
    )


def waiting(session: Session, batch: Batch) -> Proposal | None:
    """Return the proposal to confirm a batch, if one waits."""
    return proposals.waiting(session, PROPOSAL, str(batch.id))


def confirm_proposed(session: Session, proposal_id: int, actor_id: int) -> None:
    """Confirm a batch as another person proposed; the worker does it.

    Raise Refused, and CountChanged where its rows are others.
    """
    batch = locked(session, int(session.get_one(Proposal, proposal_id).key))
    proposal = proposals.confirm(session, proposal_id, actor_id)
    both = proposal.by, session.get_one(User, actor_id)
    if why := kind_of(batch).lacks_people(session, batch, both):
        raise proposals.Refused(why)
    batch.data = batch.data | {"proposer_id": proposal.by_id}
    session.flush()
    if not confirm(session, batch.id, proposal.data["count"], actor_id):
        raise proposals.Refused(proposals.ANSWERED)


def discard(session: Session, batch_id: int, by_id: int | None) -> bool:
    """Discard a batch that was not confirmed. False if it is too late. Flushes."""
    batch = locked(session, batch_id)
    if batch.state != "checked":
        return False
    batch.state, batch.finished_at = "discarded", calendar.now()
    proposals.end(session, PROPOSAL, str(batch.id))
    kind = kind_of(batch)
    if kind.forgets:
        rows = select(BatchRow).where(BatchRow.batch_id == batch.id, BatchRow.plan == "do")
        for row in session.scalars(rows):
            row.data = kind.stored(row.data)
    audit_log.write(
        session, "batch.discarded", actor_id=by_id, batch=batch.id, batch_kind=kind.name
    )
    session.flush()
    return True


def stop_rows(session: Session, batch_id: int, by_id: int) -> bool:
    """Stop a confirmed batch: rows that are not done stay undone. False if it is too late. Flushes.

    A row that another process is doing right now is finished first.
    """
    batch = locked(session, batch_id)
    if batch.state != "confirmed":
        return False
    rows = session.scalars(
        select(BatchRow)
        .where(BatchRow.batch_id == batch.id, BatchRow.plan == "do", BatchRow.result == "")
        .with_for_update(of=BatchRow)
    ).all()
    kind = kind_of(batch)
    for row in rows:
        if row.result == "":
            row.result, row.message, row.data = "refused", STOPPED, kind.stored(row.data)
            row.done_at = calendar.now()
    batch.state, batch.finished_at = "done", calendar.now()
    audit_log.write(
        session,
        "batch.stopped",
        actor_id=by_id,
        batch=batch.id,
        batch_kind=kind.name,
        rows=len(rows),
    )
    session.flush()
    return True


def locked(session: Session, batch_id: int) -> Batch:
    """Lock the row of a batch, and read it again."""
    return session.scalars(
        select(Batch)
        .where(Batch.id == batch_id)
        .with_for_update(of=Batch)
        .execution_options(populate_existing=True)
    ).one()


def work(
    engine: Engine, batch_id: int, *, seconds: float | None = None, stop: Stop = db.never
) -> int:
    """Do rows of a confirmed batch, each in its own transaction. Return how many it did.

    It ends when no free row is left, after `seconds`, or when `stop()` is true. Raises
    OperationalError if the database is unreachable or busy; the row stays open.
    """
    ends = None if seconds is None else time.monotonic() + seconds
    done = 0
    with db.open_session(engine, writes=False) as session:
        batch = session.get_one(Batch, batch_id)
        if kind_of(batch).waits(batch):
            return 0
    while not stop() and (ends is None or time.monotonic() < ends):
        with db.open_session(engine) as session:
            row = _next(session, batch_id)
            if row is None:
                finish(session, batch_id)
                session.commit()
                break
            _do(session, row)
            session.commit()
        done += 1
    return done


def run(engine: Engine, stop: Stop = db.never) -> dict[str, int]:
    """Run the job of the worker: continue confirmed batches, and discard stale dry runs."""
    ours = [kind.id for kind in KINDS if kind.do is not None]
    with db.open_session(engine, writes=False) as session:
        rows = session.scalars(
            select(Batch).where(Batch.state == "confirmed", Batch.kind.in_(ours)).order_by(Batch.id)
        ).all()
        confirmed = [batch.id for batch in rows if not kind_of(batch).waits(batch)]
        before = calendar.now() - STALE_AFTER
        stale = session.scalars(
            select(Batch.id).where(Batch.state == "checked", Batch.created_at < before)
        ).all()
    counts = {"rows": sum(work(engine, batch_id, stop=stop) for batch_id in confirmed)}
    for batch_id in stale:
        with db.open_session(engine) as session:
            discard(session, batch_id, None)
            session.commit()
    return counts | ({"discarded": len(stale)} if stale else {})


def _next(session: Session, batch_id: int) -> BatchRow | None:
    """Lock and return the next row that no other process has locked."""
    return session.scalars(
        select(BatchRow)
        .join(Batch, Batch.id == BatchRow.batch_id)
        .where(
            BatchRow.batch_id == batch_id,
            Batch.state == "confirmed",
            BatchRow.plan == "do",
            BatchRow.result == "",
        )
        .order_by(BatchRow.number)
        .limit(1)
        .with_for_update(of=BatchRow, skip_locked=True)
    ).first()


def _do(session: Session, row: BatchRow) -> None:
    batch = session.get_one(Batch, row.batch_id)
    kind = kind_of(batch)
    try:
        with session.begin_nested():
            result, message = _outcome(session, kind, batch, row)
    except Refused as reason:
        result, message = "refused", str(reason)
    except OperationalError:
        raise
    except Exception:
        logger.exception("a row of a batch failed", extra={"batch": batch.id, "row": row.number})
        result, message = "refused", FAULT
    row.result, row.message, row.done_at = result, message, calendar.now()
    row.data = kind.stored(row.data)
    session.flush()


def _outcome(session: Session, kind: Kind, batch: Batch, row: BatchRow) -> tuple[str, str]:
    """Judge a row again, since things may have changed, then do it. Raises Refused."""
    entity = row.entity or (kind.absent(row.data) if kind.absent else None)
    if entity is None or kind.do is None:
        raise LookupError(f"row {row.number} of batch {batch.id} cannot be done")
    if kind.begins(batch) is None and not access.may(batch.confirmed_by, kind.action, entity):
        raise Refused(MAY_NO_MORE)
    kind.lock(session, entity)
    (plan,) = kind.judge(session, batch, [(entity, row.data)])
    if plan.plan != "do":
        return plan.plan, plan.message
    message = kind.do(session, batch, entity, row.data)
    row.entity = entity
    session.flush()
    return "done", message


def finish(session: Session, batch_id: int) -> None:
    """Set a batch to done, unless a row of it is still open."""
    left = exists().where(
        BatchRow.batch_id == batch_id, BatchRow.plan == "do", BatchRow.result == ""
    )
    session.execute(
        update(Batch)
        .where(Batch.id == batch_id, Batch.state == "confirmed", ~left)
        .values(state="done", finished_at=calendar.now())
    )

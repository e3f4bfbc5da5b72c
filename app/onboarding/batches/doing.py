"""What was confirmed is done: a transaction per row, once, and resumed wherever it stopped.

A row is claimed by its lock, and its result is written in the transaction of what it did. So a
process that is killed leaves it as it was, and several that work at the same batch share its rows.
"""

from __future__ import annotations

import logging
import time
from datetime import timedelta

from sqlalchemy import Engine, exists, func, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.base import audit_log, calendar, db
from app.base.db import Stop
from app.base.models import Batch, BatchRow
from app.onboarding.batches.kinds import Kind, Refused, kind_of, kinds

logger = logging.getLogger(__name__)

#: How long a request goes on with a batch (seconds); what is left is the worker's.
AT_ONCE = 4.0
#: A dry run that nobody confirmed for so long is discarded: the world has moved on.
KEPT_UNCONFIRMED = timedelta(days=30)
FAULT = "No se pudo por una falla del sistema. No cambió nada; vuelve a intentarlo con otro lote."


class CountChanged(Exception):
    """What was confirmed is not what the batch would do."""


def to_do(session: Session, batch: Batch) -> int:
    """How many rows are done when it is confirmed."""
    query = select(func.count()).where(BatchRow.batch_id == batch.id, BatchRow.plan == "do")
    return session.scalar(query) or 0


def confirm(session: Session, batch_id: int, count: int, by_id: int) -> bool:
    """Lets a batch begin; False where it was confirmed or discarded before. Flushes.

    `count` is how many rows the reader was shown. Raises CountChanged where it is another number,
    or none.
    """
    batch = held(session, batch_id)
    if batch.state != "checked":
        return False
    if count != to_do(session, batch) or count == 0:
        raise CountChanged
    batch.state, batch.confirmed_at, batch.confirmed_by_id = "confirmed", calendar.now(), by_id
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


def discard(session: Session, batch_id: int, by_id: int | None) -> bool:
    """Leaves a batch that was not confirmed; False where it is too late. Flushes."""
    batch = held(session, batch_id)
    if batch.state != "checked":
        return False
    batch.state, batch.finished_at = "discarded", calendar.now()
    kind = kind_of(batch)
    if kind.forgets:
        rows = select(BatchRow).where(BatchRow.batch_id == batch.id, BatchRow.plan == "do")
        for row in session.scalars(rows):
            row.data = kind.kept(row.data)
    audit_log.write(
        session, "batch.discarded", actor_id=by_id, batch=batch.id, batch_kind=kind.name
    )
    session.flush()
    return True


def held(session: Session, batch_id: int) -> Batch:
    """A batch whose row is locked, read anew."""
    return session.scalars(
        select(Batch)
        .where(Batch.id == batch_id)
        .with_for_update(of=Batch)
        .execution_options(populate_existing=True)
    ).one()


def work(
    engine: Engine, batch_id: int, *, seconds: float | None = None, stop: Stop = db.never
) -> int:
    """Does rows of a confirmed batch, each in a transaction of its own; how many it did.

    It ends when nothing is left that nobody else has in hand, after `seconds`, or when it is told
    to `stop`. Raises OperationalError where the database is away or busy: the row stays to be
    done.
    """
    ends = None if seconds is None else time.monotonic() + seconds
    done = 0
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
    """The worker's turn: goes on with what was confirmed, and discards what nobody confirmed."""
    ours = [kind.id for kind in kinds() if not kind.by_hand]
    with db.open_session(engine, writes=False) as session:
        confirmed = session.scalars(
            select(Batch.id)
            .where(Batch.state == "confirmed", Batch.kind.in_(ours))
            .order_by(Batch.id)
        ).all()
        before = calendar.now() - KEPT_UNCONFIRMED
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
    """The next row that nobody has in hand, locked."""
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
            result, told = _outcome(session, kind, batch, row)
    except Refused as reason:
        result, told = "refused", str(reason)
    except OperationalError:
        raise
    except Exception:
        logger.exception("a row of a batch failed", extra={"batch": batch.id, "row": row.number})
        result, told = "refused", FAULT
    row.result, row.told, row.done_at = result, told, calendar.now()
    row.data = kind.kept(row.data)
    session.flush()


def _outcome(session: Session, kind: Kind, batch: Batch, row: BatchRow) -> tuple[str, str]:
    """Looks once more, since the world may have changed; then does it. Raises Refused."""
    entity = row.entity
    if entity is None:
        raise LookupError(f"row {row.number} of batch {batch.id} is of no entity")
    kind.hold(session, entity)
    (plan,) = kind.look(session, batch, [(entity, row.data)])
    if plan.plan != "do":
        return plan.plan, plan.told
    told = kind.do(session, batch, entity, row.data)
    session.flush()
    return "done", told


def finish(session: Session, batch_id: int) -> None:
    """Says that a batch is done, unless somebody has a row of it in hand."""
    left = exists().where(
        BatchRow.batch_id == batch_id, BatchRow.plan == "do", BatchRow.result == ""
    )
    session.execute(
        update(Batch)
        .where(Batch.id == batch_id, Batch.state == "confirmed", ~left)
        .values(state="done", finished_at=calendar.now())
    )

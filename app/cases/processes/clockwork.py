"""Work that is due by time: timers, retries, planned processes, sent notices."""

from __future__ import annotations

import logging

from sqlalchemy import Engine, literal, select, union_all
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.db import Stop, never, open_session
from app.base.models import PlannedStart, ProcessInstance
from app.cases import custody
from app.cases.case import Case
from app.cases.custody import WHOLE
from app.cases.processes import incidents, notification
from app.cases.processes.act import Act
from app.cases.processes.acts import begin_planned, save

logger = logging.getLogger(__name__)

#: The number of due rows that one query reads; the tick repeats it until nothing is due.
BATCH = 100


def tick(engine: Engine, stop: Stop = never) -> int:
    """Wake all that is due, each row in its own transaction; return how many.

    One statement when nothing is due. A row that another worker has locked is skipped. An instance
    that cannot be woken gets an incident and is not woken again; the others continue. `stop` is
    called between two rows.
    """
    woken = 0
    while True:
        with open_session(engine, writes=False) as session:
            due = _due(session)
        done = sum(_wake_one(engine, kind, key) for kind, key in due if not stop())
        woken += done
        if not done:
            return woken


def _due(session: Session) -> list[tuple[str, int]]:
    now = calendar.now()
    instances = select(literal("instance"), ProcessInstance.id).where(
        ProcessInstance.wake_at <= now
    )
    planned = select(literal("planned"), PlannedStart.id).where(PlannedStart.at <= now)
    notices = select(literal("notice"), notification.unsettled().subquery().c.id)
    rows = session.execute(union_all(instances, planned, notices).limit(BATCH))
    return [(str(kind), int(key)) for kind, key in rows]


def _wake_one(engine: Engine, kind: str, key: int) -> int:
    try:
        with open_session(engine) as session:
            done = _do(session, kind, key)
            session.commit()
            return int(done)
    except OperationalError:
        logger.exception("%s %s waits for the next tick: the database was away", kind, key)
        return 0
    except Exception as error:
        logger.exception("%s %s could not be woken", kind, key)
        if kind == "instance":
            with open_session(engine) as session:
                rest(session, key, error)
                session.commit()
        return 0


def _do(session: Session, kind: str, key: int) -> bool:
    if kind == "notice":
        return notification.settle(session, key)
    return wake(session, key) if kind == "instance" else _begin(session, key)


def wake(session: Session, instance_id: int) -> bool:
    """Continue an instance that is due; return False if it is not due (any more)."""
    calendar.keep(session)  # before the instance is locked, as every act does
    claimed = session.scalars(
        select(ProcessInstance.id)
        .where(ProcessInstance.id == instance_id, ProcessInstance.wake_at <= calendar.now())
        .with_for_update(skip_locked=True)
    ).first()
    if claimed is None:
        return False
    act = Act.hold(session, instance_id, None)
    act.advance()
    save(act)
    return True


def _begin(session: Session, planned_id: int) -> bool:
    planned = session.scalars(
        select(PlannedStart)
        .where(PlannedStart.id == planned_id, PlannedStart.at <= calendar.now())
        .with_for_update(skip_locked=True, of=PlannedStart)
    ).first()
    if planned is None:
        return False
    begin_planned(session, planned)
    return True


def rest(session: Session, instance_id: int, error: Exception) -> None:
    """Open an incident of the instance as a whole, and do not wake it until it is retried.

    Its tasks cannot be answered meanwhile: on its clock the SGTD holds it.
    """
    row = session.get_one(ProcessInstance, instance_id, with_for_update=True)
    if row.status != "running":  # another transaction was faster
        return
    row.wake_at = None
    case = Case(session, row.entity, row)
    known = incidents.open_incidents(session, instance_id)
    incidents.record_failure(case, known, WHOLE, "El proceso no puede continuar", error)
    party = custody.party_of([], {WHOLE}, suspended=False)
    custody.hand_over(session, row, row.stage, party, case.at)
    session.flush()

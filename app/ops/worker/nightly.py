"""The work of the night: cycles that lost their plan, cleaning, a search for stuck instances."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import datetime, time, timedelta

from flask import Flask
from sqlalchemy import (
    ColumnElement,
    Engine,
    and_,
    delete,
    exists,
    select,
    text,
    update,
)
from sqlalchemy.orm import Session

from app.administration.users import unused
from app.base import calendar
from app.base.db import Stop, open_session, writing
from app.base.files import staged
from app.base.models import (
    Base,
    Incident,
    JobRun,
    ProcessInstance,
    Task,
    UnsentForm,
)
from app.cases import processes, progress_file
from app.onboarding.entities import link_ends
from app.ops.worker import chaining, quality, retention
from app.people.access import unsent
from app.people.accounts.factor import codes
from app.register import watching
from app.register.suppression import reminding

logger = logging.getLogger(__name__)

NAME = "nightly"
#: Hour of the day (Lima) at which it begins: no one works, and the evening's backup is done.
AT = time(2)
#: Longest time after its last day within which a task may still be on the reminder ladder.
LADDER_ENDS = timedelta(days=60)


def last_night(now: datetime) -> datetime:
    """Return the moment at which the newest night began whose work is due."""
    begins = calendar.at_hour(calendar.lima_day(now), AT)
    return begins if begins <= now else begins - timedelta(days=1)


def is_due(engine: Engine, name: str = NAME) -> bool:
    """Return whether a job of the newest night has not been done, or not to its end.

    Nights without a worker are skipped: one run makes up for all of them.
    """
    with open_session(engine, writes=False) as session:
        row = session.get(JobRun, name)
    if row is None or row.ended_at is None or row.error:
        return True
    return not is_of_this_night(row.started_at)


def is_of_this_night(moment: datetime) -> bool:
    """Return whether a moment is after the begin of the newest night, and has come."""
    now = calendar.now()
    return last_night(now) <= moment <= now


def run(app: Flask, stop: Stop) -> dict[str, int] | None:
    """Do each part, even if an earlier one failed. Raises ExceptionGroup of the failures."""
    engine, counts, failed = app.extensions["engine"], {}, []
    for name, part in PARTS.items():
        if stop():
            return None
        try:
            with app.app_context():
                counts[name] = part(engine, stop)
        except Exception as error:
            logger.exception("%s failed", name, extra={"job": NAME})
            failed.append(error)
    if failed:
        raise ExceptionGroup("parts of the night's work failed", failed)
    return counts


def clean(engine: Engine, stop: Stop) -> int:
    """Delete unsent forms that were not fetched."""
    old = UnsentForm.kept_at < calendar.now() - unsent.STORED_FOR
    with writing(engine) as session:
        return session.connection().execute(delete(UnsentForm).where(old)).rowcount


def schedule_reminders(engine: Engine, stop: Stop) -> int:
    """Schedule the reminder ladder for open tasks with a due date that have no next reminder."""
    with writing(engine) as session:
        at = calendar.calendar_of(session, None).next_sending(calendar.now())
        look = update(Task).where(_lacks_reminder()).values(next_reminder_at=at)
        return session.connection().execute(look).rowcount


def _lacks_reminder() -> ColumnElement[bool]:
    running = select(ProcessInstance.id).where(ProcessInstance.status == "running")
    return and_(
        Task.state == "open",
        Task.next_reminder_at.is_(None),
        Task.due_at > calendar.now() - LADDER_ENDS,
        Task.instance_id.in_(running),
    )


def find_dead_ends(engine: Engine, stop: Stop) -> int:
    """Count the instances that nothing will ever wake, and log their ids."""
    with open_session(engine, writes=False) as session:
        found = dead_ends(session)
    for instance_id in found:
        logger.error("nothing will wake the instance", extra={"instance": instance_id})
    return len(found)


def dead_ends(session: Session) -> Sequence[int]:
    """Return ids of running instances without an open task, a wake-up time or an open incident."""
    open_task = exists().where(Task.instance_id == ProcessInstance.id, Task.state == "open")
    incident = exists().where(
        Incident.instance_id == ProcessInstance.id, Incident.resolved_at.is_(None)
    )
    return session.scalars(
        select(ProcessInstance.id).where(
            ProcessInstance.status == "running",
            ProcessInstance.wake_at.is_(None),
            ~open_task,
            ~incident,
        )
    ).all()


def analyze(engine: Engine, stop: Stop) -> int:
    """Analyse the tables of the database, so that its planner has current statistics."""
    with writing(engine) as session:
        for statement in _analyze_statements(session):
            session.execute(text(statement))
    return 0


def _analyze_statements(session: Session) -> list[str]:
    if session.get_bind().dialect.name == "sqlite":
        return ["PRAGMA optimize"]
    return [f'ANALYZE "{name}"' for name in Base.metadata.tables]


def empty_log(engine: Engine, stop: Stop) -> int:
    """Empty the write-ahead log of SQLite, which still has what was deleted or suppressed.

    While others read, a part of it stays until the next night.
    """
    if engine.dialect.name == "sqlite":
        with closing(engine.raw_connection()) as connection:
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return 0


PARTS: dict[str, Callable[[Engine, Stop], int]] = {
    "cycles_begun": processes.begin_missing_cycles,
    "cleaned": clean,
    **{f"{name}_removed": retention.part(name) for name in retention.STATEMENTS},
    "visit_files_removed": retention.remove_visit_files,
    "planned_visits_emptied": retention.empty_plans,
    "demo_visits_emptied": retention.empty_demos,
    "staged_pages_removed": staged.clean,
    "accounts_suspended": unused.suspend_unused,
    "link_ends_noted": link_ends.notify,
    "personal_data_reminded": reminding.remind,
    "looked_at_again": schedule_reminders,
    "meetings_kept": processes.refresh_invitations,
    "registers_counted": quality.count,
    "registers_judged": quality.judge,
    "factors_sealed": codes.seal_again,
    "dead_ends": find_dead_ends,
    "implementation_told": progress_file.make,
    "rows_chained": chaining.close,
    "chain_faults": chaining.check,
    "papers_read": chaining.read_papers,
    "rows_altered": watching.watch,
    "analyzed": analyze,
    "log_emptied": empty_log,
}

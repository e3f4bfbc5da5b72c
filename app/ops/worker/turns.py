"""One turn of a job, and its record, written in separate transactions."""

from __future__ import annotations

import contextlib
import logging
import time
import traceback
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from flask import Flask
from sqlalchemy import Engine, select, update
from sqlalchemy.exc import SQLAlchemyError

from app.base import calendar, db, logging_setup
from app.base.db import Stop
from app.base.db.leases import StillHeld
from app.base.models import JobRun
from app.ops.worker.jobs import Job

logger = logging.getLogger(__name__)

#: How many characters of a job's failure are stored.
ERROR_LENGTH = 500


def turn(app: Flask, job: Job, stop: Stop = db.never) -> None:
    """Run a job once, unless another worker runs it or there is nothing to do.

    A failure is recorded and logged, never raised: this job and the others have their next turns.
    """
    engine = app.extensions["engine"]
    try:
        with app.app_context(), _alone(engine, job) as still_held:
            if still_held and (job.is_due is None or job.is_due(engine)):
                _run(app, job, lambda: stop() or not still_held())
    except SQLAlchemyError:
        logger.exception("the database does not answer", extra={"job": job.name})


@contextlib.contextmanager
def _alone(engine: Engine, job: Job) -> Iterator[StillHeld | None]:
    """Yield whether this worker still may run the job; None if another one runs it."""
    if not job.alone:
        yield lambda: True
        return
    with db.only_one(engine, job.name, job.lease()) as still_held:
        yield still_held


def _run(app: Flask, job: Job, stop: Stop) -> None:
    engine = app.extensions["engine"]
    note_start(engine, job.name)
    began = time.monotonic()
    try:
        counts = job.work(app, stop)
    except Exception as error:
        if note_failure(engine, job.name, error):
            logger.exception("the job failed", extra={"job": job.name})
        else:  # a server that is away for an hour causes one traceback, not 240
            logger.warning("the job failed as before", extra={"job": job.name})
        return
    if counts is None:
        logger.info("stopped before its end", extra={"job": job.name})
        return
    note_end(engine, job, dict(counts))
    if any(counts.values()):
        ms = round((time.monotonic() - began) * 1000, 1)
        logger.info("done", extra={"job": job.name, "counts": dict(counts), "ms": ms})


def note_start(engine: Engine, name: str) -> None:
    """Record that a run begins."""
    now = calendar.now()
    begun = {"started_at": now, "seen_at": now, "ended_at": None}
    with db.writing(engine) as session:
        db.insert_missing(session, JobRun, {"name": name, "result": {}, "error": "", **begun})
        session.execute(update(JobRun).where(JobRun.name == name).values(**begun))


def note_life(engine: Engine, name: str, at: datetime) -> None:
    """Record that a run was active at a moment."""
    with db.writing(engine) as session:
        session.execute(
            update(JobRun)
            .where(JobRun.name == name, JobRun.ended_at.is_(None))
            .where(~JobRun.seen_at.between(at, calendar.now()))  # a clock may have been ahead
            .values(seen_at=at)
        )


def note_end(engine: Engine, job: Job, counts: dict[str, int]) -> None:
    """Record the end of a run. An earlier failure is cleared only if the run tried it again."""
    now = calendar.now()
    ended = {"seen_at": now, "ended_at": now, "result": counts}
    if _failed_before(engine, job.name) and not job.tried(engine, counts):
        _note(engine, job.name, **ended)
    else:
        _note(engine, job.name, **ended, error="", failed_at=None)


def _failed_before(engine: Engine, name: str) -> str | None:
    with db.open_session(engine, writes=False) as session:
        return session.scalar(select(JobRun.error).where(JobRun.name == name))


def note_failure(engine: Engine, name: str, error: Exception) -> bool:
    """Record a failure without personal data. Return whether it differs from the last one."""
    now = calendar.now()
    text = "".join(traceback.format_exception_only(error)).strip()
    message = logging_setup.masked(text)[:ERROR_LENGTH]
    before = _failed_before(engine, name)
    _note(engine, name, seen_at=now, ended_at=now, error=message, failed_at=now)
    return message != before


def _note(engine: Engine, name: str, **values: Any) -> None:
    with db.writing(engine) as session:
        session.execute(update(JobRun).where(JobRun.name == name).values(**values))

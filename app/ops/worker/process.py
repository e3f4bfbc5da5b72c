"""The worker's process: jobs at their intervals, until it is stopped."""

from __future__ import annotations

import logging
import os
import signal
import time
from datetime import UTC, datetime, timedelta
from select import POLLIN, poll
from threading import Event
from typing import Any

from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from app.base import calendar, db
from app.base.config.fault import Foreseen
from app.base.db import Stop
from app.ops.worker.jobs import JOBS, SHORTEST, Job
from app.ops.worker.turns import note_life, turn

logger = logging.getLogger(__name__)

#: How long jobs have to finish their current row; the process itself is given ten seconds.
GRACE = timedelta(seconds=9)
#: How often each job's last activity is recorded, by the product's clock.
BEAT = timedelta(seconds=30)
#: How often the machine's clock is compared with its monotonic one, in seconds.
LOOK = 5


class AnotherWorker(Foreseen):
    """Another worker runs on this database, which takes one."""


def run(app: Flask) -> None:
    """Run the jobs until SIGTERM or Ctrl-C. Raises AnotherWorker.

    On PostgreSQL there may be any number of workers, on any number of machines. SQLite has one
    writer at a time, and takes one worker. A job that does not finish its row in time is left as
    if it had been killed: the row was not committed.
    """
    engine = app.extensions["engine"]
    if engine.dialect.name == "postgresql":
        Worker(app).run()
        return
    with db.only_one(engine, "worker") as got:
        if not got:
            raise AnotherWorker(
                "Another worker runs on this database. SQLite takes one; PostgreSQL as many as "
                "you like."
            )
        Worker(app).run()


class Worker:
    """A worker process: one thread for each running job."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.stopping = Event()
        #: Running jobs, and when each last finished a row.
        self.at_work: dict[str, datetime] = {}

    def run(self) -> None:
        """Run until a signal comes, then let the jobs finish their current row."""
        signals = _on_signals()
        scheduler = BackgroundScheduler(timezone="UTC")
        for job in JOBS.values():
            _add(scheduler, self.turn, job.pause(), job)
        _add(scheduler, self.beat, max(BEAT / calendar.pace_from_environment(), SHORTEST))
        scheduler.start()
        logger.info("working")
        clock = follow_clock(scheduler, 0.0)
        waiting = poll()  # which takes any number of a file
        waiting.register(signals, POLLIN)
        while not waiting.poll(LOOK * 1000):
            clock = follow_clock(scheduler, clock)
        self.stopping.set()
        scheduler.shutdown(wait=False)
        given_up = time.monotonic() + GRACE.total_seconds()
        while self.at_work and time.monotonic() < given_up:
            time.sleep(0.05)
        if self.at_work:
            logger.warning("a job did not stop in time", extra={"job": " ".join(self.at_work)})
        logger.info("stopped")
        logging.shutdown()
        os._exit(0)  # without waiting for the thread of such a job

    def turn(self, job: Job) -> None:
        """Run one turn of a job."""
        if self.stopping.is_set():
            return
        self.at_work[job.name] = calendar.now()
        try:
            turn(self.app, job, self._stop_of(job))
        finally:
            del self.at_work[job.name]

    def _stop_of(self, job: Job) -> Stop:
        def stop() -> bool:
            self.at_work[job.name] = calendar.now()
            return self.stopping.is_set()

        return stop

    def beat(self) -> None:
        """Record the last activity of each running job, so that a long job does not look dead."""
        for name, at in dict(self.at_work).items():
            try:
                note_life(self.app.extensions["engine"], name, at)
            except SQLAlchemyError:
                logger.warning("the sign of life could not be noted", extra={"job": name})


def follow_clock(scheduler: BackgroundScheduler, before: float) -> float:
    """Run all jobs now if the machine's clock was set back: they would wait for the former time.

    `before`: by how many seconds it was ahead of the monotonic clock. Return by how many it is now.
    """
    ahead = time.time() - time.monotonic()
    if ahead < before - LOOK:
        for one in scheduler.get_jobs():
            one.modify(next_run_time=datetime.now(UTC))
    return ahead


def _add(scheduler: BackgroundScheduler, function: Any, pause: timedelta, *args: Any) -> None:
    """Schedule a function; missed runs are done once, and never two at a time."""
    scheduler.add_job(
        function,
        "interval",
        args=args,
        seconds=pause.total_seconds(),
        next_run_time=datetime.now(UTC),
        coalesce=True,
        max_instances=1,
        misfire_grace_time=None,
    )


def _on_signals() -> int:
    """Return the reading end of a pipe into which SIGTERM and Ctrl-C write a byte.

    Python's handler in C writes it. A handler in Python would run in the main thread only, after
    the call that waits has returned: a signal just before that call would be lost.
    """
    read, write = os.pipe()
    os.set_blocking(write, False)
    signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    return read

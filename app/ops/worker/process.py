"""The worker's process: jobs at their intervals, until it is stopped."""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from threading import Event, Thread

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from app.base import calendar, db
from app.base.db import Stop
from app.ops.worker.jobs import JOBS, SHORTEST, Job
from app.ops.worker.turns import note_life, turn

logger = logging.getLogger(__name__)

#: How long jobs have to finish their current row; the process itself is given ten seconds.
GRACE = timedelta(seconds=9)
#: How often each job's last activity is recorded, by the product's clock.
BEAT = timedelta(seconds=30)


class AnotherWorker(Exception):
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
        pause = max(BEAT / calendar.pace_from_environment(), SHORTEST)
        repeated = [(job.pause(), partial(self.turn, job)) for job in JOBS.values()]
        for one in (*repeated, (pause, self.beat)):
            Thread(target=self.repeat, args=one, daemon=True).start()
        logger.info("working")
        os.read(signals, 1)
        self.stopping.set()
        given_up = time.monotonic() + GRACE.total_seconds()
        while self.at_work and time.monotonic() < given_up:
            time.sleep(0.05)
        if self.at_work:
            logger.warning("a job did not stop in time", extra={"job": " ".join(self.at_work)})
        logger.info("stopped")
        logging.shutdown()
        os._exit(0)  # without waiting for the thread of such a job

    def repeat(self, pause: timedelta, act: Callable[[], None]) -> None:
        """Act, and again after a pause, which no change of the machine's clock makes longer."""
        while not self.stopping.is_set():
            try:
                act()
            except Exception:
                logger.exception("a turn could not begin")
            self.stopping.wait(pause.total_seconds())

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

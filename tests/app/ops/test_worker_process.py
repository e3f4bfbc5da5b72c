"""The worker as a process: stopped, killed, or started twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import db
from app.base.db import Stop
from app.base.models import JobRun, ProcessInstance
from app.cases import processes
from app.ops.worker import process as running
from app.ops.worker.jobs import JOBS
from app.ops.worker.turns import note_life, turn
from app.register.suppression import listed
from tests.app.ops.test_worker import a_job, run_of, stuck
from tests.app.together import exit_code, forked, killed, together, until
from tests.app.walk import Walk
from tests.conftest import Clock
from tests.tree import ROOT

pytestmark = pytest.mark.nightly("servers")

# Time passes once ------------------------------------------------------------------------------


@pytest.fixture
def due(walk: Walk, clock: Clock) -> list[int]:
    """Return three instances whose timer is due."""
    ids = [walk.begin_at("induction", code=f"E9001{number}") for number in range(3)]
    clock.forward(days=7)
    return ids


def opened(walk: Walk) -> dict[int, int]:
    """Return the number of open requests of each instance to schedule its induction."""
    ids = walk.all(select(ProcessInstance.id).order_by(ProcessInstance.id))
    return {
        one: sum(step.startswith("schedule_thematic") for step in walk.open_steps(one))
        for one in ids
    }


@pytest.mark.parametrize("when", ["before_flush", "after_flush", "before_commit", "after_commit"])
def test_a_worker_that_is_killed_repeats_nothing_and_forgets_nothing(
    walk: Walk, due: list[int], when: str
):
    died = [
        killed(walk.app, lambda: turn(walk.app, JOBS["tick"]), when, number)
        for number in (1, 2, 3, 5)
    ]
    assert any(died)
    turn(walk.app, JOBS["tick"])
    assert opened(walk) == dict.fromkeys(due, 1)
    for one in due:
        walk.assert_consistent(one)


@pytest.mark.postgresql
def test_workers_side_by_side_wake_each_instance_once(walk: Walk, due: list[int]):
    together(*(lambda: turn(walk.app, JOBS["tick"]) for _ in range(4)))
    turn(walk.app, JOBS["tick"])
    assert opened(walk) == dict.fromkeys(due, 1)


def test_a_tick_that_is_to_stop_leaves_the_rest_for_the_next(walk: Walk, due: list[int]):
    looks: list[int] = []

    def stop() -> bool:
        looks.append(1)
        return len(looks) > 1

    with walk.app.app_context():
        assert processes.tick(walk.engine, stop) == 1
    assert sum(opened(walk).values()) == 1
    assert walk.tick() == 2


# The process -----------------------------------------------------------------------------------


def test_on_sigterm_it_finishes_the_row_in_hand_and_stops(
    app: Flask, monkeypatch: pytest.MonkeyPatch
):
    """Use a job that writes rows of its progress, which the parent process can read."""
    engine = app.extensions["engine"]

    def work(_: Flask, stop: Stop) -> dict[str, int] | None:
        while not stop():
            note_life(engine, "tick", db_clock(app))
        return None

    monkeypatch.setattr(running, "JOBS", {"tick": a_job(work)})
    child = forked(app, lambda: running.run(app))
    until(lambda: (noted := run_of(app)) and noted.seen_at > noted.started_at)
    os.kill(child, signal.SIGTERM)
    assert exit_code(child) == 0
    assert run_of(app).ended_at is None


def a_run(session: Session, name: str) -> JobRun:
    """Return a row to write."""
    return JobRun(name=name, started_at=db.clock(session), seen_at=db.clock(session))


def db_clock(app: Flask) -> datetime:
    """Return the database's time."""
    with db.open_session(app.extensions["engine"]) as session:
        return db.clock(session)


def test_a_job_that_does_not_stop_in_time_is_left_as_if_it_were_killed(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    engine, in_hand = app.extensions["engine"], tmp_path / "in-hand"

    def work(_: Flask, stop: Stop) -> dict[str, int]:
        with db.open_session(engine) as session:
            session.add(a_run(session, "half"))
            session.flush()
            in_hand.touch()
            threading.Event().wait()
        return {}

    monkeypatch.setattr(running, "JOBS", {"tick": a_job(work)})
    monkeypatch.setattr(running, "GRACE", timedelta(seconds=0.3))
    child = forked(app, lambda: running.run(app))
    until(in_hand.exists)
    os.kill(child, signal.SIGTERM)
    assert exit_code(child) == 0
    assert run_of(app, "half") is None
    with db.open_session(engine) as session:  # no process holds the writer's lock
        session.add(a_run(session, "whole"))
        session.commit()


Begin = Callable[[], "subprocess.Popen[str]"]


@pytest.fixture
def begin_worker(app: Flask, clock: Clock) -> Iterator[Begin]:
    """Yield a function that starts `zaguan worker` as a real command, at the test's moment."""
    begun: list[subprocess.Popen[str]] = []
    with app.app_context(), db.writing(app) as session:
        listed.begin(session)

    def begin() -> subprocess.Popen[str]:
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "ZAGUAN_DATA": str(app.config["DATA"]),
            "ZAGUAN_DATABASE_URL": app.config["DATABASE_URL"],
            "ZAGUAN_SECRET_KEY": app.config["SECRET_KEY"],
            "ZAGUAN_CLOCK": clock.moment.isoformat(),
        }
        made = subprocess.Popen(
            [sys.executable, "-m", "app.ops.cli", "worker"], env=environment, cwd=ROOT, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        begun.append(made)
        return made

    yield begin
    for one in begun:
        one.kill()
        one.communicate()


def test_the_command_lets_time_pass_survives_a_kill_and_stops_on_sigterm(
    walk: Walk, due: list[int], clock: Clock, begin_worker: Begin
):
    first = begin_worker()
    # The tick handles a case that the reminders hold at that moment a minute later.
    until(lambda: run_of(walk.app) and all(opened(walk).values()), patience=150)
    first.kill()
    assert first.wait(20) == -signal.SIGKILL
    with walk.writing() as session:
        noted = {run.name: run.started_at for run in session.scalars(select(JobRun))}
    assert "tick" in noted
    # The first worker's clock continued by the time that the machine needed.
    clock.set(noted["tick"] + timedelta(minutes=1))
    second = begin_worker()
    until(lambda: run_of(walk.app).started_at > noted["tick"])
    second.terminate()
    output, _ = second.communicate(timeout=60)
    assert (second.returncode, output) == (0, "")
    assert opened(walk) == dict.fromkeys(due, 1)


@pytest.mark.postgresql
def test_a_second_worker_on_sqlite_prints_a_message_and_ends(walk: Walk, begin_worker: Begin):
    if walk.engine.dialect.name == "postgresql":
        return  # PostgreSQL allows several workers
    with db.only_one(walk.engine, "worker"):
        second = begin_worker()
        output, _ = second.communicate(timeout=60)
    assert second.returncode == 1
    assert output.startswith("Another worker runs on this database")


def test_timers_that_do_not_fire_are_stuck(walk: Walk, due: list[int]):
    assert ("timers_late", "") in stuck(walk.app)
    walk.tick()
    assert ("timers_late", "") not in stuck(walk.app)

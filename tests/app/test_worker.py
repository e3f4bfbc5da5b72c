"""The worker: locks that end with their process, jobs that are noted, and time that passes once."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app import db, processes, worker
from app.db import Stop
from app.models import JobRun, Mail, ProcessInstance
from app.worker import process as running
from app.worker.jobs import JOBS, SHORTEST, Job
from app.worker.turns import note_life, turn
from tests.app.together import exit_code, forked, killed, together, until
from tests.app.walk import Walk
from tests.conftest import Clock

ROOT = Path(__file__).parents[2]


def test_one_holds_a_lock_and_others_are_told_so(app: Flask):
    engine = app.extensions["engine"]
    with db.only_one(engine, "reminders") as first:
        with db.only_one(engine, "reminders") as second, db.only_one(engine, "other") as other:
            assert (first, second, other) == (True, False, True)
        with db.only_one(engine, "reminders") as third:
            assert not third
    with db.only_one(engine, "reminders") as free:
        assert free


def test_an_error_frees_the_lock(app: Flask):
    engine = app.extensions["engine"]
    with contextlib.suppress(RuntimeError), db.only_one(engine, "reminders"):
        raise RuntimeError
    with db.only_one(engine, "reminders") as free:
        assert free


def test_a_process_that_is_killed_frees_its_lock_at_once(app: Flask):
    engine = app.extensions["engine"]

    def hold_and_commit() -> None:
        with db.only_one(engine, "reminders") as got, db.open_session(engine) as session:
            assert got
            db.clock(session)
            session.commit()
            os._exit(0)

    assert killed(app, hold_and_commit, "before_commit")
    with db.only_one(engine, "reminders") as free:
        assert free


def test_the_databases_clock_is_the_real_one(app: Flask):
    with db.open_session(app.extensions["engine"]) as session:
        told = db.clock(session)
    assert told.tzinfo is UTC
    assert abs(told - datetime.now(UTC)) < timedelta(minutes=1)


# Turns -----------------------------------------------------------------------------------------


def a_job(work: Callable[..., dict[str, int] | None], name: str = "tick") -> Job:
    """A job of the test's own under a name of the worker's."""
    return replace(JOBS[name], work=work, is_due=None)


def run_of(app: Flask, name: str = "tick") -> JobRun | None:
    """What was noted of a job."""
    with db.open_session(app.extensions["engine"], writes=False) as session:
        return session.get(JobRun, name)


def test_a_run_is_noted_with_its_counts(app: Flask, clock: Clock):
    began = clock.moment

    def work(_: Flask, stop: Stop) -> dict[str, int]:
        assert run_of(app).ended_at is None, "while it runs it is seen to run"
        clock.forward(seconds=5)
        return {"woken": 3}

    turn(app, a_job(work))
    noted = run_of(app)
    assert (noted.started_at, noted.ended_at) == (began, clock.moment)
    assert (noted.result, noted.error, noted.failed_at) == ({"woken": 3}, "", None)


def test_a_job_that_fails_is_noted_and_tried_at_its_next_turn(app: Flask, clock: Clock):
    def fail(*_: object) -> dict[str, int]:
        raise RuntimeError("no ink for 40000021, told persona@example.pe")

    turn(app, a_job(fail))
    failed = run_of(app)
    assert failed.error == "RuntimeError: no ink for (number), told (address)"
    assert failed.failed_at == clock.moment
    clock.forward(minutes=1)
    turn(app, a_job(lambda *_: {"woken": 1}))
    assert (run_of(app).error, run_of(app).failed_at) == ("", None)


#: Job → an empty turn of it that tried nothing of what had failed before. Of the others every
#: turn tries all that waits.
IDLE = {
    "reminders": "outside of the hours of sending",
    "sending": "between two tries of mails that wait",
}


@pytest.mark.parametrize("name", JOBS)
def test_a_failure_is_forgotten_only_by_a_turn_that_tried_what_had_failed(
    walk: Walk, clock: Clock, name: str
):
    app = walk.app

    def fail(*_: object) -> dict[str, int]:
        raise RuntimeError("the server is away")

    with walk.writing() as session:
        session.add(a_mail(clock, next_try_at=db.clock(session) + timedelta(minutes=5)))
    turn(app, replace(JOBS[name], work=fail, is_due=None))
    assert ("job_failed", name) in stuck(app)
    clock.forward(hours=12)  # eight in the evening
    turn(app, JOBS[name])
    assert (("job_failed", name) in stuck(app)) == (name in IDLE), IDLE.get(name)
    clock.forward(hours=12)
    with walk.writing() as session:
        session.execute(update(Mail).values(next_try_at=None))
    turn(app, JOBS[name])
    assert ("job_failed", name) not in stuck(app)
    assert run_of(app, name).failed_at is None


def a_mail(clock: Clock, **values: Any) -> Mail:
    """A mail that waits."""
    return Mail(
        message_id="<1@zaguan>", kind="activation", to="persona@example.pe", subject="x", body="x",
        created_at=clock.moment, state="waiting", **values,
    )  # fmt: skip


def test_while_the_mail_server_is_away_every_look_says_so(walk: Walk, clock: Clock):
    """Mails rest for a minute between two tries, and the job has four turns in it."""
    walk.app.config.update(SMTP_HOST="127.0.0.1", SMTP_PORT=1, SMTP_SECURITY="none")
    with walk.writing() as session:
        session.add(a_mail(clock))
    for _ in range(5):
        turn(walk.app, JOBS["sending"])
        assert ("job_failed", "sending") in stuck(walk.app)
    with walk.writing() as session:
        session.execute(update(Mail).values(state="dropped"))
    turn(walk.app, JOBS["sending"])
    assert ("job_failed", "sending") not in stuck(walk.app), "nothing waits for the server"


def test_a_failure_is_told_at_length_once(
    app: Flask, clock: Clock, caplog: pytest.LogCaptureFixture
):
    def fail(*_: object) -> dict[str, int]:
        raise RuntimeError("the server is away")

    for _ in range(3):
        turn(app, a_job(fail))
    told = [(record.levelname, bool(record.exc_info)) for record in caplog.records]
    assert told == [("ERROR", True), ("WARNING", False), ("WARNING", False)]


def test_a_job_that_was_stopped_in_the_middle_has_no_end(app: Flask, clock: Clock):
    turn(app, a_job(lambda *_: None))
    assert run_of(app).ended_at is None


def test_what_one_at_a_time_does_is_left_to_the_one_that_does_it(app: Flask, clock: Clock):
    alone = a_job(lambda *_: {"entered": 1}, "reminders")
    with db.only_one(app.extensions["engine"], "reminders"):
        turn(app, alone)
        assert run_of(app, "reminders") is None
    turn(app, alone)
    assert run_of(app, "reminders").result == {"entered": 1}


def test_a_sign_of_life_is_noted_of_a_run_that_goes_on(app: Flask, clock: Clock):
    engine = app.extensions["engine"]

    def work(_: Flask, stop: Stop) -> dict[str, int]:
        clock.forward(minutes=30)
        note_life(engine, "tick", clock.moment)
        assert run_of(app).seen_at == clock.moment
        return {}

    turn(app, a_job(work))
    ended = run_of(app)
    note_life(engine, "tick", clock.moment + timedelta(minutes=5))
    assert run_of(app).seen_at == ended.seen_at, "a run that has ended shows no more"


def test_a_database_that_is_away_is_no_end_of_the_worker(tmp_path: Path, settings: dict):
    from app import create_app

    nowhere = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"
    away = create_app(settings | {"DATABASE_URL": nowhere})
    for job in JOBS.values():
        turn(away, job)


def test_every_job_does_its_work_on_an_empty_installation(walk: Walk):
    for job in JOBS.values():
        turn(walk.app, job)
        assert run_of(walk.app, job.name).error == "", job.name
        assert run_of(walk.app, job.name).ended_at is not None


def test_a_fast_clock_has_shorter_pauses_and_as_much_more_patience(
    monkeypatch: pytest.MonkeyPatch,
):
    assert JOBS["tick"].pause() == timedelta(minutes=1)
    assert JOBS["tick"].patience() == timedelta(minutes=5)
    monkeypatch.setenv("ZAGUAN_CLOCK", "2026-07-13T07:00-05:00*60")
    assert JOBS["tick"].pause() == timedelta(seconds=1)
    monkeypatch.setenv("ZAGUAN_CLOCK", "2026-07-13T07:00-05:00*1600")
    assert JOBS["tick"].pause() == SHORTEST
    assert JOBS["tick"].patience() >= 20 * SHORTEST * 1600


# Time passes once ------------------------------------------------------------------------------


@pytest.fixture
def due(walk: Walk, clock: Clock) -> list[int]:
    """Three instances whose timer is due."""
    ids = [walk.begin_at("induction", code=f"E9001{number}") for number in range(3)]
    clock.forward(days=7)
    return ids


def opened(walk: Walk) -> dict[int, int]:
    """How many times each instance was asked to schedule an induction of its own."""
    with walk.reading() as session:
        ids = session.scalars(select(ProcessInstance.id).order_by(ProcessInstance.id)).all()
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
        walk.agrees(one)


def test_workers_side_by_side_wake_each_instance_once(walk: Walk, due: list[int]):
    together(*(lambda: turn(walk.app, JOBS["tick"]) for _ in range(4)))
    turn(walk.app, JOBS["tick"])
    assert opened(walk) == dict.fromkeys(due, 1)


def test_a_tick_that_is_to_stop_leaves_the_rest_for_the_next(walk: Walk, due: list[int]):
    asked: list[int] = []

    def stop() -> bool:
        asked.append(1)
        return len(asked) > 1

    with walk.app.app_context():
        assert processes.tick(walk.app.extensions["engine"], stop) == 1
    assert sum(opened(walk).values()) == 1
    assert walk.tick() == 2


# The process -----------------------------------------------------------------------------------


def test_on_sigterm_it_finishes_the_row_in_hand_and_stops(
    app: Flask, monkeypatch: pytest.MonkeyPatch
):
    """Its rows are signs of life, which the parent can count."""
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
    """A row to be written."""
    return JobRun(name=name, started_at=db.clock(session), seen_at=db.clock(session))


def db_clock(app: Flask) -> datetime:
    """The database's own time."""
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
    with db.open_session(engine) as session:  # nobody holds the writer's lock
        session.add(a_run(session, "whole"))
        session.commit()


Begin = Callable[[], "subprocess.Popen[str]"]


@pytest.fixture
def begin_worker(app: Flask, clock: Clock) -> Iterator[Begin]:
    """Begins `zaguan worker`, as it is really called, at the test's moment."""
    begun: list[subprocess.Popen[str]] = []

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
            [sys.executable, "-m", "app.cli", "worker"], env=environment, cwd=ROOT, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        begun.append(made)
        return made

    yield begin
    for one in begun:
        one.kill()
        one.communicate()


def test_the_command_lets_time_pass_survives_a_kill_and_stops_when_told(
    walk: Walk, due: list[int], clock: Clock, begin_worker: Begin
):
    first = begin_worker()
    # A case that the reminders hold at that moment is the tick's a minute later.
    until(lambda: run_of(walk.app) and all(opened(walk).values()), patience=150)
    first.kill()
    assert first.wait(20) == -signal.SIGKILL
    with walk.writing() as session:
        noted = {run.name: run.started_at for run in session.scalars(select(JobRun))}
    assert "tick" in noted
    # The first one's clock went on by itself, by as much as the machine needed.
    clock.set(noted["tick"] + timedelta(minutes=1))
    second = begin_worker()
    until(lambda: run_of(walk.app).started_at > noted["tick"])
    second.terminate()
    told, _ = second.communicate(timeout=20)
    assert (second.returncode, told) == (0, "")
    assert opened(walk) == dict.fromkeys(due, 1)


def test_of_two_workers_on_sqlite_the_second_says_so_and_ends(walk: Walk, begin_worker: Begin):
    if walk.app.extensions["engine"].dialect.name == "postgresql":
        return  # it takes as many as there are
    with db.only_one(walk.app.extensions["engine"], "worker"):
        second = begin_worker()
        told, _ = second.communicate(timeout=20)
    assert second.returncode == 1
    assert told.startswith("Another worker runs on this database")


# Standing --------------------------------------------------------------------------------------


def stuck(app: Flask) -> set[tuple[str, str]]:
    """What is stuck: kinds, and which jobs."""
    with app.app_context(), db.open_session(app.extensions["engine"], writes=False) as session:
        return {(one.kind, one.job) for one in worker.read(session).stuck}


def test_a_job_without_life_is_late(walk: Walk, clock: Clock):
    assert {("job_late", name) for name in JOBS} == stuck(walk.app)
    for job in JOBS.values():
        turn(walk.app, job)
    assert stuck(walk.app) == set()
    clock.forward(hours=1)
    often = ("tick", "reminders", "sending", "batches")
    assert {("job_late", name) for name in often} == stuck(walk.app)
    for name in ("tick", "sending", "batches"):
        turn(walk.app, JOBS[name])
    assert stuck(walk.app) == {("job_late", "reminders")}


def test_timers_that_nobody_fires_are_stuck(walk: Walk, due: list[int]):
    assert ("timers_late", "") in stuck(walk.app)
    walk.tick()
    assert ("timers_late", "") not in stuck(walk.app)

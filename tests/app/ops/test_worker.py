"""The worker: locks that end with their process, recorded jobs, and time that passes once."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from app import create_app
from app.base import db
from app.base.db import Stop
from app.base.models import JobRun, Mail
from app.ops import backup, worker
from app.ops.worker.jobs import JOBS, SHORTEST, Job
from app.ops.worker.turns import note_life, turn
from tests.app.together import killed
from tests.app.walk import Walk
from tests.conftest import Clock

pytestmark = pytest.mark.postgresql


def test_one_holds_a_lock_and_others_get_an_error(app: Flask):
    engine = app.extensions["engine"]
    with db.only_one(engine, "reminders") as first:
        with db.only_one(engine, "reminders") as second, db.only_one(engine, "other") as other:
            assert first
            assert other
            assert second is None
        with db.only_one(engine, "reminders") as third:
            assert third is None
    with contextlib.suppress(RuntimeError), db.only_one(engine, "reminders") as free:
        assert free
        raise RuntimeError
    with db.only_one(engine, "reminders") as free:
        assert free, "an error frees it too"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_process_that_is_killed_frees_its_lock_at_once(app: Flask):
    """That of a server's database is a lease (`test_pooled`)."""
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


def test_one_backup_at_a_time(walk: Walk, tmp_path: Path):
    with (
        db.only_one(walk.engine, "backup"),
        pytest.raises(backup.CannotBackUp, match="Another backup"),
    ):
        backup.back_up(walk.app, tmp_path / "backup")


def test_the_databases_clock_is_the_real_one(app: Flask):
    with db.open_session(app.extensions["engine"]) as session:
        moment = db.clock(session)
    assert moment.tzinfo is UTC
    assert abs(moment - datetime.now(UTC)) < timedelta(minutes=1)


# Turns -----------------------------------------------------------------------------------------


def a_job(work: Callable[..., dict[str, int] | None], name: str = "tick") -> Job:
    """Yield a test job under a name of the worker's."""
    return replace(JOBS[name], work=work, is_due=None)


def run_of(app: Flask, name: str = "tick") -> JobRun | None:
    """Return the record of a job's newest run."""
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


def server_away(*_: object) -> dict[str, int]:
    raise RuntimeError("the server is away")


#: Job → result of an empty turn, which did not retry failed work. Every turn of the other jobs
#: tries all waiting work.
IDLE = {
    "reminders": "outside of the hours of sending",
    "sending": "between two tries of mails that wait",
}


@pytest.mark.nightly("servers")
@pytest.mark.parametrize("name", JOBS)
def test_a_failure_is_forgotten_only_by_a_turn_that_tried_what_had_failed(
    walk: Walk, clock: Clock, name: str
):
    app = walk.app
    with walk.writing() as session:
        session.add(a_mail(clock, next_try_at=db.clock(session) + timedelta(minutes=5)))
    turn(app, a_job(server_away, name))
    assert ("job_failed", name) in stuck(app)
    clock.forward(hours=12)  # eight in the evening
    turn(app, JOBS[name])
    assert (("job_failed", name) in stuck(app)) == (name in IDLE), IDLE.get(name)
    clock.forward(hours=12)
    walk.execute(update(Mail).values(next_try_at=None))
    turn(app, JOBS[name])
    assert ("job_failed", name) not in stuck(app)
    assert run_of(app, name).failed_at is None


def a_mail(clock: Clock, **values: Any) -> Mail:
    """Return a waiting mail."""
    return Mail(
        message_id="<1@zaguan>", kind="activation", to="persona@example.pe", subject="x", body="x",
        created_at=clock.moment, state="waiting", **values,
    )  # fmt: skip


@pytest.mark.nightly("servers")
def test_every_check_reports_an_absent_mail_server(walk: Walk, clock: Clock):
    """Run the four turns that the job has while a mail rests for a minute between two attempts."""
    walk.app.config.update(SMTP_HOST="127.0.0.1", SMTP_PORT=1, SMTP_SECURITY="none")
    walk.add(a_mail(clock))
    for _ in range(5):
        turn(walk.app, JOBS["sending"])
        assert ("job_failed", "sending") in stuck(walk.app)
    walk.execute(update(Mail).values(state="dropped"))
    turn(walk.app, JOBS["sending"])
    assert ("job_failed", "sending") not in stuck(walk.app), "nothing waits for the server"


def test_a_repeated_failure_is_logged_with_its_traceback_once(
    app: Flask, clock: Clock, caplog: pytest.LogCaptureFixture
):
    for _ in range(3):
        turn(app, a_job(server_away))
    levels = [(record.levelname, bool(record.exc_info)) for record in caplog.records]
    assert levels == [("ERROR", True), ("WARNING", False), ("WARNING", False)]


def test_a_job_that_was_stopped_in_the_middle_has_no_end(app: Flask, clock: Clock):
    turn(app, a_job(lambda *_: None))
    assert run_of(app).ended_at is None


def test_a_job_under_lock_is_left_to_its_holder(app: Flask, clock: Clock):
    alone = a_job(lambda *_: {"entered": 1}, "reminders")
    with db.only_one(app.extensions["engine"], "reminders"):
        turn(app, alone)
        assert run_of(app, "reminders") is None
    turn(app, alone)
    assert run_of(app, "reminders").result == {"entered": 1}


def test_a_running_job_records_its_progress(app: Flask, clock: Clock):
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


def test_the_worker_survives_an_absent_database(settings: dict):
    nowhere = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"
    away = create_app(settings | {"DATABASE_URL": nowhere})
    for job in JOBS.values():
        turn(away, job)


@pytest.mark.nightly("servers")
def test_every_job_does_its_work_on_an_empty_installation(walk: Walk):
    for job in JOBS.values():
        turn(walk.app, job)
        assert run_of(walk.app, job.name).error == "", job.name
        assert run_of(walk.app, job.name).ended_at is not None


def test_a_fast_clock_shortens_pauses_and_extends_timeouts(
    monkeypatch: pytest.MonkeyPatch,
):
    assert JOBS["tick"].pause() == timedelta(minutes=1)
    assert JOBS["tick"].patience() == timedelta(minutes=5)
    monkeypatch.setenv("ZAGUAN_CLOCK", "2026-07-13T07:00-05:00*60")
    assert JOBS["tick"].pause() == timedelta(seconds=1)
    monkeypatch.setenv("ZAGUAN_CLOCK", "2026-07-13T07:00-05:00*1600")
    assert JOBS["tick"].pause() == SHORTEST
    assert JOBS["tick"].patience() >= 20 * SHORTEST * 1600


# Standing --------------------------------------------------------------------------------------


def stuck(app: Flask) -> set[tuple[str, str]]:
    """Return the kinds of stuck work, and the jobs."""
    with app.app_context(), db.open_session(app.extensions["engine"], writes=False) as session:
        return {(one.kind, one.job) for one in worker.read(session).stuck}


@pytest.mark.nightly("servers")
def test_a_job_without_progress_is_late(walk: Walk, clock: Clock):
    assert {("job_late", name) for name in JOBS} < stuck(walk.app)
    for job in JOBS.values():
        turn(walk.app, job)
    assert stuck(walk.app) == set()
    clock.forward(hours=1)
    often = ("tick", "reminders", "sending", "incoming", "departures", "batches", "migrations")
    late = {("job_late", name) for name in often} | {("worker_silent", "")}
    assert late == stuck(walk.app)
    for name in set(often) - {"reminders"}:
        turn(walk.app, JOBS[name])
    assert stuck(walk.app) == {("job_late", "reminders")}

"""What is stuck or wrong is one list: the exit code and the last sentence of `status` follow it."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask

from app import create_app
from app.base import audit_log, calendar, db
from app.base.db import chain
from app.base.db.leases import only_one
from app.base.files import integrity
from app.base.models import JobRun, Lease
from app.mailroom import sending
from app.ops import worker
from app.ops.backup import manifest
from app.ops.health import trust, writing
from app.ops.worker import chaining, nightly, process, standing
from app.ops.worker.findings import TEXTS
from app.ops.worker.jobs import JOBS
from app.ops.worker.turns import note_life, turn
from app.register.suppression import list_file
from tests.app.ops.test_health import a_mail, health, stuck_kinds, work
from tests.app.walk import Walk
from tests.conftest import Clock
from tests.databases import ON_POSTGRESQL

Run = Callable[..., tuple[int, str, str]]
NOTHING = "Nothing is stuck."


@pytest.fixture
def well(run: Run, tmp_path: Path) -> Iterator[Flask]:
    """Yield an installation in which nothing is stuck."""
    run("migrate")
    app = create_app({"DATA": tmp_path / "data", "TESTING": True})
    for job in JOBS.values():
        turn(app, job)
    yield app
    app.extensions["engine"].dispose()


def drop_trigger(data: Path) -> None:
    with closing(sqlite3.connect(data / "zaguan.db")) as connection:
        connection.execute("drop trigger protected_log_delete")


#: Kind → what makes it so in the data folder.
REAL: dict[str, Callable[[Path], object]] = {
    "no_suppressions": lambda data: (data / list_file.NAME).unlink(),
    "unprotected": drop_trigger,
    "chain_fell": lambda data: (data / chaining.NOTED).write_text(f"7:{'0' * 64}"),
}


@pytest.mark.nightly("servers")
def test_nothing_is_stuck_is_said_last_and_only_with_exit_0(
    well: Flask, run: Run, monkeypatch: pytest.MonkeyPatch
):
    code, said, _ = run("status")
    assert (code, said.splitlines()[-1]) == (0, NOTHING)
    data = well.config["DATA"]
    list_before = shutil.copy2(data / list_file.NAME, data.with_name("list"))
    for kind in TEXTS:
        with monkeypatch.context() as patch:
            if kind in REAL:
                REAL[kind](data)
            elif kind in writing.CHECKS:
                patch.setattr(writing, "look", lambda _, kind=kind: {kind: False})
            elif kind == "trust_list":
                patch.setattr(trust, "not_used", lambda _: "ya venció")
            elif kind == "deleted_files":
                patch.setattr(db, "deleted_files", lambda _: [(1, "zaguan.db-wal")])
            else:
                found = (worker.Finding(kind, "tick" if "{job}" in TEXTS[kind][0] else "", 1),)
                patch.setattr(standing, "_findings", lambda *_, found=found: found)
                damaged = ["x"] if kind == "files_damaged" else []
                patch.setattr(integrity, "damaged", lambda _, damaged=damaged: damaged)
            code, said, _ = run("status")
        assert (code, NOTHING in said) == (1, False), kind
        assert TEXTS[kind][0].format(job="tick", count=1) in said, kind
        shutil.copy2(list_before, data / list_file.NAME)
        (data / chaining.NOTED).unlink(missing_ok=True)
        if kind == "unprotected":
            run("migrate")
    code, said, _ = run("status")
    assert code == 0, said


# A clock that was ahead --------------------------------------------------------------------------


def test_a_dead_worker_is_known_after_a_minute_also_one_from_the_future(walk: Walk, clock: Clock):
    now = clock.moment
    clock.forward(days=3)
    work(walk.app)
    clock.set(now)
    assert {"clock_ahead", "worker_silent"} <= stuck_kinds(walk.app)
    assert health(walk.app)[0] == 503
    turn(walk.app, JOBS["batches"])
    assert "worker_silent" not in stuck_kinds(walk.app)
    clock.forward(seconds=61)
    assert "worker_silent" in stuck_kinds(walk.app)
    assert walk.app.test_client().get("/salud/listo").status_code == 200


def test_no_night_is_skipped_after_a_clock_was_ahead(walk: Walk, clock: Clock):
    now = clock.moment
    clock.forward(days=3)
    work(walk.app)
    clock.set(now)
    for name in ("nightly", "open_data"):
        assert nightly.is_due(walk.engine, name)
    turn(walk.app, JOBS["nightly"])
    assert not nightly.is_due(walk.engine)
    walk.change(JobRun, "nightly", seen_at=now + timedelta(days=3), ended_at=None)
    note_life(walk.engine, "nightly", now)
    assert walk.get(JobRun, "nightly").seen_at == now


def test_mails_that_were_claimed_or_deferred_by_a_clock_that_was_ahead_go(walk: Walk, clock: Clock):
    with walk.reading() as session:
        ahead = db.clock(session) + timedelta(days=3)
    for number in range(2):
        mail = a_mail(clock, lease_until_at=ahead, next_try_at=ahead)
        mail.message_id = f"<{number}@zaguan>"
        walk.add(mail)
    assert sending.run(walk.app) == {"shown": 2}


@ON_POSTGRESQL
def test_a_lease_from_a_clock_that_was_ahead_is_taken(walk: Walk):
    with walk.reading() as session:
        ahead = db.clock(session) + timedelta(days=3)
    walk.add(Lease(name="nightly", holder="x", until_at=ahead))
    with only_one(walk.engine, "nightly") as still_held:
        assert still_held


# Commands ----------------------------------------------------------------------------------------


def test_send_says_that_a_worker_sends(well: Flask, run: Run):
    assert run("send")[:2] == (0, "Nothing.\n")
    with db.only_one(well.extensions["engine"], "smtp"):
        code, _, said = run("send")
    assert (code, said.splitlines()[-1][:27]) == (1, "Error: A worker is sending,")


def test_an_older_database_is_named_by_the_status(well: Flask, run: Run):
    data, engine = well.config["DATA"], well.extensions["engine"]
    engine.dispose()
    older = data.with_name("older.db")
    shutil.copy2(data / "zaguan.db", older)
    with well.app_context(), db.writing(well) as session:
        audit_log.write(session, "entity.noted", actor_id=None)
    with well.app_context():
        now = calendar.now()
        assert chain.close(engine, db.never, now, calendar.lima_day(now))
    turn(well, JOBS["disk"])
    code, said, _ = run("status")
    assert code == 0, said
    folder = data.with_name("backup")
    assert run("backup", str(folder))[0] == 0
    with well.app_context():
        assert manifest.read(folder).closing == (data / chaining.NOTED).read_text("ascii")
    engine.dispose()
    for name in ("zaguan.db-wal", "zaguan.db-shm"):
        (data / name).unlink(missing_ok=True)
    shutil.copy2(older, data / "zaguan.db")
    code, said, _ = run("status")
    assert (code, TEXTS["chain_fell"][0] in said) == (1, True)
    code, _, said = run("backup", str(folder))
    assert (code, said.splitlines()[-1][:26]) == (1, "The chain lacks closing 1:")


def test_jobs_do_not_wait_for_the_time_from_which_a_clock_was_set_back(monkeypatch):
    scheduler = BackgroundScheduler(timezone="UTC")
    scheduler.start(paused=True)
    try:
        in_days = datetime.now(UTC) + timedelta(days=3)
        job = scheduler.add_job(print, "interval", seconds=60, next_run_time=in_days)
        before = process.follow_clock(scheduler, 0.0)
        assert process.follow_clock(scheduler, before) == pytest.approx(before, abs=1)
        assert job.next_run_time == in_days
        was = time.time()
        monkeypatch.setattr(time, "time", lambda: was - 3 * 24 * 3600)
        process.follow_clock(scheduler, before)
        assert job.next_run_time < in_days - timedelta(days=2)
    finally:
        scheduler.shutdown()

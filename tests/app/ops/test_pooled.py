"""Behind pgbouncer in transaction mode, as it is shipped: nothing belongs to a session."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.base import db
from app.base.models import JobRun, Lease
from app.ops import backup, health
from app.ops.worker.jobs import JOBS
from app.ops.worker.turns import turn
from tests import pgbouncer
from tests.app.ops.test_worker import a_job
from tests.app.ops.test_worker_process import due, opened
from tests.app.register.open_data.test_exports import ENDINGS, read
from tests.app.together import exit_code, forked, together, until
from tests.app.visited import CODE, Visited
from tests.app.walk import Walk
from tests.conftest import Clock
from tests.databases import PostgreSQL

__all__ = ["due"]

pytestmark = pytest.mark.starts("pgbouncer")

#: The lease of these tests in seconds: long enough for a loaded machine to renew it.
LEASE = 3.0
#: That of a test in which nothing renews it.
SHORT = 0.3
ALIVE = "select 1 from pg_stat_activity where pid = %s"
PAST = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def database_url(postgresql: PostgreSQL) -> Iterator[str]:
    """Yield the URL of an empty database, through pgbouncer with few sessions of the server."""
    url = postgresql.create()
    with pgbouncer.before(url, 3) as pooled:
        yield pooled
    postgresql.drop(url)


def lose(session: Session, postgresql: PostgreSQL) -> None:
    """End the session of the server in which a transaction is, as a restart does."""
    (number,) = session.scalars(text("select pg_backend_pid()"))
    postgresql.admin.execute("select pg_terminate_backend(%s)", [number])
    until(lambda: not postgresql.admin.execute(ALIVE, [number]).fetchone())
    time.sleep(0.1)  # until the pooler has said so


@pytest.mark.postgresql
def test_a_transaction_whose_server_is_lost_says_that_the_database_is_away(
    app: Flask, postgresql: PostgreSQL
):
    engine = app.extensions["engine"]
    session = db.open_session(engine)
    lose(session, postgresql)
    with pytest.raises(OperationalError):
        session.rollback()
    session.invalidate()
    with db.open_session(engine) as session:
        assert session.scalar(text("select 1")) == 1


def test_a_request_whose_server_is_lost_ends(app: Flask, postgresql: PostgreSQL):
    with app.app_context():
        lose(db.session(), postgresql)
    with app.app_context():
        assert db.session().scalar(text("select 1")) == 1


def left_over(app: Flask) -> set[str]:
    """Return what differs from the beginning in the sessions of the server."""
    unchanged = "select name from pg_settings where source = 'session' and name !~ '^transaction_'"
    prepared = "select name from pg_prepared_statements where name !~ '^PGBOUNCER_'"
    locks = "select objid::text from pg_locks where locktype = 'advisory'"
    with app.extensions["engine"].connect() as connection:
        return {
            name
            for query in (unchanged, prepared, locks)
            for name in connection.scalars(text(query))
        } - {"application_name", "client_encoding"}


@pytest.mark.nightly("servers")
def test_people_sign_in_record_and_export(app: Flask, clock: Clock):
    visited = Visited(app)
    desk = visited.browser("operator")
    assert desk.get(f"/registro/{CODE}/produccion").status_code == 200
    visited.visit()
    for ending in ENDINGS:
        assert len(read(visited, f"/visitas.{ending}")) == 1
    page = visited.browser().get("/visitas?q=quispe inventada").text  # limits its statements
    assert "Quispe Inventada Ana" in page
    assert left_over(app) == set()


@pytest.mark.nightly("servers")
@pytest.mark.postgresql
def test_a_statement_that_is_sent_often_is_prepared_in_any_session(app: Flask):
    engine, sums = app.extensions["engine"], list[int]()

    def add() -> None:
        for number in range(30):
            with db.open_session(engine, writes=False) as session:
                sums.append(session.scalar(text("select :n + 1"), {"n": number}) or 0)

    together(*(add for _ in range(4)))
    assert sorted(sums) == sorted(list(range(1, 31)) * 4)
    with ExitStack() as stack:  # each transaction has another session
        sessions = [stack.enter_context(engine.connect()) for _ in range(2)]
        found = text("select count(*) from pg_prepared_statements where name ~ '^PGBOUNCER_'")
        assert sum(one.scalar(found) or 0 for one in sessions)
    assert left_over(app) == set()


@pytest.mark.nightly("servers")
def test_monitors_and_a_backup_are_answered(walk: Walk, tmp_path: Path):
    assert walk.app.test_client().get("/salud").get_json()["database"]
    assert all(health.writing.look(walk.app).values())
    assert backup.back_up(walk.app, tmp_path / "backup").rows
    assert left_over(walk.app) == set()


@pytest.mark.nightly("servers")
@pytest.mark.postgresql
def test_workers_side_by_side_do_each_thing_once(walk: Walk, due: list[int]):
    walk.answer("designate_administrator", instance=walk.begin())
    together(*(lambda: [turn(walk.app, job) for job in JOBS.values()] for _ in range(3)))
    assert {one: opened(walk)[one] for one in due} == dict.fromkeys(due, 1)
    runs = {run.name: run.error for run in walk.all(select(JobRun))}
    assert set(runs.values()) == {""}
    assert {"tick", "reminders", "mandates", "nightly"} <= set(runs)
    assert left_over(walk.app) == set()
    assert not walk.all(select(Lease)), "each worker ended its leases"


def hold_until_killed(app: Flask, path: Path) -> None:
    """Hold the lock of the reminders for ever, once the file says so."""
    with db.only_one(app.extensions["engine"], "reminders", LEASE) as still_held:
        assert still_held
        path.touch()
        threading.Event().wait()


@pytest.mark.nightly("servers")
@pytest.mark.postgresql
def test_a_lease_of_a_killed_process_is_taken_once_it_has_ended(app: Flask, tmp_path: Path):
    engine, held = app.extensions["engine"], tmp_path / "held"
    child = forked(app, lambda: hold_until_killed(app, held))
    until(held.exists)
    with db.only_one(engine, "reminders") as other:
        assert other is None
    os.kill(child, signal.SIGKILL)
    assert exit_code(child) == -signal.SIGKILL
    with db.open_session(engine) as session:
        (ends,) = session.scalars(select(Lease.until_at))
    until(lambda: taken(engine))
    with db.open_session(engine) as session:
        assert db.clock(session) > ends


def taken(engine: Engine) -> bool:
    """Return whether the lock of the reminders could be taken."""
    with db.only_one(engine, "reminders") as still_held:
        return still_held is not None


@pytest.mark.postgresql
def test_a_lease_is_renewed_for_as_long_as_it_is_held(app: Flask):
    engine = app.extensions["engine"]
    with db.only_one(engine, "reminders", LEASE) as still_held:
        assert still_held
        with db.open_session(engine) as session:
            (first,) = session.scalars(select(Lease.until_at))
        until(lambda: ends(engine) > first)
        assert still_held()


def ends(engine: Engine) -> datetime:
    """Return when the only lease ends."""
    with db.open_session(engine) as session:
        return session.scalars(select(Lease.until_at)).one()


@pytest.mark.postgresql
def test_who_lost_a_lease_stops_and_leaves_it_to_its_new_holder(app: Flask):
    """A process that stood still for longer than its lease finds another one at work."""
    engine = app.extensions["engine"]
    with db.only_one(engine, "tick", LEASE) as still_held:
        with db.writing(engine) as session:
            session.execute(update(Lease).values(until_at=PAST))
        with db.only_one(engine, "tick") as other:
            assert still_held is not None
            assert other is not None
            until(lambda: not still_held())
            assert other()
    with db.open_session(engine) as session:
        assert not session.scalars(select(Lease)).all()


@pytest.mark.postgresql
def test_a_lease_is_lost_also_if_its_new_holder_has_ended(app: Flask):
    """A process that stood still may not go on with what the other one has done."""
    engine = app.extensions["engine"]
    slow = db.leases._Lease(engine, "tick", LEASE)
    assert slow.take()
    with db.writing(engine) as session:
        session.execute(update(Lease).values(until_at=PAST))
    assert slow.extend(), "nobody took it meanwhile"
    with db.writing(engine) as session:
        session.execute(update(Lease).values(until_at=PAST))
    with db.only_one(engine, "tick") as other:
        assert other is not None
    assert not slow.extend()
    assert not slow.is_held()
    with db.open_session(engine) as session:
        assert not session.scalars(select(Lease)).all()


def test_a_job_stops_between_two_rows_where_its_lease_is_lost(
    app: Flask, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(db.leases._Lease, "is_held", lambda _: False)
    seen: list[bool] = []
    job = a_job(lambda _, stop: seen.append(stop()), "reminders")
    turn(app, job)
    assert seen == [True]


@pytest.mark.nightly("servers")
def test_a_backup_whose_lease_is_lost_is_none(walk: Walk, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(db.leases._Lease, "is_held", lambda _: False)
    with pytest.raises(backup.CannotBackUp, match="another one could begin"):
        backup.back_up(walk.app, tmp_path / "backup")
    assert not (tmp_path / "backup" / "manifest.json").exists()


@pytest.mark.postgresql
def test_without_the_database_a_lease_ends_by_itself(app: Flask):
    lost = db.leases._Lease(app.extensions["engine"], "tick", SHORT)
    assert lost.take()
    lost.engine = db.connect("postgresql+psycopg://nobody@127.0.0.1:1/none")
    lost.end()
    with ThreadPoolExecutor(1) as pool:
        renewing = pool.submit(lost.renew)
        try:
            until(lambda: not lost.is_held())
        finally:
            lost.done.set()
        renewing.result(20)

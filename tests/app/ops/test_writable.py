"""What the installation says about what it can write: its disk, its database, a bucket."""

from __future__ import annotations

import os
import resource
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from app.base import db
from app.ops.health import writing
from app.ops.worker.findings import TEXTS
from tests.app.ops.test_health import TOKEN, a_mail, bearer, health, work
from tests.app.together import exit_code, forked, together
from tests.app.walk import Walk
from tests.conftest import Clock
from tests.databases import ON_SQLITE

pytestmark = pytest.mark.postgresql


@pytest.fixture
def without_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """Disable the cache of answers."""
    monkeypatch.setattr(writing, "VALID", -1.0)


def on_a_full_disk(app: Flask, job: Callable[[], None]) -> int:
    """Run a job in a separate process that cannot make any file longer. Return its exit code."""

    def run() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        job()
        os._exit(0)

    return exit_code(forked(app, run))


@pytest.mark.nightly("servers")
@pytest.mark.usefixtures("without_cache")
def test_on_a_full_disk_it_is_not_well_and_says_what_fails(walk: Walk):
    work(walk.app)
    assert health(walk.app)[0] == 200
    before = sorted(walk.app.config["DATA"].rglob("*"))
    # PostgreSQL writes in separate processes, which have room.
    room = walk.engine.dialect.name == "postgresql"

    def look() -> None:
        status, answer = health(walk.app)
        assert (status, answer["writable"]) == (503, {"files": False, "database": room})

    assert on_a_full_disk(walk.app, look) == 0
    status, answer = health(walk.app)
    assert (status, answer["writable"]) == (200, {"files": True, "database": True})
    assert sorted(walk.app.config["DATA"].rglob("*")) == before


@pytest.mark.nightly("servers")
@pytest.mark.usefixtures("without_cache")
def test_a_database_that_only_reads_is_not_well(walk: Walk):
    work(walk.app)
    with db.as_owner(walk.app) as engine, engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            name = connection.scalar(text("select current_database()"))
            connection.execute(
                text(f"alter database {name} set default_transaction_read_only = on")
            )
        else:
            connection.execute(
                text(
                    "create trigger full before insert on job_run begin "
                    "select raise(abort, 'disk is full'); end"
                )
            )
    status, answer = health(walk.app)
    assert (status, answer["writable"]) == (503, {"files": True, "database": False})


@pytest.mark.nightly("servers")
@pytest.mark.usefixtures("without_cache")
def test_a_database_that_another_process_writes_to_can_be_written(walk: Walk, clock: Clock):
    work(walk.app)
    with walk.writing() as session:
        session.add(a_mail(clock))
        session.flush()
        assert health(walk.app)[1]["writable"] == {"files": True, "database": True}


def test_writing_is_tried_from_time_to_time(walk: Walk, monkeypatch: pytest.MonkeyPatch):
    tried: list[str] = []

    def note(name: str) -> Callable[[Flask], bool]:
        return lambda _: tried.append(name) is None

    for name in ("files", "database"):
        monkeypatch.setitem(writing.CHECKS, name, note(name))
    for _ in range(5):
        health(walk.app)
    assert tried == ["files", "database"]


@pytest.mark.nightly("servers")
def test_while_one_thread_tries_the_others_get_the_last_result(
    walk: Walk, monkeypatch: pytest.MonkeyPatch
):
    work(walk.app)
    entered, may_end = threading.Event(), threading.Event()

    def slow(_: Flask) -> bool:
        entered.set()
        return may_end.wait(20)

    monkeypatch.setitem(writing.CHECKS, "files", lambda _: False)
    assert health(walk.app)[0] == 503
    monkeypatch.setattr(writing, "VALID", -1.0)
    monkeypatch.setitem(writing.CHECKS, "files", slow)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(health, walk.app)
        try:
            assert entered.wait(20)
            assert health(walk.app)[1]["writable"]["files"] is False
        finally:
            may_end.set()
        assert first.result(20)[1]["writable"]["files"] is True


def test_the_first_results_are_awaited_and_tried_once(walk: Walk, monkeypatch: pytest.MonkeyPatch):
    tried: list[int] = []

    def slow(_: Flask) -> bool:
        tried.append(1)
        time.sleep(0.2)
        return True

    monkeypatch.setitem(writing.CHECKS, "files", slow)
    ask = lambda: writing.ask(walk.app, ["files"])  # noqa: E731 - four threads
    assert together(ask, ask, ask, ask) == [{"files": True}] * 4
    assert len(tried) == 1


@pytest.mark.nightly("servers")
def test_unwritable_storage_is_reported_on_the_page_in_the_figures_and_by_the_command(
    walk: Walk, monkeypatch: pytest.MonkeyPatch
):
    assert {*writing.look(walk.app), "bucket"} == writing.CHECKS.keys() <= TEXTS.keys()
    monkeypatch.setattr(writing, "ask", lambda _: {"files": False, "database": True})
    walk.app.config["METRICS_TOKEN"] = TOKEN
    page = walk.browser("sip").get("/estado").text
    assert "No se puede escribir en la carpeta de datos" in page
    assert "No se puede escribir en la base" not in page
    figures = walk.app.test_client().get("/metricas", headers=bearer(TOKEN)).text
    assert 'zaguan_writable{what="files"} 0.0' in figures
    assert 'zaguan_writable{what="database"} 1.0' in figures


@pytest.mark.nightly("servers")
@ON_SQLITE
def test_a_log_that_was_deleted_beneath_the_server_is_not_well_and_is_named(
    walk: Walk, run: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("ZAGUAN_DATABASE_URL", walk.app.config["DATABASE_URL"])
    engine: Engine = walk.engine
    log = Path(f"{engine.url.database}-wal")
    assert writing.look(walk.app)["database"]
    engine.dispose()  # so that only this test has the log open
    with log.open("a"):
        log.unlink()
        assert not writing.look(walk.app)["database"]
        code, said, _ = run("status")
    assert code == 1
    assert f"process {os.getpid()}: {log.name}" in said

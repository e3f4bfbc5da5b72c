"""`zaguan serve` and `zaguan web`: unusable ports, and what a web process serves."""

from __future__ import annotations

import gc
import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from app.base import db
from app.onboarding import programme
from app.ops import serve
from app.ops.cli import group
from tests.app.base.test_logs import answers
from tests.app.installed import make_ready
from tests.app.together import until
from tests.app.walk import Walk
from tests.statements import statements
from tests.tree import ROOT

# serve ----------------------------------------------------------------------------------------

Run = Callable[..., tuple[int, str, str]]


@pytest.mark.nightly("servers")
@pytest.mark.parametrize("command", ["serve", "web"])
def test_a_port_in_use_is_an_error_message(run: Run, command: str):
    run("migrate")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, _, err = run(command, "--port", str(port))
    assert code == 1
    assert f"Port {port} of 127.0.0.1 is taken" in err


def test_a_port_in_use_is_reported_before_setup(run: Run, tmp_path: Path):
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert "zaguan setup --port $(PORT)" in makefile
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        for words in (("setup", "--port", port), ("serve", "--port", port)):
            code, _, err = run(*words)
            assert code == 1
            assert f"Port {port} of 127.0.0.1 is taken" in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.nightly("servers")
@pytest.mark.parametrize(("setting", "port"), [("", "8123"), ("http://localhost:8000", "8000")])
def test_setup_prints_the_address_that_is_served(
    run: Run, monkeypatch: pytest.MonkeyPatch, setting: str, port: str
):
    monkeypatch.setenv("ZAGUAN_PUBLIC_URL", setting)
    monkeypatch.setattr(serve, "must_be_free", lambda host, port: None)
    made: list[Flask] = []
    monkeypatch.setattr(
        group, "create_app", lambda given: made.append(create_app(given)) or made[-1]
    )
    run("setup", "--no-demo", "--port", port)
    assert [app.config["PUBLIC_URL"] for app in made] == [setting or f"http://127.0.0.1:{port}"]


@pytest.mark.nightly("servers")
def test_an_invalid_port_is_an_error_message(run: Run):
    run("migrate")
    for port in ["-1", "65536", "99999999999999999999"]:
        code, _, err = run("serve", "--port", port)
        assert code in (1, 2)
        assert port in err


@pytest.mark.nightly("servers")
def test_web_runs_the_web_processes_without_a_worker(tmp_path: Path):
    make_ready(tmp_path)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "ZAGUAN_DATA": str(tmp_path)}
    command = [sys.executable, "-m", "app.ops.cli", "web", "--port", str(port), "--workers", "1"]
    begun = subprocess.Popen(command, env=environment, cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        until(lambda: answers(port))
        with closing(sqlite3.connect(tmp_path / "zaguan.db")) as database:
            ran = database.execute("select count(*) from job_run where name = 'tick'")
            assert ran.fetchone() == (0,)
    finally:
        begun.terminate()
        assert begun.wait(20) == 0


@pytest.fixture
def unloaded() -> Iterator[None]:
    """Let a test load the application as a web process does."""
    serve.application.cache_clear()
    yield
    serve.application().extensions["engine"].dispose()
    serve.application.cache_clear()


@pytest.mark.usefixtures("unloaded")
@pytest.mark.nightly("servers")
def test_objects_from_the_start_of_a_web_process_are_not_searched_for_cycles(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("ZAGUAN_DATA", str(tmp_path))
    app = serve.application()
    assert serve.application() is app, "a process loads it once"
    assert "/entidades" in {rule.rule for rule in app.url_map.iter_rules()}
    assert not any(one is app for one in gc.get_objects())


@pytest.mark.nightly("servers")
@pytest.mark.usefixtures("unloaded")
def test_cases_are_counted_before_processes_are_forked(
    walk: Walk, database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    walk.begin_at("training")
    monkeypatch.setenv("ZAGUAN_DATA", str(tmp_path))
    monkeypatch.setenv("ZAGUAN_DATABASE_URL", database_url)
    engine = serve.application().extensions["engine"]
    assert engine.pool.checkedin() == 0, "no connection is left for the forks"
    with db.open_session(engine, writes=False) as session, statements(engine) as sent:
        assert programme.count_all(session) == 1
    assert not [one for one in sent if "holding" in one or "FROM task" in one]

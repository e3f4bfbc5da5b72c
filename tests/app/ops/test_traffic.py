"""Figures of requests, of the machine, and of mails: what they count, and that they are few."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

from app import create_app
from app.ops import backup, serve, worker
from app.ops.health import machine, metrics, traffic
from tests.app.ops.test_health import TOKEN, a_mail, bearer
from tests.app.walk import Walk
from tests.conftest import Clock
from tests.pages import CheckingClient
from tests.tree import ROOT

Figures = dict[tuple[str, ...], float]


@pytest.fixture
def counting(app: Flask) -> Iterator[Flask]:
    """Yield the application with the setting for metrics."""
    made = create_app(app.config | {"METRICS_TOKEN": TOKEN})
    made.test_client_class = CheckingClient
    yield made
    made.extensions["engine"].dispose()


def figures(app: Flask) -> Figures:
    """Return each figure by its name and the values of its labels."""
    text = app.test_client().get("/metricas", headers=bearer(TOKEN)).text
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.mark.nightly("servers")
def test_requests_are_counted_by_kind_of_page_and_status(counting: Flask):
    before, client = figures(counting), counting.test_client()
    for path in ("/visitas", "/visitas?q=quispe", "/visita/NOSUCHCODE", "/no/hay/nada/12345678"):
        client.get(path)
    after = figures(counting)
    more = {name: after[name] - before.get(name, 0) for name in after if "requests" in name[0]}
    assert {name: count for name, count in more.items() if count} == {
        ("zaguan_requests_total", "register.public", "2xx"): 2,
        ("zaguan_requests_total", "register.public", "4xx"): 1,
        ("zaguan_requests_total", "none", "4xx"): 1,
        ("zaguan_requests_total", "ops.health", "2xx"): 1,
    }
    name = ("zaguan_request_seconds_count", "register.public")
    assert after[name] - before.get(name, 0) == 3
    assert after["zaguan_request_seconds_sum", "register.public"] > 0


@pytest.mark.nightly("servers")
def test_an_error_in_a_page_is_counted(counting: Flask, monkeypatch: pytest.MonkeyPatch):
    counting.config["PROPAGATE_EXCEPTIONS"] = False
    name = ("zaguan_requests_total", "register.public", "5xx")
    before = figures(counting).get(name, 0)
    endpoint = counting.url_map.bind("").match("/visitas")[0]
    monkeypatch.setitem(counting.view_functions, endpoint, lambda: 1 / 0)
    assert counting.test_client().get("/visitas").status_code == 500
    assert figures(counting)[name] == before + 1


def test_kinds_of_pages_are_few_and_hold_nothing_of_an_address(counting: Flask):
    endpoints = {rule.endpoint.rpartition(".")[0] for rule in counting.url_map.iter_rules()}
    modules = {counting.blueprints[name].import_name for name in endpoints - {""}}
    kinds = {tuple(module.split(".")[:3]) for module in modules}
    assert 20 < len(kinds) < 60
    for kind in kinds:
        place = ROOT.joinpath(*kind)
        assert place.is_dir() or place.with_suffix(".py").is_file(), kind


def test_without_the_setting_nothing_is_counted(app: Flask):
    assert not any(
        function.__module__ == "app.ops.health.traffic"
        for function in app.after_request_funcs[None]
    )


def test_the_machine_and_what_runs_on_it(counting: Flask, monkeypatch: pytest.MonkeyPatch):
    found = figures(counting)
    (build,) = (name for name in found if name[0] == "zaguan_build_info")
    assert set(build[1:]) == set(machine.build().values())
    disk = os.statvfs(counting.config["DATA"])
    size = found["zaguan_disk_bytes", "used"] + found["zaguan_disk_bytes", "free"]
    assert size == disk.f_blocks * disk.f_frsize
    assert found["zaguan_disk_bytes", "free"] > 0
    assert machine.disk(Path("/does/not/exist")) is None
    monkeypatch.setattr(machine, "disk", lambda _: None)
    assert "zaguan_disk" not in metrics.text(None, {}, Path("/does/not/exist")).decode()


def test_the_commit_comes_from_the_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "commit.txt").write_text("0123abcd\n")
    monkeypatch.setattr(machine, "COMMIT", tmp_path / "commit.txt")
    machine.build.cache_clear()
    assert machine.build()["commit"] == "0123abcd"
    machine.build.cache_clear()
    assert "app/ops/health/commit.txt" in (ROOT / "deploy" / "wheel").read_text("utf-8")


@pytest.mark.nightly("servers")
def test_mails_sent_in_the_last_day_are_counted(walk: Walk, clock: Clock):
    walk.app.config["METRICS_TOKEN"] = TOKEN
    before = figures(walk.app)["zaguan_mails_sent_day",]
    walk.add(a_mail(clock, "sent", sent_at=clock.moment))
    assert figures(walk.app)["zaguan_mails_sent_day",] == before + 1
    clock.forward(hours=25)
    assert figures(walk.app)["zaguan_mails_sent_day",] == 0


@pytest.mark.parametrize("in_memory", [True, False])
def test_a_folder_of_counters_belongs_to_a_server_and_is_deleted_after_it(
    in_memory: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    given = {"RUNTIME_DIRECTORY": str(tmp_path)} if in_memory else {}
    monkeypatch.setattr("tempfile.tempdir", "/does/not/exist" if in_memory else str(tmp_path))
    monkeypatch.setenv("ZAGUAN_METRICS_TOKEN", TOKEN)
    (tmp_path / "zaguan-counters-999999999-x").mkdir()
    (tmp_path / f"zaguan-counters-{os.getppid()}-x").mkdir()
    environ = dict(given)
    serve.share_counters(environ)
    folder = environ[traffic.FOLDER]
    assert Path(folder).stat().st_mode & 0o077 == 0
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {f"zaguan-counters-{os.getppid()}-x", Path(folder).name}
    serve.share_counters(environ)
    assert environ == {**given, traffic.FOLDER: folder}, "the operator's own folder stays"
    monkeypatch.delenv("ZAGUAN_METRICS_TOKEN")
    nothing: dict[str, str] = {}
    serve.share_counters(nothing)
    assert nothing == {}


def test_the_figures_of_all_processes_are_joined(
    counting: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The files of another process are read; `test_monitoring` runs real ones."""
    from prometheus_client import values

    theirs: Any = values.MultiProcessValue(lambda: 4711)
    monkeypatch.setenv(traffic.FOLDER, str(tmp_path))
    labels = (("page", "status"), ("register.desk", "2xx"))
    theirs("counter", "zaguan_requests", "zaguan_requests_total", *labels, "Requests").inc(7)
    assert figures(counting)["zaguan_requests_total", "register.desk", "2xx"] == 7


@pytest.mark.nightly("servers")
def test_the_newest_backup_is_noted_for_monitors(walk: Walk, clock: Clock, tmp_path: Path):
    walk.app.config["METRICS_TOKEN"] = TOKEN
    name = ("zaguan_backup_timestamp_seconds",)
    assert name not in figures(walk.app)
    for _ in range(2):
        backup.back_up(walk.app, tmp_path / "backup")
        assert figures(walk.app)[name] == clock.moment.timestamp()
        clock.forward(hours=5)
    with walk.reading() as session:
        assert "  backup     5 h ago\n" in str(worker.read(session))

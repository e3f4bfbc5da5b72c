"""The alerts and the dashboard that are shipped: Debian's Prometheus and Alertmanager run them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
import yaml

from app import create_app
from app.ops import backup, worker
from app.ops.worker.turns import turn
from tests.app.base.test_logs import answers
from tests.app.installed import make_ready
from tests.app.together import until
from tests.network import free_port
from tests.tree import ROOT

SHIPPED = ROOT / "deploy" / "prometheus"
TOKEN = "a-word-for-monitors"
#: Requests that the tests send, over two web processes.
SENT = 40


def checked(*command: str) -> str:
    """Return the output of a program that must succeed in the folder of what is shipped."""
    run = subprocess.run(command, cwd=SHIPPED, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


@pytest.mark.starts("promtool", "amtool")
def test_promtool_and_amtool_accept_what_is_shipped():
    rules = checked("promtool", "check", "rules", "--lint=all", "--lint-fatal", "zaguan.rules.yml")
    assert "rules found" in rules
    checked("promtool", "check", "config", "--syntax-only", "prometheus.yml")
    checked("amtool", "check-config", "alertmanager.yml")


@pytest.mark.starts("promtool")
@pytest.mark.nightly("servers")
def test_each_alert_is_tested_by_promtool():
    assert "SUCCESS" in checked("promtool", "test", "rules", "zaguan.rules.test.yml")
    rules = (SHIPPED / "zaguan.rules.yml").read_text("utf-8")
    tests = (SHIPPED / "zaguan.rules.test.yml").read_text("utf-8")
    names = set(re.findall(r"alert: (\w+)", rules))
    assert len(names) > 10
    assert {name for name in names if name not in tests} == set()


def instances() -> list[str]:
    """Return the addresses of the instances of web processes to which nginx passes requests."""
    return re.findall(
        r"^    server (\S+:\d+)", (ROOT / "deploy/nginx.conf").read_text("utf-8"), re.M
    )


def test_each_instance_behind_nginx_is_a_target_and_has_a_unit():
    assert len(instances()) == 2
    operations = (ROOT / "docs" / "operations.md").read_text("utf-8")
    example = re.search(r"```yaml\n(scrape_configs:.*?)```", operations, re.S)
    assert example is not None
    for text in (example[1], (SHIPPED / "prometheus.yml").read_text("utf-8")):
        (job,) = yaml.safe_load(text)["scrape_configs"]
        assert job["static_configs"] == [{"targets": instances()}]
        assert job.get("scheme", "http") == "http"
    rules = (SHIPPED / "zaguan.rules.yml").read_text("utf-8")
    units = {one.name for one in (ROOT / "deploy" / "systemd").iterdir()}
    named = re.findall(r"systemctl status '?([\w@-]+)", rules)
    assert len(named) == 2
    assert {f"{name}.service" for name in named} <= units


# Running ---------------------------------------------------------------------------------------


@contextmanager
def running(*command: str, **environment: str) -> Iterator[None]:
    """Run a program, and end it."""
    begun = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **environment}, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        begun.terminate()
        begun.wait(20)


def fetched(url: str, token: str = "") -> str:
    """Return what an address answers."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as page:
        text: str = page.read().decode()
        return text


@pytest.fixture(scope="module")
def zaguan(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Yield the port of an installation with two web processes, a tick, and some requests."""
    data, port = tmp_path_factory.mktemp("data"), free_port()
    settings = {
        "ZAGUAN_DATA": str(data),
        "ZAGUAN_SECRET_KEY": "x" * 40,
        "ZAGUAN_METRICS_TOKEN": TOKEN,
        "PYTHONPATH": str(ROOT),
        "TMPDIR": str(data),
    }
    make_ready(data)
    app = create_app({"DATA": data, "SECRET_KEY": "x" * 40})
    turn(app, worker.JOBS["tick"])
    backup.back_up(app, tmp_path_factory.mktemp("copies") / "backup")
    app.extensions["engine"].dispose()
    web = (sys.executable, "-m", "app.ops.cli", "web", "--port", str(port), "--workers", "2")
    with running(*web, **settings):
        until(lambda: answers(port))
        yield port


@pytest.fixture(scope="module")
def prometheus(zaguan: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the address of a Prometheus that reads the installation every second, by the shipped
    configuration; its alerts do not wait.
    """
    folder, own, alerts = tmp_path_factory.mktemp("prometheus"), free_port(), free_port()
    config = (SHIPPED / "prometheus.yml").read_text("utf-8")
    for old, new in {
        "30s": "1s",
        "127.0.0.1:9093": f"127.0.0.1:{alerts}",
        json.dumps(instances()): f'["127.0.0.1:{zaguan}", "127.0.0.1:{free_port()}"]',
    }.items():
        assert old in config
        config = config.replace(old, new)
    rules = (SHIPPED / "zaguan.rules.yml").read_text("utf-8")
    manager = (SHIPPED / "alertmanager.yml").read_text("utf-8")
    for name, text in {
        "prometheus.yml": config,
        "zaguan.rules.yml": re.sub(r"for: \d+[mh]", "for: 0s", rules),
        "alertmanager.yml": manager.replace("group_wait: 30s", "group_wait: 1h"),
        "zaguan-token": TOKEN,
    }.items():
        (folder / name).write_text(text, encoding="utf-8")
    with ExitStack() as opened:
        opened.enter_context(
            running(
                "prometheus-alertmanager",
                f"--config.file={folder}/alertmanager.yml",
                f"--storage.path={folder}/alerts",
                f"--web.listen-address=127.0.0.1:{alerts}",
                "--cluster.listen-address=",
            )
        )
        opened.enter_context(
            running(
                "prometheus",
                f"--config.file={folder}/prometheus.yml",
                f"--storage.tsdb.path={folder}/data",
                f"--web.listen-address=127.0.0.1:{own}",
            )
        )
        address = f"http://127.0.0.1:{own}"
        until(lambda: is_read(address))
        yield f"{address} http://127.0.0.1:{alerts}"


def is_read(address: str) -> bool:
    """Return whether Prometheus has read the installation twice."""
    try:
        found = query(address, 'count_over_time(zaguan_build_info{job="zaguan"}[1m])')
    except OSError:
        return False
    return bool(found) and float(found[0]["value"][1]) > 2


def query(address: str, expression: str) -> list[dict[str, Any]]:
    """Return the result of a query."""
    encoded = urllib.parse.urlencode({"query": expression})
    answer = json.loads(fetched(f"{address}/api/v1/query?{encoded}"))
    assert answer["status"] == "success", expression
    result: list[dict[str, Any]] = answer["data"]["result"]
    return result


@pytest.mark.nightly("servers")
def test_each_web_process_answers_for_all(zaguan: int):
    address = f"http://127.0.0.1:{zaguan}"
    counter = re.compile(r'zaguan_requests_total{page="register.public",status="2xx"} ([\d.]+)')
    before = sum(map(float, counter.findall(fetched_metrics(zaguan))))
    for _ in range(SENT):
        fetched(f"{address}/visitas")
    after = {float(counter.findall(fetched_metrics(zaguan))[0]) for _ in range(10)}
    assert after == {SENT + before}, "both processes answered, and both say the same"


@pytest.mark.nightly("servers")
def test_each_panel_of_the_dashboard_shows_something(zaguan: int, prometheus: str):
    address = prometheus.split(maxsplit=1)[0]
    fetched(f"http://127.0.0.1:{zaguan}/visitas")
    dashboard = json.loads((SHIPPED / "dashboard.json").read_text("utf-8"))
    until(lambda: query(address, "sum(rate(zaguan_requests_total[1m])) > 0"))
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    assert len(expressions) > 12
    for expression in expressions:
        assert query(address, expression.replace("$__rate_interval", "1m")), expression
    places = [panel["gridPos"] for panel in dashboard["panels"]]
    assert all(place["x"] + place["w"] <= 24 for place in places)


#: Figures that have no value in a new installation.
WITHOUT_VALUE = {"zaguan_stuck", "zaguan_chain_info"}


@pytest.mark.nightly("servers")
def test_rules_and_dashboard_use_only_figures_that_exist(zaguan: int):
    there = set(re.findall(r"^(zaguan_\w+)", fetched_metrics(zaguan), re.MULTILINE))
    for name in ("zaguan.rules.yml", "dashboard.json"):
        text = (SHIPPED / name).read_text("utf-8")
        used = set(re.findall(r"\bzaguan_[a-z_]+", text))
        assert used - there - WITHOUT_VALUE == set(), name
    assert metric_names(fetched_metrics(zaguan)) >= WITHOUT_VALUE


def fetched_metrics(port: int) -> str:
    return fetched(f"http://127.0.0.1:{port}/metricas", TOKEN)


def metric_names(text: str) -> set[str]:
    """Return the names of the figures, also of those that have no value now."""
    return set(re.findall(r"^# TYPE (\w+)", text, re.MULTILINE))


@pytest.mark.nightly("servers")
def test_the_rules_run_and_an_alert_reaches_the_alertmanager(prometheus: str):
    address, manager = prometheus.split()
    rules = json.loads(fetched(f"{address}/api/v1/rules"))["data"]["groups"][0]["rules"]
    until(lambda: all(rule["health"] == "ok" for rule in rules_of(address)))
    assert len(rules) > 10
    until(lambda: any("ZaguanDown" in json.dumps(one) for one in alerts_of(manager)))
    (alert,) = (one for one in alerts_of(manager) if one["labels"]["alertname"] == "ZaguanDown")
    assert alert["labels"]["severity"] == "page"
    assert [receiver["name"] for receiver in alert["receivers"]] == ["page"]


def rules_of(address: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(fetched(f"{address}/api/v1/rules"))["data"]["groups"][
        0
    ]["rules"]
    return found


def alerts_of(manager: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(fetched(f"{manager}/api/v2/alerts"))
    return found

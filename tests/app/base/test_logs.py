"""Logs of processes: a line of JSON each, with ids and without personal data."""

from __future__ import annotations

import io
import json
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import DatabaseError

from app.base import db, logging_setup
from app.onboarding.entity_list import standing
from tests.app import cast
from tests.app.installed import make_ready
from tests.app.together import until
from tests.app.walk import Walk
from tests.tree import ROOT


class Lines:
    """The lines logged so far."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def all(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]

    def of(self, logger: str) -> list[dict[str, Any]]:
        return [line for line in self.all if line["logger"] == logger]


@pytest.fixture
def logged() -> Lines:
    """Return the log lines of this process, as JSON."""
    lines = Lines()
    logging_setup.configure("json", lines.stream)
    return lines


# Masks -----------------------------------------------------------------------------------------


def test_what_looks_like_a_person_is_masked_next_to_another_too():
    for text, masked_text in [
        ("DNI 40000021 is unknown", "DNI (number) is unknown"),
        ("RUC20131370645", "RUC(number)"),
        ("no such <Persona.021@example.pe>, gone", "no such <(address)>, gone"),
        ("b'550 5.1.1 persona@muni.example.pe: unknown'", "b'550 5.1.1 (address): unknown'"),
        ("Key\nDETAIL:  Failing row (1, María Ejemplo).", "Key\nDETAIL: (left out)"),
        ("POST /clave/" + "aB3" * 14 + "x", "POST /clave/(secret)"),
        ("Invalid request from ip=192.0.2.7: x", "Invalid request from ip=(left out) x"),
        ("instance 4711 at 12:30:05, task 7", "instance 4711 at 12:30:05, task 7"),
        ("bounce+persona=example.pe@zaguan.example.pe", "(address)"),
        ("", ""),
    ]:
        assert logging_setup.masked(text) == masked_text
    for text in [
        "a@b.pe:c@d.pe",
        "'a@b.pe':'c@d.pe'",
        "a@@b.pe",
        "@a@b.pe",
        "a@b.pe@",
        'a@b.pe@"x"',
    ]:
        assert "(address)" in logging_setup.masked(text)
        assert not re.search(r"[abcd](?:\.pe|@)", logging_setup.masked(text))


@pytest.mark.nightly
@given(st.text(), st.emails(), st.from_regex(r"[0-9]{8,12}", fullmatch=True), st.text())
def test_no_address_and_no_number_comes_through(before: str, address: str, number: str, after: str):
    masked_text = logging_setup.masked(f"{before} {address} {number} {after}")
    assert not re.search(r"\d{8,}", masked_text)
    assert address not in masked_text


# Lines -----------------------------------------------------------------------------------------


def test_masking_reads_a_long_word_once():
    """Each pattern begins only at the start of a run of characters, however long the run is."""
    for word in ("a" * 100, "a:" * 50, "A1-" * 40, "'" * 100):
        assert [found.span() for found in logging_setup.RUN.finditer(word)] == [(0, len(word))]
        for pattern, _ in logging_setup.MASKS:
            for start in range(1, len(word)):
                found = pattern.match(word, start)
                assert found is None or not re.match(r"\w", word[start - 1]), (pattern, start)


def test_a_line_is_json_with_a_moment_and_only_what_is_allowed(logged: Lines):
    logging.getLogger("app.ops.worker").info(
        "done\nwith it",
        extra={
            "job": "tick",
            "counts": {"woken": 3, "who": "María"},
            "name_of": "María",
            "ms": 1.5,
        },
    )
    (line,) = logged.all
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("at"))
    assert line.pop("pid") == os.getpid()
    assert line == {
        "level": "info",
        "logger": "app.ops.worker",
        "message": "done\nwith it",
        "job": "tick",
        "counts": {"woken": 3},
        "ms": 1.5,
    }


def test_a_traceback_stays_on_its_line_and_is_masked(logged: Lines):
    try:
        int("of persona@example.pe, 40000021")
    except ValueError:
        logging.getLogger("x").exception("it failed for %s", "persona@example.pe")
    assert len(logged.text.splitlines()) == 1
    (line,) = logged.all
    assert line["message"] == "it failed for (address)"
    assert line["exc_info"].endswith("with base 10: 'of (address), (number)'")


def test_plain_lines_are_warnings_and_masked_too(logged: Lines):
    stream = io.StringIO()
    logging_setup.configure("plain", stream)
    logging.getLogger("x").info("nothing")
    logging.getLogger("x").warning("of %s", "persona@example.pe")
    assert stream.getvalue() == "WARNING x: of (address)\n"


def test_an_error_of_the_database_shows_no_parameters(app: Flask, logged: Lines):
    with app.app_context(), db.writing(app) as session:
        cast.person(session, "40000021")
        with pytest.raises(DatabaseError) as fault:
            cast.person(session, "40000021")
        session.rollback()
    logging.getLogger("x").error("it failed", exc_info=fault.value)
    for secret in ("40000021", "Persona", "persona.021", "example.pe"):
        assert secret not in logged.text


# Requests --------------------------------------------------------------------------------------


def test_each_request_has_a_line_with_its_route_and_not_what_was_typed(walk: Walk, logged: Lines):
    walk.begin()
    client = walk.browser("sip")
    task_id = walk.task("designate_administrator").id
    for path in (
        "/entidades?q=Gutiérrez",
        "/entidades/E90001",
        f"/tareas/{task_id}/texto/nada",
        "/invitacion/a-secret-word",
        "/nada/40000021",
    ):
        client.get(path)
    masked_text = logged.of("app.requests")
    assert [(line["method"], line["route"], line["status"]) for line in masked_text] == [
        ("GET", "/entidades", 200),
        ("GET", "/entidades/<code>", 200),
        ("GET", "/tareas/<int:task_id>/texto/<kind>", 404),
        ("GET", "/invitacion/<token>", masked_text[3]["status"]),
        ("GET", "", 404),
    ]
    assert all(line["ms"] >= 0 for line in masked_text)
    assert len({line["request_id"] for line in masked_text}) == 5
    for secret in ("Guti", "a-secret-word", "40000021", "nada"):
        assert secret not in logged.text


def test_the_code_of_an_error_page_is_in_the_log_and_so_is_the_request(
    walk: Walk, logged: Lines, monkeypatch: pytest.MonkeyPatch
):
    def broken(*_: object) -> None:
        raise RuntimeError("of persona@example.pe")

    monkeypatch.setattr(standing, "standings", broken)
    walk.app.testing = False
    walk.app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = walk.browser("sip").get("/entidades")
    (line,) = [one for one in logged.all if one["level"] == "error"]
    assert line["incident"] in answer.text
    assert line["request_id"] == answer.headers["X-Request-ID"]
    assert "RuntimeError: of (address)" in line["exc_info"]


def test_an_odd_method_is_no_way_to_write_into_the_log(app: Flask, logged: Lines):
    app.test_client().open("/", method="PERSONA@EXAMPLE.PE")
    assert logged.of("app.requests")[0]["method"] == "(address)"


# Served ----------------------------------------------------------------------------------------


@pytest.fixture
def said(tmp_path: Path) -> Path:
    """Return the path of the log of the served processes."""
    return tmp_path / "said"


@pytest.fixture
def served(tmp_path: Path, said: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Yield web and worker together, as `make run` starts them, once both have started."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "ZAGUAN_DATA": str(tmp_path)}
    environment |= {"ZAGUAN_LOG": "json"}
    make_ready(tmp_path)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with said.open("w") as stream:
        begun = subprocess.Popen(
            [sys.executable, "-m", "app.ops.cli", "serve", "--port", str(port), "--workers", "1"],
            env=environment, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=stream,
        )  # fmt: skip
    until(lambda: "working" in said.read_text() and answers(port))
    yield begun
    begun.terminate()
    begun.wait(20)


@pytest.mark.nightly
def test_what_is_served_speaks_json_line_by_line(served: subprocess.Popen[bytes], said: Path):
    served.terminate()
    assert served.wait(20) == 0
    lines = [json.loads(line) for line in said.read_text().splitlines()]
    assert {"app.requests", "app.ops.worker.process"} <= {line["logger"] for line in lines}
    assert {"/ayuda"} == {line["route"] for line in lines if line["logger"] == "app.requests"}
    assert [line for line in lines if line["level"] == "error"] == []


@pytest.mark.nightly
def test_what_is_served_ends_when_its_worker_dies(served: subprocess.Popen[bytes], said: Path):
    lines = [json.loads(line) for line in said.read_text().splitlines()]
    (worker,) = [line["pid"] for line in lines if line["message"] == "working"]
    os.kill(worker, signal.SIGKILL)
    assert served.wait(20) == 1


def answers(port: int) -> bool:
    """Return whether a server answers there."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/ayuda", timeout=5) as page:
            return bool(page.status == 200)
    except OSError:
        return False

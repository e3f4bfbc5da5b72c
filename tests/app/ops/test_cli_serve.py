"""`zaguan serve`: a port that is taken or none, and what a web process begins with."""

from __future__ import annotations

import gc
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from app.ops import serve
from tests.tree import ROOT

# serve ----------------------------------------------------------------------------------------

Run = Callable[..., tuple[int, str, str]]


def test_a_port_that_is_taken_is_a_sentence(run: Run):
    run("migrate")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, _, err = run("serve", "--port", str(port))
    assert code == 1
    assert f"Port {port} of 127.0.0.1 is taken" in err


def test_a_port_that_is_taken_is_said_before_anything_is_set_up(run: Run, tmp_path: Path):
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


@pytest.mark.parametrize("port", ["-1", "65536", "99999999999999999999"])
def test_a_port_that_is_none_is_a_sentence(run: Run, port: str):
    run("migrate")
    code, _, err = run("serve", "--port", port)
    assert code in (1, 2)
    assert port in err


@pytest.mark.slow_by_nature("starts a process that loads the application")
def test_what_a_web_process_has_from_its_start_is_not_looked_through_for_cycles(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("ZAGUAN_DATA", str(tmp_path))
    try:
        app = serve.application()
        assert "/entidades" in {rule.rule for rule in app.url_map.iter_rules()}
        assert not any(one is app for one in gc.get_objects())
    finally:
        gc.unfreeze()

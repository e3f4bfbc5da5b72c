"""Serving ends within its time, even if a process still waits for a client."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from app.ops import serve

DEAF = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "print('ready', flush=True); time.sleep(60)"
)


def test_a_process_that_does_not_end_is_killed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(serve, "PATIENCE", 1)
    command = [sys.executable, "-c", DEAF]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(2)]
    for process in running:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
    began = time.monotonic()
    serve.end(running)
    assert time.monotonic() - began < 10
    assert all(process.returncode for process in running)
    for process in running:
        assert process.stdout is not None
        process.stdout.close()

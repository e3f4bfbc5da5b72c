"""Serving ends within its time, even if a process still waits for a client."""

from __future__ import annotations

import multiprocessing
import signal
import time
from multiprocessing.synchronize import Event

import pytest

from app.ops import supervisor


def deaf(is_ready: Event) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    is_ready.set()
    time.sleep(60)


def test_a_process_that_does_not_end_is_killed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(supervisor, "PATIENCE", 1)
    context = multiprocessing.get_context("fork")
    ready = [context.Event() for _ in range(2)]
    running = [context.Process(target=deaf, args=(one,)) for one in ready]
    for process, one in zip(running, ready, strict=True):
        process.start()
        assert one.wait(20)
    began = time.monotonic()
    supervisor.end(running)
    assert time.monotonic() - began < 10
    assert [process.exitcode for process in running] == [-signal.SIGKILL] * 2

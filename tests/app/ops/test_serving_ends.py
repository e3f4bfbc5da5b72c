"""Serving ends within its time, even if a process still waits for a client."""

from __future__ import annotations

import multiprocessing
import os
import select
import signal
import sys
import time
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event

import pytest
from flask import Flask
from gunicorn.app import wsgiapp

from app.base import logging_setup
from app.ops import serve, supervisor, worker


def deaf(is_ready: Event) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    is_ready.set()
    time.sleep(60)


@pytest.mark.nightly("servers")
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


def ended_while_it_starts(app: Flask, started: int) -> None:
    """Supervise two sleeping processes; send SIGTERM after `started` of them. For a fork."""
    patch, begin = pytest.MonkeyPatch(), BaseProcess.start
    patch.setattr(serve, "application", lambda: app)
    patch.setattr(wsgiapp, "run", lambda: time.sleep(60))
    patch.setattr(worker, "run", lambda _: time.sleep(60))
    patch.setattr(logging_setup, "configure", lambda _: None)
    begun: list[BaseProcess] = []

    def start(process: BaseProcess) -> None:
        begin(process)
        begun.append(process)
        if len(begun) == started:
            os.kill(os.getpid(), signal.SIGTERM)

    patch.setattr(BaseProcess, "start", start)
    patch.setattr(supervisor, "PATIENCE", 60)
    sys.exit(supervisor.main("127.0.0.1", 1, 1))


@pytest.mark.nightly("servers")
@pytest.mark.parametrize("started", [1, 2])
def test_a_signal_while_it_starts_leaves_no_process(app: Flask, started: int):
    ours, theirs = os.pipe()  # at its end when all processes that have `theirs` have ended
    context = multiprocessing.get_context("fork")
    process = context.Process(target=ended_while_it_starts, args=(app, started))
    process.start()
    os.close(theirs)
    waiting = select.poll()  # which takes any number of a file
    waiting.register(ours)
    ended = waiting.poll(20_000)
    os.close(ours)
    process.join(20)
    assert process.exitcode == 0
    assert ended, "a process is left"

"""Jobs that run at once, and processes that die in the middle of a job."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
import warnings
from collections.abc import Callable
from typing import Any

from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import Session

#: Seconds after which a wait fails.
PATIENCE = 60


def together(*jobs: Callable[[], Any]) -> list[Any]:
    """Run jobs in threads that begin at the same moment; return what each returned or raised."""
    gate = threading.Barrier(len(jobs))
    results: list[Any] = [None] * len(jobs)

    def run(place: int) -> None:
        gate.wait(PATIENCE)
        try:
            results[place] = jobs[place]()
        except Exception as error:  # noqa: BLE001 - it is what the test wants to see
            results[place] = error

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive(), "a thread waits for ever"
    return results


def meeting(function: Callable[..., Any], people: int, patience: float) -> Callable[..., Any]:
    """Return the function, before which `people` threads wait for each other, `patience` seconds.

    Where the database lets one writer in at a time, they cannot meet: then none waits long.
    """
    gate = threading.Barrier(people)

    def wait_and_call(*args: Any, **kwargs: Any) -> Any:
        with contextlib.suppress(threading.BrokenBarrierError):
            gate.wait(patience)
        return function(*args, **kwargs)

    return wait_and_call


def killed(app: Flask, job: Callable[[], Any], when: str, number: int = 1) -> bool:
    """Run a job in a new process that is killed (-9) at an event; return whether it was killed.

    `when` is an event of SQLAlchemy's Session, `number` says at which of its occurrences.
    """
    seen = 0

    def die(*_: Any) -> None:
        nonlocal seen
        seen += 1
        if seen == number:
            os.kill(os.getpid(), signal.SIGKILL)

    def listen_and_run() -> None:
        event.listen(Session, when, die)
        job()

    return exit_code(forked(app, listen_and_run)) == -signal.SIGKILL


def forked(app: Flask, job: Callable[[], Any]) -> int:
    """Run a job in a new process; return its id."""
    with warnings.catch_warnings():
        # The test runner has threads; the child needs none of them.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        try:
            # Connections are the parent's: the child leaves them alone and makes its own.
            app.extensions["engine"].dispose(close=False)
            job()
        finally:
            os._exit(3)
    return child


def exit_code(child: int) -> int:
    """Wait for a process of `forked`; return its exit code, negative for a signal."""
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def until(condition: Callable[[], Any], patience: float = PATIENCE) -> None:
    """Wait until a condition holds, at most `patience` seconds."""
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, "the condition never held"
        time.sleep(0.02)

"""Processes that are killed (-9) at moments spread evenly over their run."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from flask import Flask

from tests.app.together import exit_code, forked


def length(app: Flask, job: Callable[[], Any]) -> int:
    """Return the number of calls of Python functions in a complete run of a job, in a separate
    process.
    """
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "calls"

        def count() -> None:
            seen = _counting(job, None)
            result.write_text(str(seen))
            os._exit(0)

        code = exit_code(forked(app, count))
        assert code == 0, f"the job itself failed: {code}"
        return int(result.read_text())


def moments(calls: int, number: int) -> Iterator[int]:
    """Yield `number` moments, spread evenly over the calls."""
    yield from (calls * (2 * place + 1) // (2 * number) for place in range(number))


def kill_at(app: Flask, job: Callable[[], Any], call: int) -> bool:
    """Run a job in a separate process and kill it at a call.

    Return whether it reached that call.
    """
    return exit_code(forked(app, lambda: _counting(job, call))) == -signal.SIGKILL


def _counting(job: Callable[[], Any], last: int | None) -> int:
    seen = 0

    def look(frame: Any, event: str, argument: Any) -> None:
        nonlocal seen
        if event == "call":
            seen += 1
            if seen == last:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(look)
    try:
        job()
    finally:
        sys.setprofile(None)
    return seen

"""Run web processes and a worker from one process that has loaded the application.

Both are forked from it, so they share the memory of what is loaded. `app.ops.serve.serve` starts
this module in a process whose environment is complete: `python -m app.ops.supervisor`.
"""

from __future__ import annotations

import multiprocessing
import signal
import sys
import time
from collections.abc import Sequence
from multiprocessing.process import BaseProcess

import click
from flask import Flask
from gunicorn.app import wsgiapp

from app.base import logging_setup
from app.ops import serve, worker

#: Seconds that all processes have to end.
PATIENCE = 15
#: The signals that end it. They wait while processes start, so that none is left behind.
ENDINGS = (signal.SIGTERM, signal.SIGINT)


def main(host: str, port: int, workers: int) -> int:
    """Run web processes and the worker until Ctrl-C (0), or until one of them dies (1)."""
    app = serve.application()
    fork = multiprocessing.get_context("fork")
    running = [
        fork.Process(target=_serve_pages, args=(host, port, workers)),
        fork.Process(target=_work, args=(app,)),
    ]
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)
    for process in running:
        process.start()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDINGS)
        click.echo(f"Zaguán: {serve.address(host, port)} (Ctrl-C to stop)")
        while all(process.is_alive() for process in running):
            time.sleep(0.5)
    except KeyboardInterrupt:
        return 0
    else:
        return 1
    finally:
        end(running)


def _serve_pages(host: str, port: int, workers: int) -> None:
    """Become gunicorn, which finds the application loaded."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDINGS)
    _, _, *arguments = serve.web_command(host, port, workers)
    sys.argv = [*arguments, "--graceful-timeout", str(serve.GRACE)]
    wsgiapp.run()


def _work(app: Flask) -> None:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDINGS)
    logging_setup.configure(app.config["LOG"])
    try:
        worker.run(app)
    except worker.AnotherWorker as fault:
        sys.exit(str(fault))


def end(running: Sequence[BaseProcess]) -> None:
    """Terminate processes. Kill one that still runs after `PATIENCE` seconds."""
    for process in running:
        process.terminate()
    until = time.monotonic() + PATIENCE
    for process in running:
        process.join(max(0, until - time.monotonic()))
        if process.is_alive():
            process.kill()
            process.join()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))

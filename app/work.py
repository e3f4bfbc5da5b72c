"""Serving and letting time pass: the web processes, and the one worker with its clock."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import Any

import click
from apscheduler.schedulers.blocking import BlockingScheduler
from flask import Flask

from app import processes

TICK_SECONDS = 60


def run_worker(app: Flask) -> None:
    """Ticks every minute; a tick that is late is dropped, never replayed, never doubled."""
    logging.basicConfig(level=logging.WARNING)
    scheduler = BlockingScheduler(timezone="UTC")

    def stop(*_: Any) -> None:
        if scheduler.running:  # it may be told twice: by Ctrl-C, and by who started it
            scheduler.shutdown(wait=False)

    signal.signal(signal.SIGTERM, stop)
    scheduler.add_job(
        tick,
        "interval",
        args=[app],
        seconds=TICK_SECONDS,
        next_run_time=datetime.now(UTC),
        coalesce=True,
        max_instances=1,
        misfire_grace_time=TICK_SECONDS,
    )
    with contextlib.suppress(KeyboardInterrupt, SystemExit):
        scheduler.start()


def tick(app: Flask) -> None:
    """One tick, in the application's context."""
    with app.app_context():
        processes.tick(app.extensions["engine"])


def serve(host: str, port: int, workers: int) -> int:
    """Runs web processes and the worker until Ctrl-C or until one of them dies.

    Raises click.ClickException when the port is taken.
    """
    _must_be_free(host, port)
    environment = {**os.environ, "ZAGUAN_CLOCK_ORIGIN": datetime.now(UTC).isoformat()}
    # Threads would each keep freed memory for themselves.
    environment.setdefault("MALLOC_ARENA_MAX", "2")
    environment.setdefault("ZAGUAN_PUBLIC_URL", f"http://{host}:{port}")
    web = [
        *(sys.executable, "-m", "gunicorn", "app:create_app()"),
        *("--bind", f"{host}:{port}", "--workers", str(workers), "--threads", "4"),
        *("--preload", "--access-logfile", "/dev/null", "--log-level", "warning"),
    ]
    clock = [sys.executable, "-m", "app.cli", "worker"]
    running = [
        subprocess.Popen(command, env=environment)  # noqa: S603 - both are written above
        for command in (web, clock)
    ]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    click.echo(f"Zaguán: http://{host}:{port} (Ctrl-C to stop)")
    try:
        while all(process.poll() is None for process in running):
            time.sleep(0.5)
    except KeyboardInterrupt:
        return 0
    else:
        return 1
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(timeout=15)


def _must_be_free(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OverflowError:
            raise click.ClickException(f"{port} is no port: choose one up to 65535.") from None
        except OSError as fault:
            taken = fault.errno == errno.EADDRINUSE
            reason = "is taken" if taken else f"cannot be used ({fault.strerror})"
            raise click.ClickException(
                f"Port {port} of {host} {reason}: choose another, PORT=8001."
            ) from None

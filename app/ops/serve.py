"""Serve the product: the application of web processes, and their command."""

from __future__ import annotations

import errno
import gc
import logging
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import MutableMapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import NoReturn

import click
from flask import Flask
from gunicorn.config import Config
from gunicorn.glogging import Logger
from sqlalchemy.exc import SQLAlchemyError

from app import create_app
from app.base import config, db, logging_setup
from app.onboarding import programme
from app.ops import setup
from app.ops.health import traffic

logger = logging.getLogger(__name__)

#: Seconds that web processes give requests to end.
GRACE = 10
#: The worker class and the application for the command line of gunicorn.
WORKER_CLASS = "app.ops.web_worker.GuardedWorker"
APPLICATION = "app.ops.serve:application()"


@cache
def application() -> Flask:
    """Return the application of this process, loaded once; its forks have it, too.

    The objects that exist at the start are frozen: the garbage collector does not search them
    again, which would add 100 ms to a page now and then, and processes forked from this one share
    their memory.
    """
    app = create_app()
    setup.say_what_is_open(app)
    _count_all(app)
    gc.collect()
    gc.freeze()
    return app


def _count_all(app: Flask) -> None:
    """Count the cases before processes are forked; without a database, each counts its own."""
    engine = app.extensions["engine"]
    try:
        setup.must_be_set_up()
        with app.app_context(), db.open_session(engine, writes=False) as session:
            programme.count_all(session)
    except (setup.CannotSetUp, SQLAlchemyError) as reason:
        logger.warning("cases are counted when a page first needs it: %s", type(reason).__name__)
    finally:
        engine.dispose()  # a connection belongs to one process


class ServerLog(Logger):
    """Gunicorn's log in the format of the application (`app.base.logging_setup`)."""

    def setup(self, cfg: Config) -> None:
        """Set up as gunicorn does, without gunicorn's handlers."""
        super().setup(cfg)
        logging_setup.configure(config.load()["LOG"])
        self.error_log.handlers = []
        self.error_log.propagate = True


def web_command(host: str, port: int, workers: int, *, application: str = APPLICATION) -> list[str]:
    """Return the command of the web processes: gunicorn, with the log of the application.

    Operators add options of gunicorn in the environment, in `GUNICORN_CMD_ARGS`.
    """
    return [
        *(sys.executable, "-m", "gunicorn", application),
        *("--bind", f"{host}:{port}", "--workers", str(workers), "--threads", "4"),
        *("--worker-class", WORKER_CLASS),
        *("--preload", "--logger-class", "app.ops.serve.ServerLog", "--log-level", "warning"),
    ]


def share_counters(environ: MutableMapping[str, str]) -> None:
    """Name a new folder in the environment in which web processes count requests together.

    Its name has the id of this process, which runs or becomes the server. Folders of servers that
    ended are deleted. Without ZAGUAN_METRICS_TOKEN nothing is counted.

    It is in the folder RUNTIME_DIRECTORY, which systemd makes in memory: on a full disk, counting
    in a mapped file would kill the process (SIGBUS). Without that it is a temporary folder.
    """
    if environ.get(traffic.FOLDER) or not config.load(only_looking=True)["METRICS_TOKEN"]:
        return
    place = environ.get("RUNTIME_DIRECTORY") or tempfile.gettempdir()
    for old in Path(place).glob("zaguan-counters-*-*"):
        pid = old.name.split("-")[2]
        if old.stat().st_uid == os.getuid() and not _runs(int(pid)):
            shutil.rmtree(old, ignore_errors=True)
    made = tempfile.mkdtemp(prefix=f"zaguan-counters-{os.getpid()}-", dir=place)
    environ[traffic.FOLDER] = made


def _runs(pid: int) -> bool:
    """Return whether a process of this user runs."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, PermissionError):  # it ended; another user's has its number
        return False
    return True


def address(host: str, port: int) -> str:
    """Return the public address of an installation that has no setting for it."""
    return f"http://{host}:{port}"


def serve(host: str, port: int, workers: int) -> NoReturn:
    """Become the process that runs web processes and the worker (`app.ops.supervisor`).

    Raises click.ClickException when the port is taken.
    """
    must_be_free(host, port)
    environment = {**os.environ, "ZAGUAN_CLOCK_ORIGIN": datetime.now(UTC).isoformat()}
    share_counters(environment)
    # Otherwise each thread keeps the memory that it frees.
    environment.setdefault("MALLOC_ARENA_MAX", "2")
    environment["ZAGUAN_PUBLIC_URL"] = environment.get("ZAGUAN_PUBLIC_URL") or address(host, port)
    command = [sys.executable, "-m", "app.ops.supervisor", host, str(port), str(workers)]
    os.execve(command[0], command, environment)  # noqa: S606 - written above


def must_be_free(host: str, port: int) -> None:
    """Raise click.ClickException if the port cannot be listened on."""
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

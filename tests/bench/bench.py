"""A filled database to measure, and the server that is measured."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from flask import Flask
from sqlalchemy.orm import Session

from app import create_app
from app.base import db
from app.ops.serve import web_command
from app.register.suppression import listed
from tests.network import free_port, listens
from tests.statements import statements

SECRET = "bench " * 8


class Bench:
    """A filled database to measure."""

    def __init__(self, database: str, url: str, data: Path) -> None:
        self.database = database
        self.url = url
        self.data = data
        settings = {"DATABASE_URL": url, "DATA": data, "SECRET_KEY": SECRET}
        self.app: Flask = create_app(settings)
        self.engine = self.app.extensions["engine"]

    @contextmanager
    def session(self, *, writes: bool = False) -> Iterator[Session]:
        """Yield a session in the application's context."""
        with self.app.app_context(), db.open_session(self.engine, writes=writes) as opened:
            yield opened

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        """Collect the statements that this process sends inside the block."""
        with statements(self.engine) as sent:
            yield sent

    @contextmanager
    def served(self, workers: int = 1) -> Iterator[tuple[str, psutil.Process]]:
        """Serve the application by its real server, by default with one worker.

        Yields the address and a worker.
        """
        port = free_port()
        with self._running(web_command("127.0.0.1", port, workers)) as server:
            yield f"127.0.0.1:{port}", worker_of(server, port)

    @contextmanager
    def served_together(self) -> Iterator[tuple[str, psutil.Process]]:
        """Run web processes and worker by `zaguan serve`. Yields address and first process."""
        port = free_port()
        self._make_list()
        command = [sys.executable, "-m", "app.ops.cli", "serve", "--port", str(port)]
        with self._running(command) as server:
            worker_of(server, port)
            yield f"127.0.0.1:{port}", server

    def _make_list(self) -> None:
        """Make the list of suppressions without which nothing is served."""
        with self.session(writes=True) as session:
            listed.declare_none(session)
            session.commit()

    @contextmanager
    def _running(self, command: list[str]) -> Iterator[psutil.Process]:
        environment = {
            **os.environ,
            "ZAGUAN_DATABASE_URL": self.url,
            "ZAGUAN_DATA": str(self.data),
            "ZAGUAN_SECRET_KEY": SECRET,
            "ZAGUAN_PAGES_PER_MINUTE": "0",
        }
        server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        try:
            yield psutil.Process(server.pid)
        finally:
            server.terminate()
            server.wait(timeout=30)


def worker_of(server: psutil.Process, port: int) -> psutil.Process:
    """Return the server's worker once it answers (at most 30 s)."""
    for _ in range(300):
        time.sleep(0.1)
        if listens(port) and (children := server.children()):
            return children[0]
    raise TimeoutError("the server did not start")

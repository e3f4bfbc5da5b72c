"""The application behind its real server, in several processes, of which one can be killed."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from random import Random

import psutil

from app.ops import serve
from tests.app.together import until
from tests.network import free_port, listens


class Web:
    """A server whose master replaces each process that dies, as in service."""

    def __init__(
        self,
        environment: Mapping[str, str],
        log: Path,
        processes: int,
        seed: int,
        application: str = serve.APPLICATION,
    ) -> None:
        self.application = application
        self.environment = {**os.environ, **environment}
        self.path = log
        self.processes = processes
        self.random = Random(seed)
        self.port = free_port()
        self.killed: list[int] = []

    @property
    def address(self) -> str:
        """Return host and port."""
        return f"127.0.0.1:{self.port}"

    def __enter__(self) -> Web:
        command = serve.web_command(
            "127.0.0.1", self.port, self.processes, application=self.application
        )
        # A process that begins while the server ends does not hear the signal, and is killed then.
        command += ["--graceful-timeout", "10"]
        self.log = self.path.open("ab")
        self.master = subprocess.Popen(
            command, env=self.environment, stdout=self.log, stderr=self.log
        )
        try:
            until(self.answers)
        except AssertionError:
            self.__exit__()
            raise
        return self

    def answers(self) -> bool:
        """Return whether it takes connections, and has processes that answer."""
        return listens(self.port) and bool(self._living())

    def _living(self) -> list[int]:
        there = [child.pid for child in psutil.Process(self.master.pid).children()]
        return [pid for pid in there if pid not in self.killed]

    def __exit__(self, *_: object) -> None:
        self.master.terminate()
        self.master.wait(timeout=30)
        self.log.close()

    def kill_one(self) -> None:
        """Kill (-9) one of the processes that answer."""
        until(self._living)
        victim = self.random.choice(self._living())
        os.kill(victim, signal.SIGKILL)
        self.killed.append(victim)

    def kill_all(self) -> None:
        """Kill (-9) all processes that answer; the master starts others."""
        for pid in self._living():
            os.kill(pid, signal.SIGKILL)
            self.killed.append(pid)
        until(self._living)

    def last_words(self) -> str:
        """Return the last lines of the processes' log."""
        return self.path.read_text("utf-8")[-3000:]

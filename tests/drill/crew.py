"""Four workers in separate processes, one of which is killed every few seconds."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from random import Random

WORKERS = 4
#: Real seconds between two kills, and until the killed worker is replaced.
BETWEEN, AWAY = (4.0, 12.0), (0.2, 2.0)


class Crew:
    """Keeps the workers running although it kills them."""

    def __init__(self, environment: Mapping[str, str], log: Path, seed: int) -> None:
        self.environment = {**os.environ, **environment}
        self.path = log
        self.log = log.open("ab")
        self.random = Random(seed)
        self.kills: list[float] = []
        #: Workers that ended by themselves, which none should.
        self.gone = 0
        self._over = threading.Event()
        self._running = [self._start() for _ in range(WORKERS)]
        self._killer = threading.Thread(target=self._kill_on, daemon=True)

    def __enter__(self) -> Crew:
        self._killer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._killer.join()
        for worker in self._running:
            worker.terminate()
        for worker in self._running:
            worker.wait(timeout=30)
        self.log.close()

    def last_words(self) -> str:
        """Return the last lines of the workers' log."""
        return self.path.read_text("utf-8")[-3000:]

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "app.ops.cli", "worker"]
        return subprocess.Popen(command, env=self.environment, stdout=self.log, stderr=self.log)

    def _kill_on(self) -> None:
        while not self._over.wait(self.random.uniform(*BETWEEN)):
            place = self.random.randrange(WORKERS)
            worker = self._running[place]
            if worker.poll() is None:
                self.kills.append(time.monotonic())
                worker.send_signal(signal.SIGKILL)
                worker.wait()
            else:
                self.gone += 1
            time.sleep(self.random.uniform(*AWAY))
            self._running[place] = self._start()

"""The machine: programs of Debian, and our units without systemd."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

SETTINGS = Path("/etc/zaguan/zaguan.env")
LOGS = Path("/var/log/zaguan-try")
#: Seconds for whatever must become true.
PATIENCE = 90


class Failed(Exception):
    """A step did not do what the documentation says."""


def run(
    *words: str,
    user: str = "",
    text: str = "",
    cwd: str = "/",
    environment: Mapping[str, str] | None = None,
) -> str:
    """Run a program, as a user, with an input. Return its output. Raises Failed.

    `environment`: variables that are added to those of this process.
    """
    command = ["runuser", "-u", user, "--", *words] if user else list(words)
    done = subprocess.run(
        command,
        input=text,
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env={**os.environ, **(environment or {})},
        timeout=300,
    )
    if done.returncode != 0:
        raise Failed(f"{shlex.join(words)}: {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def zaguan(*words: str, environment: Mapping[str, str] | None = None) -> str:
    """Run a command of Zaguán as root, which makes it one of its user. Raises Failed."""
    return run("/usr/local/bin/zaguan", *words, environment=environment)


def wait_for(what: str, condition: Callable[[], object]) -> None:
    """Wait until a condition holds. Raises Failed with its name."""
    until = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > until:
            raise Failed(f"{what}: not within {PATIENCE} seconds")
        time.sleep(0.2)


def end_at_once(*pids: int) -> None:
    """Kill (-9) processes, and wait until none has a socket any more.

    Until then the kernel accepts connections for them, and a form sent over one is lost: nginx
    sends only a page that is read to another process.
    """
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    wait_for("the killed processes end", lambda: not any(map(_lives, pids)))


def _lives(pid: int) -> bool:
    """Return whether a thread of a process is not at its end."""
    for one in Path(f"/proc/{pid}/task").glob("*/stat"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            if one.read_text("ascii").rpartition(")")[2].split()[0] not in "ZX":
                return True
    return False


def settings() -> dict[str, str]:
    """Return the settings of the file, none of which has quotes."""
    lines = SETTINGS.read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def change_settings(**values: str) -> None:
    """Write these settings into the file, in place of what it has."""
    found = settings() | values
    SETTINGS.write_text("".join(f"{name}={value}\n" for name, value in found.items()), "utf-8")


class Unit:
    """A unit: its lines ExecStart and Environment as its user, restarted if it ends."""

    def __init__(self, name: str) -> None:
        self.name = name
        base, _, self.instance = name.partition("@")
        file = f"{base}@.service" if self.instance else f"{name}.service"
        text = Path("/etc/systemd/system", file).read_text("utf-8")
        lines = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
        self.command = shlex.split(lines["ExecStart"].replace("%i", self.instance))
        self.user, self.folder = lines["User"], lines["WorkingDirectory"]
        self.environment = dict(re.findall(r"^Environment=(\w+)=(.*)$", text, re.MULTILINE))
        self.again = float(lines["RestartSec"])
        self.wanted = True
        self.process = self._begun()
        threading.Thread(target=self._supervise, daemon=True).start()

    def _begun(self) -> subprocess.Popen[bytes]:
        with (LOGS / f"{self.name}.log").open("ab") as log:
            return subprocess.Popen(
                self.command,
                cwd=self.folder,
                env={"PATH": "/usr/bin:/bin", **self.environment},
                user=self.user,
                group=self.user,
                extra_groups=[],
                umask=0o077,
                stdout=log,
                stderr=log,
            )

    def _supervise(self) -> None:
        while self.wanted:
            if self.process.poll() is not None:
                time.sleep(self.again)
                if self.wanted:
                    self.process = self._begun()
            time.sleep(0.1)

    def stop(self) -> None:
        """Stop it, as systemd does. Raises Failed if it takes too long."""
        self.wanted = False
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise Failed(f"{self.name} did not stop") from None

    def children(self) -> list[int]:
        """Return the processes that it started."""
        pid = self.process.pid
        file = Path(f"/proc/{pid}/task/{pid}/children")
        return [int(one) for one in file.read_text("ascii").split()] if file.exists() else []

"""A process that runs next to this one and answers one order after the other.

Each order, and each answer, follows a line with its length in bytes; the line of an answer begins
with its kind. The process is replaced after some orders, and when it ends or does not answer.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

#: Bytes that are read from the pipe at once.
PIECE = 1 << 16
#: Variables of the environment that a helper gets: no other, since some are secrets.
PASSED_ON = ("LD_LIBRARY_PATH", "MALLOC_ARENA_MAX")
#: Signals by which a helper ends itself because one order took too long.
TIMES = frozenset({-signal.SIGALRM, -signal.SIGPROF, -signal.SIGXCPU})


class Ended(Exception):
    """The helper ended without an answer; `slow`: because the order took too long."""

    def __init__(self, *, slow: bool) -> None:
        super().__init__("took too long" if slow else "ended without an answer")
        self.slow = slow


class Busy(Exception):
    """The orders of other threads take too long."""


class HelperProcess:
    """A helper, started with its first order. Threads wait for each other."""

    def __init__(self, command: Sequence[str], *, seconds: float, renewed: int) -> None:
        """`seconds`: for one answer. `renewed`: the orders after which the process is replaced."""
        self.command, self.seconds, self.renewed = command, seconds, renewed
        self.answered = 0
        self.process: subprocess.Popen[bytes] | None = None
        self._owner, self._turn = os.getpid(), threading.Lock()

    @contextmanager
    def turn(self, patience: float = -1) -> Iterator[None]:
        """Keep other threads from asking. Raise Busy if it takes `patience` seconds."""
        if self._owner != os.getpid():  # forked: the process belongs to the parent
            self._owner, self._turn, self.process = os.getpid(), threading.Lock(), None
        if not self._turn.acquire(timeout=patience):
            raise Busy
        try:
            yield
        finally:
            self._turn.release()

    def ask(self, order: bytes) -> tuple[str, bytes]:
        """Return kind and content of the answer; to be called in a `turn`. Raise Ended.

        An order whose process ends, for instance because it was killed, is tried once more with a
        new process.
        """
        try:
            return self._answer(order)
        except Ended as ended:
            if ended.slow:
                raise
            return self._answer(order)

    def close(self) -> None:
        """End the process."""
        process, self.process, self.answered = self.process, None, 0
        if process is None or self._owner != os.getpid():
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        try:
            process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _answer(self, order: bytes) -> tuple[str, bytes]:
        if self.process is None or self.answered >= self.renewed:
            self.close()
            self.process = subprocess.Popen(  # noqa: S603
                self.command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                env={name: os.environ[name] for name in PASSED_ON if name in os.environ},
            )
        self.answered += 1
        try:
            return self._exchange(self.process, order)
        except BaseException:
            self._kill(self.process)
            raise

    def _kill(self, process: subprocess.Popen[bytes]) -> None:
        process.kill()
        self.close()

    def _exchange(self, process: subprocess.Popen[bytes], order: bytes) -> tuple[str, bytes]:
        if process.stdin is None or process.stdout is None:
            raise Ended(slow=False)
        whole = memoryview(f"{len(order)}\n".encode() + order)
        try:
            while whole:
                whole = whole[process.stdin.write(whole) or 0 :]
        except OSError:
            raise Ended(slow=False) from None
        answer = _Answer(process, time.monotonic() + self.seconds)
        kind, _, size = answer.line().partition(" ")
        return kind, answer.content(int(size))


class _Answer:
    """Reads an answer from a process until a moment of the monotonic clock."""

    def __init__(self, process: subprocess.Popen[bytes], until: float) -> None:
        self.process, self.until = process, until
        self.read = bytearray()
        self.poll = select.poll()
        if process.stdout is not None:
            self.pipe = process.stdout.fileno()
            self.poll.register(self.pipe, select.POLLIN)

    def line(self) -> str:
        """Return the first line."""
        while (end := self.read.find(b"\n")) < 0:
            self._more()
        line = self.read[:end].decode()
        del self.read[: end + 1]
        return line

    def content(self, size: int) -> bytes:
        """Return the bytes after the line."""
        while len(self.read) < size:
            self._more()
        return bytes(self.read)

    def _more(self) -> None:
        left = self.until - time.monotonic()
        if left <= 0 or not self.poll.poll(left * 1000):
            raise Ended(slow=True)
        piece = os.read(self.pipe, PIECE)
        if not piece:
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=1)
            raise Ended(slow=self.process.returncode in TIMES)
        self.read += piece

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
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Patience:
    """Seconds that a thread waits for the orders of others.

    `first`: if no other thread waits. `further`: if one does, counted from the arrival or from the
    beginning of the present order, whichever is earlier.
    """

    first: float
    further: float


class Turns:
    """Lets one thread at a time do its work; the others wait.

    Only one of them waits long: slow orders hold two threads of a server, whatever their number.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        #: The thread whose turn it is, and when the turn began (monotonic clock).
        self._holder: object | None = None
        self._since = 0.0
        #: The one waiting thread with the patience of the first, and the number of all that wait.
        self._first: object | None = None
        self.waiting = 0

    def take(self, patience: Patience | None) -> None:
        """Begin a turn. Raise Busy when the patience ends; None has no end."""
        me, arrived = object(), time.monotonic()
        with self._changed:
            self.waiting += 1
            try:
                while self._holder is not None:
                    self._first = self._first or me
                    self._wait(patience, arrived, is_first=self._first is me)
            finally:
                self.waiting -= 1
                if self._first is me:
                    self._first = None
            self._holder, self._since = me, time.monotonic()

    def _wait(self, patience: Patience | None, arrived: float, *, is_first: bool) -> None:
        """Wait until something changes, or the patience ends. Raise Busy if it has ended."""
        if patience is None:
            self._changed.wait()
            return
        left = time_left(patience, arrived, self._since, is_first=is_first)
        if left <= 0:
            raise Busy
        self._changed.wait(left)

    def give(self) -> None:
        """End the turn."""
        with self._changed:
            self._holder = None
            self._changed.notify_all()


def time_left(patience: Patience, arrived: float, since: float, *, is_first: bool) -> float:
    """Return the seconds that a thread still waits; `since`: the beginning of the present order."""
    begun, seconds = (arrived, patience.first) if is_first else (since, patience.further)
    return min(arrived, begun) + seconds - time.monotonic()


class HelperProcess:
    """A helper, started with its first order. Threads wait for each other."""

    def __init__(self, command: Sequence[str], *, seconds: float, renewed: int) -> None:
        """`seconds`: for one answer. `renewed`: the orders after which the process is replaced."""
        self.command, self.seconds, self.renewed = command, seconds, renewed
        self.answered = 0
        self.process: subprocess.Popen[bytes] | None = None
        self._owner, self.turns = os.getpid(), Turns()

    @contextmanager
    def turn(self, patience: Patience | None = None) -> Iterator[None]:
        """Keep other threads from asking. Raise Busy if they ask for too long."""
        if self._owner != os.getpid():  # forked: the process belongs to the parent
            self._owner, self.turns, self.process = os.getpid(), Turns(), None
        turns = self.turns
        turns.take(patience)
        try:
            yield
        finally:
            turns.give()

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
        process = self.process
        if process is None or process.poll() is not None or self.answered >= self.renewed:
            self.close()
            process = self.process = subprocess.Popen(  # noqa: S603
                self.command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                env={name: os.environ[name] for name in PASSED_ON if name in os.environ},
            )
        self.answered += 1
        try:
            return self._exchange(process, order)
        except BaseException:
            self._kill(process)
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

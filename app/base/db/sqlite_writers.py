"""SQLite's writers take turns before they begin, so that none waits long.

SQLite lets a waiting writer sleep and try again, longer each time, while a newcomer may be faster.
Here writers of one process wait in a queue, and the first of each process tries often for a lock
on a file next to the database. That lock ends with its process.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from collections import defaultdict
from pathlib import Path
from threading import Lock

from app.base import private

#: Seconds between two tries for the lock of all processes.
PAUSE = 0.001


class _Turn:
    """The turn of a process to write into one database: one thread at a time has it."""

    def __init__(self) -> None:
        self.lock = Lock()
        self._file: int | None = None
        self._process = os.getpid()

    def take(self, path: str, seconds: float) -> bool:
        """Wait for the turn, at most some seconds; return whether it came."""
        ends = time.monotonic() + seconds
        if not self.lock.acquire(timeout=seconds):
            return False
        try:
            taken = self._take_file(path, ends)
        except BaseException:
            self.lock.release()
            raise
        if not taken:
            self.lock.release()
        return taken

    def _take_file(self, path: str, ends: float) -> bool:
        if self._file is None:
            self._file = private.opener(f"{path}.writers.lock", os.O_RDWR | os.O_CREAT)
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > ends:
                    return False
                time.sleep(PAUSE)
            else:
                return True

    def end(self) -> None:
        """Let the next writer begin.

        A child process shares the lock of its parent's file: only the parent ends it.
        """
        if self._file is not None and self._process == os.getpid():
            fcntl.flock(self._file, fcntl.LOCK_UN)
        self.lock.release()


_TURNS: defaultdict[str, _Turn] = defaultdict(_Turn)


def _forget_turns() -> None:
    """Forget the locks of a parent process: a thread that holds one is not in its child."""
    _TURNS.clear()


os.register_at_fork(after_in_child=_forget_turns)


class Connection(sqlite3.Connection):
    """A connection that ends its turn with its transaction."""

    #: Whether protected rows may be changed now (`app.base.db.protection.triggers`).
    exit_is_open = False
    _turn: _Turn | None = None

    def take_turn(self, path: str, seconds: float) -> None:
        """Wait until it may write into the database at a path, at most some seconds.

        After that it goes on without a turn: then SQLite refuses it, if it is still locked.
        """
        turn = _TURNS[str(Path(path).absolute())]
        if turn.take(path, seconds):
            self._turn = turn

    def end_turn(self) -> None:
        """Let the next writer begin, if this one has the turn."""
        turn, self._turn = self._turn, None
        if turn is not None:
            turn.end()

    def commit(self) -> None:
        """Commit, then end the turn: a commit that fails is rolled back before."""
        super().commit()
        self.end_turn()

    def rollback(self) -> None:
        """Roll back, and end the turn."""
        try:
            super().rollback()
        finally:
            self.end_turn()

    def close(self) -> None:
        """Close, and end the turn."""
        try:
            super().close()
        finally:
            self.end_turn()

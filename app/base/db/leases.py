"""Locks that only one process holds: leases in a PostgreSQL database, files next to SQLite's.

A lease is a row with an end. Its holder renews it while it works; another process takes it when
its end has passed by the database's clock, as after a kill. A lock of a database session would end
sooner, but a pooler of connections (pgbouncer in transaction mode) gives each transaction another
session.
"""

from __future__ import annotations

import fcntl
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

from sqlalchemy import ColumnElement, Engine, Executable, delete, func, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from app.base import private
from app.base.models import Lease

#: Seconds after its newest renewal at which a lease ends.
SECONDS = 15.0
#: How many times it is renewed before it would end.
RENEWALS = 3
#: Whether a lock is still held. A long work asks it before each part that must not be done twice.
StillHeld = Callable[[], bool]


@contextmanager
def only_one(engine: Engine, name: str, seconds: float = SECONDS) -> Iterator[StillHeld | None]:
    """Take the lock of this name without waiting, and hold it; yield None if another holds it.

    Otherwise yield whether it is still held: a process that was stopped or had no database for
    `seconds` loses it. On SQLite, where all processes are on one machine, it never does, and the
    lock ends with the process.
    """
    if engine.dialect.name == "postgresql":
        lease = _Lease(engine, name, seconds)
        if not lease.take():
            yield None
            return
        thread = Thread(target=lease.renew, daemon=True)
        thread.start()
        try:
            yield lease.is_held
        finally:
            lease.done.set()
            thread.join()
            lease.end()
    else:
        with only_one_here(Path(f"{engine.url.database}.{name}.lock")) as is_ours:
            yield (lambda: True) if is_ours else None


@contextmanager
def only_one_here(path: Path) -> Iterator[bool]:
    """Take the lock of a file without waiting; yield whether nobody on this machine had it.

    It ends with its process. Two threads of a process exclude each other, too.
    """
    with open(path, "a", opener=private.opener) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


class _Lease:
    """A lease that this process takes, renews and ends."""

    def __init__(self, engine: Engine, name: str, seconds: float) -> None:
        self.engine, self.name, self.seconds = engine, name, seconds
        self.holder = secrets.token_hex(8)
        self.done = Event()
        #: When it ends by this machine's monotonic clock: never after its end in the database.
        self.ends = 0.0

    def is_held(self) -> bool:
        """Return whether no other process can hold it now."""
        return time.monotonic() < self.ends

    def take(self) -> bool:
        """Take it if nobody has it, if it has ended, or if its end is from a clock that was ahead.

        Return whether it is ours now.
        """
        now = func.clock_timestamp()
        ours = {"holder": self.holder, "until_at": self._end(now)}
        taking = insert(Lease).values(name=self.name, **ours)
        return self._write(
            taking.on_conflict_do_update(
                index_elements=[Lease.name],
                set_=ours,
                where=~Lease.until_at.between(now, self._end(now)),
            ).returning(Lease.name)
        )

    def extend(self) -> bool:
        """Move its end; return False if another took it, also if that one has left it since."""
        extending = update(Lease).where(self._is_ours())
        until_at = self._end(func.clock_timestamp())
        return self._write(extending.values(until_at=until_at).returning(Lease.name))

    def _write(self, statement: Executable) -> bool:
        began = time.monotonic()
        with self.engine.begin() as connection:
            is_ours = connection.execute(statement).first() is not None
        self.ends = began + self.seconds if is_ours else 0.0
        return is_ours

    def _end(self, now: ColumnElement[Any]) -> ColumnElement[Any]:
        return now + timedelta(seconds=self.seconds)

    def _is_ours(self) -> ColumnElement[bool]:
        return (Lease.name == self.name) & (Lease.holder == self.holder)

    def renew(self) -> None:
        """Renew it until it is done or lost. Without the database, try again."""
        while not self.done.wait(self.seconds / RENEWALS):
            with suppress(SQLAlchemyError):
                if not self.extend():
                    return

    def end(self) -> None:
        """Leave it to others. Without the database, it ends by itself."""
        with suppress(SQLAlchemyError), self.engine.begin() as connection:
            connection.execute(delete(Lease).where(self._is_ours()))

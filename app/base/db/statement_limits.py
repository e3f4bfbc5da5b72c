"""Limit the time of the database for requests.

Pages: `prepare` bounds each statement (PostgreSQL) or the whole transaction (SQLite) of a
session that was opened with a number of seconds. Files: `interrupted_after` bounds the wait for
the first rows; what follows is bounded by the reader (`app.people.downloads`).
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.pq import ExecStatus, TransactionStatus
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

#: Name of the connection's option: seconds, or None for no limit.
OPTION = "statement_seconds"
#: For a public page or a desk, and for the first rows of a file.
PAGE_SECONDS = 10.0
FILE_SECONDS = 20.0
#: For any other page, and for a form of one: forms may act on many rows.
STAFF_SECONDS, FORM_SECONDS = 30.0, 120.0
#: How PostgreSQL plans the pages and forms of staff, which ask about all cases. By default it takes
#: a row found by an index for four times as expensive as the next row of a table, as on a disk that
#: turns, and rather reads whole tables.
STAFF_PLANS = "set local random_page_cost = 1.1"
#: Seconds until a statement is interrupted that had not begun when its time was over.
AGAIN = 0.1
#: Steps of SQLite's virtual machine between two looks at the clock: a few milliseconds.
SQLITE_STEPS = 100_000


class TooSlow(Exception):
    """The database did not answer in time. The question should be narrower."""


def prepare(connection: Connection) -> None:
    """Apply the connection's limit to the transaction that begins."""
    seconds = connection.get_execution_options().get(OPTION)
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "sqlite":
        # A connection comes back from the pool with the handler of its last transaction.
        driver.set_progress_handler(_past(seconds) if seconds else None, SQLITE_STEPS)
    elif seconds:
        limit = f"set local statement_timeout = {int(seconds * 1000)}"
        _begin(connection, driver, [limit, STAFF_PLANS] if seconds >= STAFF_SECONDS else [limit])


def _begin(connection: Connection, driver: Any, settings: list[str]) -> None:
    """Begin the transaction and set it up in one message, so that a page pays nothing for it."""
    usual = not (driver.autocommit or driver.isolation_level or driver.read_only)
    if usual and driver.info.transaction_status == TransactionStatus.IDLE:
        answer = driver.pgconn.exec_("; ".join(["begin", *settings]).encode())
        if answer.status == ExecStatus.COMMAND_OK:
            return
    for setting in settings:
        connection.exec_driver_sql(setting)  # it also raises what is wrong


def _past(seconds: float) -> Any:
    ends = time.monotonic() + seconds
    return lambda: time.monotonic() > ends


def was_interrupted(error: BaseException) -> bool:
    """Return whether a statement was ended by one of the limits of this module."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, psycopg.errors.QueryCanceled):
        return True
    return isinstance(cause, sqlite3.OperationalError) and str(cause) == "interrupted"


@contextmanager
def interrupted_after(connection: Connection, seconds: float) -> Iterator[None]:
    """Interrupt the statements of the connection in this block after `seconds`. Raise TooSlow."""
    driver: Any = connection.connection.driver_connection
    done, inside = threading.Event(), threading.Lock()

    def interrupt() -> None:
        pause = seconds
        while not done.wait(pause):
            with inside:  # never what the connection does after the block
                if not done.is_set():
                    driver.interrupt() if hasattr(driver, "interrupt") else driver.cancel()
            pause = AGAIN  # no statement runs between two of them, and the next one must end, too

    watch = threading.Thread(target=interrupt, daemon=True)
    watch.start()
    try:
        yield
    except Exception as error:
        if was_interrupted(error):
            raise TooSlow from None
        raise
    finally:
        with inside:
            done.set()

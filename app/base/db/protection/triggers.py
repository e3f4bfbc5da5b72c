"""SQLite: triggers refuse to change or delete protected rows, except within an exit.

They guard against mistakes, no more: who can write the file can drop them. An exit is open while
the connection's function `exit_is_open` returns 1. Other programs do not have that function, so a
trigger refuses them too.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, text

from app.base.db import sql_files

#: The statements; `declared` says which tables and columns they are about.
FILE = sql_files.FIRST / "triggers.sql"
PREFIX = "protected_"


def wanted() -> dict[str, str]:
    """Return the statement of each trigger by its name."""
    statements = sql_files.statements(FILE.read_text("utf-8"))
    return {statement.split()[2]: statement for statement in statements}


def prepare(driver: Any) -> None:
    """Give a connection of the driver the function that the triggers ask."""
    own = weakref.ref(driver)

    def exit_is_open() -> bool:
        connection = own()
        return connection is not None and connection.exit_is_open

    driver.create_function("exit_is_open", 0, exit_is_open)


def make(connection: Connection) -> None:
    """Create the triggers anew."""
    for name in _there(connection):
        connection.exec_driver_sql(f"drop trigger {name}")
    sql_files.run(connection, FILE)


def faults(connection: Connection) -> list[str]:
    """Return a sentence for each trigger that is missing or different."""
    there = _there(connection)
    return [
        f"The trigger {name} is missing: run `zaguan migrate`."
        for name, statement in wanted().items()
        if there.get(name) != statement
    ]


@contextmanager
def opened(connection: Connection) -> Iterator[None]:
    """Let an exit, a migration or a restore change protected rows meanwhile."""
    driver: Any = connection.connection.driver_connection
    before, driver.exit_is_open = driver.exit_is_open, True
    try:
        yield
    finally:
        driver.exit_is_open = before


def _there(connection: Connection) -> dict[str, str]:
    found = connection.execute(
        text("select name, sql from sqlite_master where type = 'trigger' and name glob :ours"),
        {"ours": f"{PREFIX}*"},
    )
    return {row.name: row.sql for row in found}

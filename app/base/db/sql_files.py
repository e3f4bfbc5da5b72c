"""SQL that is written in files, for what no model can say: functions, triggers, special indexes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection

#: The folder of what the first migration runs and no model can say.
FIRST = Path(__file__).parent / "migrations" / "versions" / "first"


def run(connection: Connection, path: Path) -> None:
    """Execute all statements of a file in the connection's transaction."""
    sql = path.read_text("utf-8")
    if connection.dialect.name == "sqlite":
        for statement in statements(sql):
            connection.exec_driver_sql(statement)
        return
    # Without parameters psycopg sends all of it at once, and `%` has no meaning.
    connection.exec_driver_sql(sql, execution_options={"no_parameters": True})


def statements(sql: str) -> Iterator[str]:
    """Yield each statement of SQLite without its semicolon and the comments before it."""
    lines: list[str] = []
    for line in sql.splitlines():
        if not line.strip() or (not lines and line.startswith("--")):
            continue
        lines.append(line)
        if sqlite3.complete_statement("\n".join(lines)):
            yield "\n".join(lines).removesuffix(";")
            lines.clear()

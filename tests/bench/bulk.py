"""Load millions of rows by the database's fastest way: COPY on PostgreSQL, one transaction on
SQLite. On PostgreSQL, indexes are created afterwards, as the schema defines them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

Rows = Mapping[str, Sequence[Sequence[str | None]]]
Tables = Mapping[str, Sequence[str]]

#: An unfinished database is deleted if its loading fails.
PRAGMAS = ("journal_mode = off", "synchronous = off", "cache_size = -400000", "foreign_keys = off")


def load(url: str, tables: Tables, batches: Iterable[Rows]) -> None:
    """Write rows (all values as text) of several tables; `tables`: their columns, in order."""
    into = _into_sqlite if url.startswith("sqlite") else _into_postgresql
    into(url, tables, batches)


def _into_sqlite(url: str, tables: Tables, batches: Iterable[Rows]) -> None:
    """Load into SQLite: indexes and triggers run as rows arrive, in the order in which they are
    read.
    """
    with closing(sqlite3.connect(str(make_url(url).database), isolation_level=None)) as connection:
        for pragma in PRAGMAS:
            connection.execute(f"pragma {pragma}")
        into = {
            table: f"insert into {table} ({_listed(columns)}) "
            f"values ({', '.join('?' * len(columns))})"
            for table, columns in tables.items()
        }
        connection.execute("begin immediate")
        for batch in batches:
            for table, rows in batch.items():
                connection.executemany(into[table], rows)
        connection.execute("commit")
        connection.execute("analyze")


def _listed(columns: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in columns)


def _into_postgresql(url: str, tables: Tables, batches: Iterable[Rows]) -> None:
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as admin:
        admin.execute("set maintenance_work_mem = '1GB'")
        with _without_indexes(admin, tables), ExitStack() as opened:
            into = {
                table: opened.enter_context(_copying(address, table, columns))
                for table, columns in tables.items()
            }
            for batch in batches:
                for table, rows in batch.items():
                    into[table].write("".join(map(_line, rows)))
        for table, columns in tables.items():
            if "id" in columns:
                last = f'(select max(id) from "{table}")'
                admin.execute(f"select setval(pg_get_serial_sequence('{table}', 'id'), {last})")
        admin.execute("vacuum analyze")
        admin.execute("checkpoint")


def _line(row: Sequence[str | None]) -> str:
    return "\t".join("\\N" if value is None else value for value in row) + "\n"


@contextmanager
def _copying(address: str, table: str, columns: Sequence[str]) -> Iterator[Any]:
    """Open a COPY on a separate connection. Foreign keys are not checked: the rows are our own
    data.
    """
    with psycopg.connect(address) as connection, connection.cursor() as cursor:
        cursor.execute("set session_replication_role = replica")
        cursor.execute("set timezone = 'UTC'")
        with cursor.copy(f'copy "{table}" ({_listed(columns)}) from stdin') as copying:
            yield copying


@contextmanager
def _without_indexes(admin: psycopg.Connection, tables: Tables) -> Iterator[None]:
    """Drop what makes loading slow, and create it again unchanged at the end."""
    names = list(tables)
    constraints = admin.execute(
        "select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint"
        " where contype = 'u' and conrelid = any(%s::regclass[])",
        (names,),
    ).fetchall()
    for table, name, _ in constraints:
        admin.execute(f'alter table {table} drop constraint "{name}"')
    indexes = admin.execute(
        "select indexrelid::regclass::text, pg_get_indexdef(indexrelid) from pg_index"
        " where not indisprimary and indrelid = any(%s::regclass[])",
        (names,),
    ).fetchall()
    for name, _ in indexes:
        admin.execute(f"drop index {name}")
    yield
    for _, definition in indexes:
        admin.execute(definition)
    for table, name, definition in constraints:
        admin.execute(f'alter table {table} add constraint "{name}" {definition}')

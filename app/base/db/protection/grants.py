"""PostgreSQL: what the application's role may do, and how that is given and checked.

The tables belong to another role, the owner. A new table gives the application nothing until the
migration that made it ends with the grants.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain

from sqlalchemy import Connection, text

from app.base.db.protection import exits
from app.base.db.protection.declared import PROTECTED, names
from app.base.models import Base

#: Alembic's table, which only migrations write.
VERSION_TABLE = "alembic_version"
#: Every privilege on a table, in all supported versions of PostgreSQL; some change no row.
ALL = ("select", "insert", "update", "delete", "truncate", "references", "trigger")
WRITTEN, INSERTED, READ = ALL[:4], ALL[:2], ALL[:1]
#: The first version of PostgreSQL that lets a role analyse the tables of another.
MAINTAINS = 170_000
#: SQL: condition on a row of `pg_class`, a table (r) or a sequence (S) of the schema.
OURS = "relkind = :kind and relnamespace = current_schema()::regnamespace"
ONE_ROLE = (
    "The application's role owns the tables, so it could rewrite the log. Give it a separate role: "
    "see *Two roles* in docs/operations.md."
)


def give(connection: Connection, role: str) -> None:
    """Give a role exactly its rights, as the owner; what it had before ends."""
    quote, run = connection.dialect.identifier_preparer.quote, connection.exec_driver_sql
    name, groups = quote(role), defaultdict(list)
    for table, rights in _wanted(connection).items():
        groups[rights].append(quote(table))
    run(f"grant usage on schema {quote(_schema(connection))} to {name}")
    run(f"revoke all on {', '.join(chain.from_iterable(groups.values()))} from {name}")
    for rights, tables in groups.items():
        run(f"grant {', '.join(rights)} on {', '.join(tables)} to {name}")
    if int(connection.scalar(text("show server_version_num")) or 0) >= MAINTAINS:
        run(f"grant maintain on {', '.join(groups[WRITTEN])} to {name}")
    for one in PROTECTED:
        if one.changes:
            run(f"grant update ({', '.join(one.changes)}) on {quote(one.name)} to {name}")
    sequences = ", ".join(map(quote, _there(connection, "S")))
    run(f"revoke all on sequence {sequences} from {name}")
    run(f"grant usage, select on sequence {sequences} to {name}")
    for signature in exits.SIGNATURES:
        run(f"grant execute on function {signature} to {name}")


def is_owner(connection: Connection) -> bool:
    """Return whether this connection's role is the owner of the log, or can become it."""
    owner = text(
        f"select pg_has_role(relowner, 'member') from pg_class where {OURS} and relname = 'log'"
    )
    return bool(connection.scalar(owner, {"kind": "r"}))


def faults(connection: Connection) -> list[str]:
    """Return a sentence for each right that this connection's role lacks, or has in addition."""
    return [
        *_of_tables(connection),
        *_of_columns(connection),
        *_of_the_rest(connection),
    ]


def _of_tables(connection: Connection) -> Iterator[str]:
    given: dict[str, set[str]] = defaultdict(set)
    for right in ALL:
        having = text(
            f"select relname from pg_class where {OURS} and has_table_privilege(oid, :right)"
        )
        for table in connection.scalars(having, {"kind": "r", "right": right}):
            given[table].add(right)
    for table, rights in sorted(_wanted(connection).items()):
        yield from _compared(f"the table {table}", set(rights), given[table])


def _of_columns(connection: Connection) -> Iterator[str]:
    changing = text(
        "select relname, attname from pg_attribute join pg_class on pg_class.oid = attrelid "
        f"where {OURS} and attnum > 0 and not attisdropped "
        "and has_column_privilege(attrelid, attnum, 'update') and not "
        "has_table_privilege(attrelid, 'update')"
    )
    there = set(_there(connection, "r"))
    given = {
        (table, column)
        for table, column in connection.execute(changing, {"kind": "r"})
        if table in names()
    }
    wanted = {(one.name, column) for one in PROTECTED for column in one.changes}
    for table, column in sorted(given - wanted):
        yield f"The application's role may update {column} of the table {table}. {REMEDY}"
    for table, column in sorted(wanted - given):
        if table in there:
            yield f"The application's role may not update {column} of the table {table}. {REMEDY}"


def _of_the_rest(connection: Connection) -> Iterator[str]:
    """Compare what it may do with sequences, with the schema, and with the exits."""
    for right, may in (("usage", True), ("update", False)):
        having = text(
            f"select relname from pg_class where {OURS} "
            "and case relkind when 'S' then has_sequence_privilege(oid, :right) <> :may end "
            "order by relname"
        )
        for name in connection.scalars(having, {"kind": "S", "right": right, "may": may}):
            yield f"The application's role {_may(may)} {right} on the sequence {name}. {REMEDY}"
    if connection.scalar(text("select has_schema_privilege(current_schema(), 'create')")):
        yield (
            "The application's role may create tables and functions: run `revoke create on schema "
            f"{_schema(connection)} from public` as the owner."
        )
    owned = "select pg_has_role(datdba, 'member') from pg_database where datname = "
    if connection.scalar(text(f"{owned}current_database()")):
        yield (
            "The application's role owns the database, so it could drop all of it: run `alter "
            "database … owner to …` with the role that owns the tables."
        )
    for signature in exits.SIGNATURES:
        known = text("select to_regprocedure(:name) is not null")
        if not connection.scalar(known, {"name": signature}):
            yield f"The function {signature} is missing. {REMEDY}"
        elif not connection.scalar(
            text("select has_function_privilege(:name, 'execute')"), {"name": signature}
        ):
            yield f"The application's role may not execute {signature}. {REMEDY}"


REMEDY = "Run `zaguan migrate` with ZAGUAN_DATABASE_OWNER_URL."


def _compared(what: str, wanted: set[str], given: set[str]) -> Iterator[str]:
    for right in (one for one in ALL if one in wanted ^ given):
        yield f"The application's role {_may(right in wanted)} {right} on {what}. {REMEDY}"


def _may(wanted: bool) -> str:
    return "lacks" if wanted else "has the surplus right"


def _wanted(connection: Connection) -> dict[str, Sequence[str]]:
    """Return what the application's role may do with each of our tables that is there."""
    ours: dict[str, Sequence[str]] = dict.fromkeys(Base.metadata.tables, WRITTEN)
    ours |= {VERSION_TABLE: READ} | dict.fromkeys(names(), INSERTED)
    return {name: ours[name] for name in _there(connection, "r") if name in ours}


def _there(connection: Connection, kind: str) -> list[str]:
    found = text(f"select relname from pg_class where {OURS} order by relname")
    return list(connection.scalars(found, {"kind": kind}))


def _schema(connection: Connection) -> str:
    return str(connection.scalar(text("select current_schema()")))

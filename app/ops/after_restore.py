"""Check and renew what must hold after a database came back by other means than `zaguan restore`.

Such means are `pg_restore`, a point-in-time recovery, or a copied file of SQLite. Run before any
web process starts; it can be repeated.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import Connection, Engine, func, inspect, select, text

from app.base import calendar, db
from app.base.db import chain, protection
from app.base.files import integrity
from app.base.models import Base, LogEntry, Mail, StoredFile, Visit
from app.ops.progress import step
from app.register.export import changes
from app.register.facts import keys
from app.register.suppression import listed

#: SQL: names of what a database has besides its tables: indexes, constraints, triggers.
NAMES = {
    "postgresql": "select indexname from pg_indexes where schemaname = current_schema() union "
    "select conname from pg_constraint where connamespace = current_schema()::regnamespace",
    "sqlite": "select name from sqlite_master where type in ('index', 'trigger')",
}
#: SQL: indexes that were not built to the end, and constraints that were not checked.
UNFINISHED = """
    select indexrelid::regclass::text from pg_index join pg_class on pg_class.oid = indrelid
    where not indisvalid and relnamespace = current_schema()::regnamespace
    union select conname from pg_constraint
    where not convalidated and connamespace = current_schema()::regnamespace
"""
#: SQLite finds words by a separate table, which triggers keep up to date.
SEARCH = ("visit_text", "visit_text_added", "visit_text_changed")


@dataclass
class Report:
    """What does not hold (`faults`), and what was renewed or should be known (`notes`)."""

    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def run(app: Flask) -> Report:
    """Check the schema, the keys and the files, and renew the rest if the schema is whole."""
    engine: Engine = app.extensions["engine"]
    report = Report()
    with app.app_context():
        with step("Checking the schema"), engine.connect() as connection:
            report.faults += _schema(connection)
            if report.faults:
                return report
            protected = protection.standing(connection)
            report.faults += protected.faults
            report.notes += protected.warnings
        with step("Comparing the stored files with their hashes"):
            report.faults += _files(app)
        with db.open_session(engine, writes=False) as session:
            report.faults += _secret(session.connection())
            waiting = session.scalar(
                select(func.count()).select_from(Mail).where(Mail.state == "waiting")
            )
        if waiting:
            report.notes.append(
                f"Mails that wait: {waiting}. They are sent when a worker starts, also those that "
                "were sent after the backup: check *Correos* before."
            )
        with (
            step("Renewing numbers and statistics"),
            db.as_owner(app) as owner,
            owner.begin() as connection,
        ):
            report.notes += _renew(connection)
        listed.exchange(engine)
        try:
            with db.writing(engine) as session:
                again = listed.apply(session)
        except listed.NoList as fault:
            report.faults.append(str(fault))
        else:
            report.notes += [f"Suppressed again, as the list says: {again}."] if again else []
    return report


def _schema(connection: Connection) -> Iterator[str]:
    """Yield what the schema lacks."""
    found, newest = db.revision_of(connection), _newest()
    if not found:
        yield "There is no schema: the database is empty, or `alembic_version` was not loaded."
        return
    if found != newest:
        yield (
            f"The schema is of revision {found}, this code needs {newest}: run `zaguan setup "
            "--no-demo` with the newer of the two, then this command again."
        )
        return
    on_sqlite = connection.dialect.name == "sqlite"
    tables = set(inspect(connection).get_table_names())
    names = set(connection.scalars(text(NAMES[connection.dialect.name])))
    wanted: set[str] = set(SEARCH[1:]) if on_sqlite else set()
    for table in Base.metadata.sorted_tables:
        wanted |= {
            str(one.name)
            for one in table.indexes
            if not (on_sqlite and one.dialect_options["postgresql"]["using"])
        }
        if not on_sqlite:  # there they are a part of their table
            wanted |= {str(one.name) for one in table.constraints}
    missing = {table.name for table in Base.metadata.sorted_tables} - tables | wanted - names
    yield from (f"The schema lacks {name}." for name in sorted(missing))
    if not on_sqlite:
        for name in connection.scalars(text(UNFINISHED)):
            yield f"{name} is not valid: drop it and create it again."


def _newest() -> str:
    return str(ScriptDirectory(str(db.MIGRATIONS)).get_current_head())


def _files(app: Flask) -> list[str]:
    """Return a line for each stored file whose bytes are missing or damaged."""
    with db.open_session(app.extensions["engine"], writes=False) as session:
        names: Sequence[str] = session.scalars(
            select(StoredFile.sha256).where(StoredFile.removed_at.is_(None))
        ).all()
    integrity.look_at(app, names)
    with db.open_session(app.extensions["engine"], writes=False) as session:
        return [f"The file {damage}." for damage in integrity.damaged(session)]


def _secret(connection: Connection) -> Iterator[str]:
    """Yield a sentence if the public keys of visitors were made with another secret."""
    visit = connection.execute(
        select(Visit.document_type, Visit.document_number, Visit.visitor_key)
        .where(Visit.visitor_key != "", ~Visit.document_number.contains("*"))
        .limit(1)
    ).first()
    if visit is not None and keys.visitor_key(visit[0], visit[1]) != visit[2]:
        yield (
            "The secret key is another one: the public keys of visitors were made with another "
            "ZAGUAN_SECRET_KEY or ZAGUAN_VISITOR_SECRET."
        )


def leave_the_server(connection: Connection) -> None:
    """Renew what belonged to the server from which the database came, and log that it came."""
    changes.renew(connection)
    chain.forget_numbers(connection)
    until = connection.scalar(select(func.max(LogEntry.at))) or calendar.now()
    protection.log_restore(connection, calendar.now(), until)


def _renew(connection: Connection) -> Iterator[str]:
    """Renew the feed's name, the sequences and the statistics."""
    leave_the_server(connection)
    yield "Mirrors of the open data begin again."
    if connection.dialect.name == "postgresql":
        behind = list(filter(None, (_advance(connection, name) for name in _tables())))
        if behind:
            yield f"Sequences that were behind their rows: {', '.join(behind)}."
    connection.execute(text("analyze"))


def _tables() -> list[str]:
    return [table.name for table in Base.metadata.sorted_tables if "id" in table.columns]


def _advance(connection: Connection, table: str) -> str:
    """Advance the sequence of a table's ids to its highest id; return its name if it was behind."""
    sequence = connection.scalar(select(func.pg_get_serial_sequence(f'"{table}"', "id")))
    if not sequence:
        return ""
    highest = connection.scalar(text(f'select max(id) from "{table}"')) or 0  # noqa: S608 - ours
    last = connection.scalar(
        text("select coalesce(pg_sequence_last_value(cast(:name as regclass)), 0)"),
        {"name": sequence},
    )
    if not isinstance(highest, int) or highest <= int(last or 0):
        return ""
    connection.execute(select(func.setval(sequence, highest)))
    return str(sequence)

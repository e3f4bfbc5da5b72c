"""Connections and sessions, alike on SQLite and PostgreSQL.

Rollback is the default: code that changes something calls `commit`, at an entry point (a view,
a command, a job). Only what was read ends by itself with a commit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, TypeVar

from flask import Flask, Response, current_app, g, has_request_context, request
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction

from app.base.db import statement_limits
from app.base.db.connecting import connect as connect
from app.base.db.connecting import deleted_files as deleted_files
from app.base.db.connecting import server as server
from app.base.db.connecting import sqlite_files as sqlite_files
from app.base.db.leases import only_one as only_one
from app.base.db.migrating import MIGRATIONS as MIGRATIONS
from app.base.db.migrating import OlderSchema as OlderSchema
from app.base.db.migrating import UnknownRevision as UnknownRevision
from app.base.db.migrating import is_older as is_older
from app.base.db.migrating import known_revisions as known_revisions
from app.base.db.migrating import refuse_older as refuse_older
from app.base.db.migrating import revision_of as revision_of
from app.base.db.migrating import upgrade as upgrade
from app.base.db.ownership import as_owner as as_owner
from app.base.db.ownership import migrate as migrate
from app.base.db.ownership import protect as protect
from app.base.db.protection import NotOwner as NotOwner
from app.base.models import Base

READ_ONLY_METHODS = ("GET", "HEAD", "OPTIONS")
Row = TypeVar("Row", bound=Base)


def init_app(app: Flask) -> None:
    """Give the application its engine, and every request a session that rolls back."""
    app.extensions["engine"] = connect(app.config["DATABASE_URL"])
    app.after_request(notice_forgotten_commit)
    app.teardown_appcontext(_close)


def session() -> Session:
    """Return the session of the request (or of the command's application context).

    What a browser sends twice to one address at once is done one after the other: the second
    transaction sees what the first one did, as it does on SQLite, which has one writer at a time.
    """
    if "session" not in g:
        writes = not has_request_context() or _may_write()
        g.session = open_session(
            current_app.extensions["engine"],
            writes=writes,
            seconds=g.get(statement_limits.OPTION),
        )
        if writes and has_request_context():
            browser = request.cookies.get(current_app.config["SESSION_COOKIE_NAME"])
            sent = f"{request.path} of {browser}"  # both may give access: no server logs them
            in_turn(g.session, sha256(sent.encode()).hexdigest())
    opened: Session = g.session
    return opened


View = TypeVar("View", bound=Callable[..., Any])


def only_reads(view: View) -> View:
    """Mark a view that posts but whose session only reads, so that it waits for no writer.

    It posts for privacy alone, or stores its result at the end by `writing`.
    """
    view.only_reads = True  # type: ignore[attr-defined]
    return view


def _may_write() -> bool:
    """Return whether the request may write: by its method, unless its view only reads."""
    view = current_app.view_functions.get(request.endpoint or "")
    return request.method not in READ_ONLY_METHODS and not getattr(view, "only_reads", False)


@contextmanager
def reading() -> Iterator[Session]:
    """Open a second session, which only reads, in a request that writes.

    Use it for long work, so that no other request waits for SQLite's write lock meanwhile.
    """
    with open_session(current_app.extensions["engine"], writes=False) as opened:
        yield opened


#: Key of `Session.info`: the session of an act that is only tried.
REHEARSED = "rehearsed"


@contextmanager
def rehearsing(seconds: float) -> Iterator[Session]:
    """Open a second session for an act that is tried, not done: all it writes is rolled back.

    A `commit` of the session ends nothing, because its connection has an outer transaction, which
    no code can reach. `seconds` limits how long its statements take.
    """
    options: dict[str, Any] = {statement_limits.OPTION: seconds}
    engine: Engine = current_app.extensions["engine"]
    if engine.dialect.name == "sqlite":
        options["sqlite_begin"] = "IMMEDIATE"
    with engine.execution_options(**options).connect() as connection:
        outer = connection.begin()
        try:
            with Session(
                connection,
                expire_on_commit=False,
                join_transaction_mode="create_savepoint",
                info={REHEARSED: True},
            ) as opened:
                yield opened
        finally:
            outer.rollback()


def is_rehearsal(session: Session) -> bool:
    """Return whether what a session writes is always rolled back, so nothing else may be done."""
    return bool(session.info.get(REHEARSED))


def open_session(engine: Engine, *, writes: bool = True, seconds: float | None = None) -> Session:
    """Return a new session; `writes` takes SQLite's write lock when the transaction begins.

    `seconds` limits how long its statements may take (`app.base.db.statement_limits`).
    """
    if seconds is not None:
        engine = engine.execution_options(**{statement_limits.OPTION: seconds})
    if writes and engine.dialect.name == "sqlite":
        engine = engine.execution_options(sqlite_begin="IMMEDIATE")
    return (Session if writes else _Reading)(engine, expire_on_commit=False)


class _Reading(Session):
    """A session that only reads, and ends without a rollback."""

    def __exit__(self, type_: Any, value: Any, traceback: Any) -> None:
        if type_ is None:
            _end_reading(self)
        super().__exit__(type_, value, traceback)


def _end_reading(opened: Session) -> None:
    """Commit a transaction that changed nothing: a rollback makes psycopg forget all statements
    that the connection has prepared."""
    if opened.in_transaction() and opened.is_active and not has_uncommitted(opened):
        with suppress(SQLAlchemyError):  # it was only read, and `close` follows
            opened.commit()


def insert_missing(session: Session, model: type[Base], values: dict[str, Any]) -> None:
    """Insert a row unless one with its key is there, also when two do so at once."""
    on_postgresql = session.get_bind().dialect.name == "postgresql"
    insert = postgresql.insert if on_postgresql else sqlite.insert
    session.execute(insert(model).values(values).on_conflict_do_nothing())


def locked(session: Session, model: type[Row], key: Any) -> Row:
    """Return a row locked until this transaction ends, with its current values."""
    return session.get_one(model, key, with_for_update=True, populate_existing=True)


@contextmanager
def writing(of: Flask | Engine) -> Iterator[Session]:
    """Open a separate transaction: commit at its end, roll back on an error."""
    with open_session(of if isinstance(of, Engine) else of.extensions["engine"]) as opened:
        yield opened
        opened.commit()


#: Called by a long job between two rows: whether to stop there.
Stop = Callable[[], bool]


def never() -> bool:
    """Return False: a job that a command or a test runs is never stopped."""
    return False


def in_turn(session: Session, name: str, *, shared: bool = False) -> None:
    """Wait until no other transaction holds this lock, and hold it until this one ends.

    Use it for rules about several rows, which two transactions could each keep and together break.
    A `shared` transaction waits only for one that is not `shared`. SQLite has one writer at a time.
    """
    if session.get_bind().dialect.name == "postgresql":
        lock = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
        session.execute(text(f"select {lock}(hashtextextended(:name, 0))"), {"name": name})


def clock(session: Session) -> datetime:
    """Return the database's time, in UTC: for leases and waits, which all processes share.

    It is never the virtual one of `calendar.now`: a lease protects from a process that died.
    """
    if session.get_bind().dialect.name == "postgresql":
        moment: datetime = session.scalars(text("select clock_timestamp()")).one()
        return moment.astimezone(UTC)
    return datetime.now(UTC)


class NotCommitted(Exception):
    """A page changed something and answered as if all were well, but did not commit it."""


@event.listens_for(Session, "after_flush")
def _note_flush(opened: Session, _: Any) -> None:
    opened.info["uncommitted"] = True


@event.listens_for(Session, "do_orm_execute")
def _note_statement(state: ORMExecuteState) -> None:
    if state.is_insert or state.is_update or state.is_delete:
        state.session.info["uncommitted"] = True


@event.listens_for(Session, "after_transaction_end")
def _note_end(opened: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        opened.info.pop("uncommitted", None)


def notice_forgotten_commit(response: Response) -> Response:
    """Raise NotCommitted if a page would announce a success that was not committed."""
    opened: Session | None = g.get("session")
    if opened is not None and response.status_code < 400 and has_uncommitted(opened):
        raise NotCommitted(f"{request.method} {request.url_rule}")
    return response


def has_uncommitted(opened: Session) -> bool:
    """Return whether a session's transaction has changed anything, or is about to."""
    pending = opened.new or opened.deleted or any(map(opened.is_modified, opened.dirty))
    return bool(pending or opened.info.get("uncommitted"))


def _close(error: BaseException | None) -> None:
    opened = g.pop("session", None)
    if opened is not None:
        try:
            if error is None:
                _end_reading(opened)
            opened.close()
        except OperationalError:  # the database is away: there is nothing left to roll back
            opened.invalidate()


def drop_all(connection: Connection) -> None:
    """Drop every table of the product from a database, in the connection's transaction."""
    Base.metadata.drop_all(connection)
    for name in ("visit_text", "alembic_version"):
        connection.execute(text(f"drop table if exists {name}"))


def is_ready(engine: Engine) -> bool:
    """Return whether the database answers and has a schema."""
    with engine.connect() as connection:
        connection.execute(text("select 1"))
        return bool(engine.dialect.has_table(connection, "entity"))

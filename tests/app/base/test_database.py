"""The database: migrations equal models, rollback is the default, and a lost commit is noticed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy import CheckConstraint, Engine, inspect, select, text
from sqlalchemy.exc import IntegrityError, StatementError

from app.base import audit_log, calendar, db
from app.base.db import protection
from app.base.models import (
    Base,
    Entity,
    InductionSession,
    LogEntry,
    ProcessInstance,
    Task,
)
from app.base.models.base import NamesOf
from app.base.models.entities import NAMES_OF_USERS
from app.base.models.records import NAMES_IN_DESIGNATIONS, NAMES_IN_ROSTERS
from app.ops import setup
from app.people import access
from tests.app import cast
from tests.app.walk import Walk
from tests.databases import ON_POSTGRESQL
from tests.statements import statements

pytestmark = pytest.mark.postgresql

#: SQLite reports no index over an expression; `sqlite_master` does (see below).
NOT_REFLECTED = "ignore:Skipped unsupported reflection of expression-based index"
NAMES = (NAMES_OF_USERS, NAMES_IN_ROSTERS, *NAMES_IN_DESIGNATIONS.values())
#: Indexes of an expression, which PostgreSQL writes in another way than it was given.
OF_EXPRESSIONS = {one.index_name for one in NAMES}
#: The index of parts of words: SQLite has a separate table for visits.
ON_POSTGRESQL_ALONE = {"ix_visit_search_text"}


def differences(engine: Engine) -> list[Any]:
    """Return the differences between a database and the models, except the index of word parts.

    On PostgreSQL that is an index, on SQLite a separate table (`visit_text`).
    """
    on_sqlite = engine.dialect.name == "sqlite"

    def is_ours(_: Any, name: str | None, kind: str, *__: Any) -> bool:
        separate = kind == "table" and str(name).startswith("visit_text")
        if not on_sqlite:
            return name not in OF_EXPRESSIONS
        return not separate and name not in ON_POSTGRESQL_ALONE

    with engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True, "include_object": is_ours}
        context = MigrationContext.configure(connection, opts=options)
        found: list[Any] = compare_metadata(context, Base.metadata)
        return found


@pytest.mark.nightly
@pytest.mark.filterwarnings(NOT_REFLECTED)
@pytest.mark.filterwarnings(
    "ignore:autogenerate skipping metadata-specified expression-based index"
)
def test_migrations_and_models_say_the_same_and_migrating_again_does_nothing(app: Flask):
    assert differences(app.extensions["engine"]) == []
    setup.migrate(app.config)
    assert db.is_ready(app.extensions["engine"])


def test_the_databases_have_the_indexes_and_checks_of_the_models(app: Flask):
    engine = app.extensions["engine"]
    listed = {
        "sqlite": "select name from sqlite_master where type = 'index'",
        "postgresql": "select indexname from pg_indexes",
    }
    kind = engine.dialect.name
    absent = ON_POSTGRESQL_ALONE if kind == "sqlite" else set()
    with engine.connect() as connection:
        there = set(connection.scalars(text(listed[kind])))
    found = inspect(engine)
    for table in Base.metadata.sorted_tables:
        wanted = {str(index.name) for index in table.indexes} - absent
        assert wanted <= there, table.name
        checks = {check["name"] for check in found.get_check_constraints(table.name)}
        named = {c.name for c in table.constraints if isinstance(c, CheckConstraint)}
        assert named <= checks, table.name


def test_what_is_not_committed_or_has_an_error_in_a_command_never_was(app: Flask):
    with app.app_context():
        cast.entity(db.session())
    with app.app_context():
        assert db.session().scalars(select(Entity)).all() == []
    with app.app_context():
        with pytest.raises(RuntimeError), db.writing(app) as session:  # noqa: PT012
            cast.entity(session)
            raise RuntimeError
        assert db.session().scalars(select(Entity)).all() == []


def test_a_page_that_changes_something_and_forgets_to_commit_is_noticed(
    app: Flask, monkeypatch: pytest.MonkeyPatch
):
    def forgetful() -> str:
        cast.entity(db.session())
        return "done"

    app.add_url_rule("/forgetful", "forgetful", forgetful, methods=["POST"])
    monkeypatch.setattr(
        "app.people.access.pages.PAGES", {**access.PAGES, "forgetful": access.PUBLIC}
    )
    with pytest.raises(db.NotCommitted, match="/forgetful"):
        app.test_client().post("/forgetful")


@ON_POSTGRESQL
def test_a_browser_acts_at_one_address_in_turn(app: Flask):
    def locks(method: str, path: str, browser: str) -> set[int]:
        cookie = {"Cookie": f"{app.config['SESSION_COOKIE_NAME']}={browser}"}
        with app.test_request_context(path, method=method, headers=cookie):
            held = text("select objid from pg_locks where locktype = 'advisory' and granted")
            return set(db.session().scalars(held))

    (lock,) = locks("POST", "/cuenta/avisos", "one")
    assert locks("POST", "/cuenta/avisos", "one") == {lock}
    assert not locks("POST", "/cuenta/avisos", "another") & {lock}
    assert not locks("POST", "/cuenta/teclas", "one") & {lock}
    assert locks("GET", "/cuenta", "one") == set()


def test_a_moment_without_a_zone_is_refused(app: Flask):
    with app.app_context(), db.writing(app) as session:
        session.add(
            InductionSession(topic="thematic", at=datetime(2026, 3, 2), minutes=1, seats=1)  # noqa: DTZ001
        )
        with pytest.raises(StatementError, match="time zone"):
            session.flush()
        session.rollback()


def test_moments_come_back_as_they_were(walk: Walk):
    walk.begin()
    assert walk.row().started_at == calendar.now()
    assert walk.row().started_at.utcoffset() == calendar.now().utcoffset()


@pytest.mark.nightly
def test_the_database_itself_refuses_what_cannot_be(walk: Walk):
    walk.begin()
    for statement in [
        "update task set state = 'lost'",
        "update process_instance set status = 'lost'",
        "insert into induction_session (topic, at, minutes, place, link, seats, taken, cancelled)"
        " values ('thematic', '2026-03-02 00:00:00', 1, '', '', 1, 2, false)",
        "delete from entity",
        "delete from deployment",
        "delete from process_instance",
    ]:
        with (
            db.as_owner(walk.app) as owner,
            db.open_session(owner) as session,
            protection.lifted(session.connection()),
            pytest.raises(IntegrityError),
        ):
            session.execute(text(statement))


def test_the_state_of_an_instance_is_small_and_not_loaded_with_lists(walk: Walk):
    walk.begin()
    with statements(walk.app.extensions["engine"]) as requested:
        walk.browser("sip").get("/entidades/E90001")
    assert not [statement for statement in requested if "process_instance.state," in statement]
    (state,) = walk.all(select(ProcessInstance.state))
    assert len(state) < 12_000


@pytest.mark.nightly
def test_the_log_holds_no_document_number(walk: Walk):
    walk.begin()
    walk.designate()
    walk.answer("record_reception", "received")
    walk.answer("review_designation", "accepted")
    with walk.reading() as session:
        found_text = " ".join(str(entry.data) for entry in session.scalars(select(LogEntry)))
        numbers = [
            number
            for (number,) in session.execute(text('select document_number from "user"')).all()
        ]
    assert not [number for number in numbers if number in found_text]


def test_an_entry_of_the_log_names_who_and_about_what(walk: Walk):
    walk.begin()
    task_id = walk.answer("designate_administrator")
    entry = walk.entries("task.completed")[0]
    assert (entry.actor_id, entry.task_id) == (walk.people["preparer"], task_id)
    assert entry.at == calendar.now()
    with walk.writing() as session:
        assert audit_log.write(session, "x", actor_id=None).actor_id is None
        session.rollback()
        assert session.scalars(select(Task)).all()


@pytest.mark.parametrize("names", NAMES, ids=lambda one: one.index_name)
def test_names_are_found_by_their_index(app: Flask, names: NamesOf):
    with db.as_owner(app) as owner, db.open_session(owner) as session:
        dialect = session.get_bind().dialect
        query = select(text("1")).select_from(text(f'"{names.table}"'))
        sent = query.where(names.have(session, ["quispe"])).compile(
            dialect=dialect, compile_kwargs={"literal_binds": True}
        )
        if dialect.name == "sqlite":  # which names its index: does that have the same expression?
            session.execute(text(str(sent)))
            stored = text(f"select sql from sqlite_master where name = '{names.index_name}'")
            folded = str(names.folded.compile(dialect=dialect))
            assert folded.startswith("replace(")
            assert folded in session.scalars(stored).one()
            return
        session.execute(text("set enable_seqscan = off"))
        for other in Base.metadata.tables[names.table].indexes:
            if other.name != names.index_name:
                session.execute(text(f"drop index {other.name}"))
        plan = session.scalars(text(f"explain {sent}".replace("%%", "%"))).all()
        assert names.index_name in " ".join(plan)

"""Migrations only expand the schema: the previous release reads and writes during an upgrade."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from alembic.config import Config
from alembic.operations import Operations
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import Connection, Engine, inspect, text

from app.base import db
from app.base.db import migrating, online, protection
from tests.databases import ON_POSTGRESQL, owner_of
from tests.expand import findings, unexcused
from tests.releases import frozen
from tests.statements import statements

Run = Callable[..., tuple[int, str, str]]
RELEASED = {frozen.version_of(path) for path in frozen.RELEASES}
#: The last migration before the rule.
BEFORE = "0017"
VISIT = "alter table visit"


def migrations() -> dict[str, dict[str, str]]:
    """Return the exceptions of each migration under the rule, by its revision, in their order."""
    ordered = reversed(list(ScriptDirectory(str(db.MIGRATIONS)).walk_revisions()))
    return {
        one.revision: getattr(one.module, "EXCEPTIONS", {})
        for one in ordered
        if one.revision > BEFORE
    }


@pytest.fixture
def empty(database_url: str) -> Iterator[Engine]:
    """Yield a database with the schema before the rule."""
    frozen.empty(database_url)
    engine = db.connect(owner_of(database_url))
    with engine.begin() as connection:
        db.upgrade(connection, BEFORE)
    yield engine
    engine.dispose()


@ON_POSTGRESQL
def test_a_migration_only_expands_the_schema(empty: Engine):
    said = {}
    for revision, exceptions in migrations().items():
        with statements(empty) as sent, empty.connect() as connection:
            db.upgrade(connection, revision, alone=True)
            connection.commit()
        assert any("alembic_version" in one for one in sent)
        said[revision] = unexcused(findings(sent), exceptions, RELEASED)
    assert said
    assert {revision: faults for revision, faults in said.items() if faults} == {}


def test_the_rows_of_the_previous_release_fit_into_the_present_schema(database_url: str):
    previous = frozen.PREVIOUS
    engine = db.connect(owner_of(database_url))
    with engine.begin() as connection, protection.lifted(connection):
        frozen.write_into(connection, previous)
        again = frozen.rows_of(connection, previous)
    engine.dispose()
    assert again == frozen.read(previous)["tables"]


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        (f"{VISIT} drop column purpose", "ban-drop-column"),
        (f"{VISIT} rename column purpose to reason", "renaming-column"),
        (f"{VISIT} rename to visits", "renaming-table"),
        ("drop table visit", "ban-drop-table"),
        (f"{VISIT} add column note text not null", "adding-required-field"),
        (f"{VISIT} alter column note set not null", "adding-not-nullable-field"),
        (f"{VISIT} alter column note drop default", "ban-drop-default"),
        (f"{VISIT} alter column note type bigint using note::bigint", "changing-column-type"),
        ("create index ix_visit_note on visit (note)", "require-concurrent-index-creation"),
        (f"{VISIT} add constraint ck_visit check (id > 0)", "constraint-missing-not-valid"),
        (f"{VISIT} add constraint uq_visit unique (note)", "disallowed-unique-constraint"),
        (f"{VISIT} add constraint fk_visit foreign key (note) references mail (id)",
         "adding-foreign-key-constraint"),
        (f"{VISIT} drop constraint ck_visit", "ban-drop-constraint"),
        ("create unique index concurrently uq_visit on visit (note)", "unique-index"),
        ("update visit set note = ''", "data-change"),
        ("create trigger t before insert on visit for each row execute function f()", "trigger"),
    ],
)  # fmt: skip
def test_what_the_previous_release_would_notice_is_refused(statement: str, rule: str):
    around = ["select 1", "create table other (\n id integer primary key\n)", statement]
    assert rule in {one.rule for one in findings(around)}
    assert all(statement in str(one) for one in findings(around))


def test_what_the_previous_release_does_not_notice_is_allowed():
    assert findings([
        "create table other (id integer primary key, name text not null unique)",
        "create unique index uq_other on other (name)",
        "create index concurrently ix_visit_note on visit (note)",
        f"{VISIT} add column note text",
        f"{VISIT} add column as_is text default '' not null",
        f"{VISIT} add column other_id integer constraint fk_other references other (id)",
        "insert into other (id, name) values (1, 'x')",
        "update alembic_version set version_num = '0099'",
    ]) == []  # fmt: skip


def test_an_exception_names_its_rule_and_a_release_and_a_reason():
    found = findings([f"{VISIT} drop column note"])
    reason = "0.8.0 neither reads nor writes visit.note"
    assert unexcused(found, {"ban-drop-column": reason}, {"0.8.0"}) == []
    assert unexcused(found, {}, {"0.8.0"}) == [str(one) for one in found]
    assert len(unexcused(found, {"ban-drop-column": reason}, {"0.7.0"})) == 1
    assert len(unexcused(found, {"ban-drop-column": "0.8.0 yes"}, {"0.8.0"})) == 1
    assert len(unexcused(found, {"ban-drop-table": reason}, {"0.8.0"})) == 2


def hold(engine: Engine) -> Connection:
    """Return a connection whose transaction reads a table that migrations change."""
    connection = engine.connect()
    connection.execute(text("select * from feed"))
    return connection


@ON_POSTGRESQL
def test_an_upgrade_lets_others_go_on_and_ends_when_the_table_is_free(
    empty: Engine, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(online, "LOCK_SECONDS", 0.05)
    with closing(hold(empty)), pytest.raises(db.Occupied, match="such as a backup"):
        migrating.upgrade_patiently(empty, attempts=2, pause=0.01)
    with empty.connect() as connection:
        assert db.revision_of(connection) == BEFORE
    reader = hold(empty)
    attempted = migrating.upgrade

    def free_it_after_an_attempt(*given: Any, **named: Any) -> None:
        try:
            attempted(*given, **named)
        finally:
            reader.close()

    monkeypatch.setattr(migrating, "upgrade", free_it_after_an_attempt)
    migrating.upgrade_patiently(empty, attempts=2, pause=0.01)
    with empty.connect() as connection:
        assert db.revision_of(connection) > BEFORE


@ON_POSTGRESQL
@pytest.mark.parametrize("command", [("migrate",), ("setup", "--no-demo")], ids=lambda one: one[0])
def test_a_command_says_that_the_tables_are_in_use(
    empty: Engine, run: Run, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
):
    monkeypatch.setenv("ZAGUAN_DATABASE_URL", empty.url.render_as_string(hide_password=False))
    monkeypatch.setattr(online, "LOCK_SECONDS", 0.05)
    monkeypatch.setattr(migrating.upgrade_patiently, "__defaults__", (1, 0.0))
    with closing(hold(empty)):
        code, _, err = run(*command)
    assert (code, "run the command again" in err) == (2, True)


@pytest.fixture
def owner(app: Flask) -> Iterator[Engine]:
    """Yield the engine of the role that changes the schema."""
    with db.as_owner(app) as engine:
        yield engine


def indexed(engine: Engine, *, alone: bool) -> list[str]:
    """Return the statements with which an index is added, in the transaction of a caller or not."""
    with engine.connect() as connection, statements(engine) as sent:
        if not alone:
            connection.begin()
        made = EnvironmentContext(Config(), ScriptDirectory(str(db.MIGRATIONS)))
        made.config.attributes[online.ALONE] = alone
        with made:
            made.configure(connection=connection, fn=lambda *_: [])
            with Operations.context(made.get_context()), made.begin_transaction():
                online.add_index("ix_mail_added", "mail", ["file_id"])
        connection.commit()
    return [one for one in sent if "ix_mail_added" in one]


def test_an_index_is_added_while_others_write(owner: Engine):
    engine = owner
    concurrently = engine.dialect.name == "postgresql"
    sent = indexed(engine, alone=True)
    assert all(("CONCURRENTLY" in one) == concurrently for one in sent)
    assert "ix_mail_added" in {one["name"] for one in inspect(engine).get_indexes("mail")}
    if concurrently:
        assert findings(sent) == []
        assert len(indexed(engine, alone=True)) == 2, "an interrupted attempt is repeated"


def test_within_a_transaction_an_index_is_part_of_it(owner: Engine):
    engine = owner
    assert len(indexed(engine, alone=False)) == 1
    assert "ix_mail_added" in {one["name"] for one in inspect(engine).get_indexes("mail")}

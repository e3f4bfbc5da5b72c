"""The application cannot change what is protected, except by the exits, which log themselves."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import (
    Boolean,
    Connection,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    func,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import JSON, TypeEngine

from app.base import db
from app.base.db import protection
from app.base.db.protection import exits
from app.base.db.protection.declared import PROTECTED, Protected
from tests.app import cast
from tests.databases import APPLICATION, ON_POSTGRESQL, ON_SQLITE, behind_the_back, owner_of

pytestmark = pytest.mark.postgresql

#: The first value that a column of each kind has.
VALUES: tuple[tuple[type[TypeEngine[Any]], Any], ...] = (
    (Boolean, True),
    (Integer, 1),
    (DateTime, datetime(2026, 3, 2, 13, 0).astimezone()),
    (Date, date(2026, 3, 2)),
    (LargeBinary, b"0"),
    (JSON, {"name": "Nadie", "other": {"on": 1}}),
)
#: What a role without rights may not do, on PostgreSQL.
NO_RIGHT = "42501"


def value_of(kind: TypeEngine[Any]) -> Any:
    kind = getattr(kind, "impl", kind)
    return next((value for of, value in VALUES if isinstance(kind, of)), "Nadie")


@pytest.fixture
def filled(app: Flask) -> Flask:
    """Return an installation with a row in each protected table, which refers to no other."""
    with db.as_owner(app) as engine, engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        if engine.dialect.name == "sqlite":
            driver.execute("pragma foreign_keys = off")
        else:
            connection.execute(text("set session_replication_role = replica"))
        for one in PROTECTED:
            row = {
                column.name: None
                if column.foreign_keys and column.nullable
                else value_of(column.type)
                for column in one.table.columns
            }
            if one.name == "log":
                row["kind"] = "visit.unmasked"  # the kind whose data may be suppressed
            if one.name == "version_offer":
                row["source"] = "code"  # the table takes no other word
            connection.execute(insert(one.table).values(row))
            if engine.dialect.name == "postgresql":
                sequence = func.pg_get_serial_sequence(one.name, one.keys[0])
                connection.execute(select(func.setval(sequence, 1)))
        connection.commit()
        if engine.dialect.name == "sqlite":
            driver.execute("pragma foreign_keys = on")
    engine.dispose()
    return app


def rows(app: Flask) -> dict[str, list[tuple[Any, ...]]]:
    with app.extensions["engine"].connect() as connection:
        return {
            one.name: list(map(tuple, connection.execute(select(one.table)))) for one in PROTECTED
        }


def attempts(one: Protected, on_postgresql: bool) -> Iterator[str]:
    """Yield the statements that would change or remove a row of a protected table."""
    name, keys = one.name, ", ".join(one.keys)
    column = next(column for column in one.fixed if column not in one.keys)
    for fixed in one.fixed:
        yield f"update {name} set {fixed} = {fixed}"
    columns = ", ".join(f'"{column.name}"' for column in one.table.columns)
    again = f"insert into {name} ({columns}) select {columns} from {name} where true"
    yield f"{again} on conflict ({keys}) do update set {column} = excluded.{column}"
    yield f"delete from {name}"
    yield f"delete from {name} where {one.keys[0]} = {one.keys[0]}"
    yield f"delete from {name} returning {one.keys[0]}"
    yield f"update {name} as other set {column} = {name}.{column} from {name}"
    if not on_postgresql:
        yield again.replace("insert", "insert or replace")
        yield again.replace("insert", "replace", 1)
        yield f"update or replace {name} set {column} = {column}"
        yield f"update or ignore {name} set {column} = {column}"
        return
    yield f"truncate {name} cascade"
    yield f"merge into {name} using (select 1) as other on true when matched then delete"
    updating = f"when matched then update set {column} = other.{column}"
    yield f"merge into {name} as one using {name} as other on true {updating}"
    yield f"with gone as (delete from {name} returning 1) select count(*) from gone"
    yield f"do $$ begin delete from {name}; end $$"
    yield f"create temporary view other as select * from {name}; delete from other"
    yield f"copy {name} to program 'cat'"
    yield f"grant all on {name} to {APPLICATION}; delete from {name}"
    yield f"create table other () inherits ({name})"
    yield f"alter table {name} enable row level security"
    yield f"alter table {name} rename to other"
    yield f"drop index pk_{name}"
    yield f"drop table {name} cascade"
    yield f"alter table {name} add column other text"
    yield f"alter table {name} disable trigger all"
    yield f"alter table {name} owner to {APPLICATION}"
    yield f"create rule other as on insert to {name} do instead nothing"
    function = "suppress_redundant_updates_trigger()"
    yield f"create trigger other before insert on {name} execute function {function}"
    yield f"lock table {name} in exclusive mode"


BESIDES = (
    "set role postgres",
    "set session authorization postgres",
    "set session_replication_role = replica",
    f"alter role {APPLICATION} superuser",
    "create table other (id integer)",
    "create function other() returns integer language sql as 'select 1'",
    "alter function exit_suppress(json, text, integer, integer, timestamptz) security invoker",
    "alter function exit_suppress(json, text, integer, integer, timestamptz) reset search_path",
    "create or replace function exit_suppress(json, text, integer, integer, timestamptz) "
    "returns json language sql as 'select null::json'",
    "drop function exit_suppress(json, text, integer, integer, timestamptz)",
    "set role postgres; delete from log",
    "alter default privileges for role postgres grant all on tables to zaguan",
    "update pg_class set relowner = (select oid from pg_roles where rolname = current_user)",
    "delete from pg_trigger",
    "update alembic_version set version_num = '0001'",
    "select setval('log_id_seq', 1)",
)


def refused(connection: Connection, statement: str) -> bool:
    """Return whether a statement is refused for being forbidden, not for another reason."""
    try:
        with connection.begin_nested():
            connection.exec_driver_sql(statement)
    except DBAPIError as fault:
        return getattr(fault.orig, "sqlstate", "") == NO_RIGHT or "is protected" in str(fault.orig)
    return False


def test_no_statement_changes_a_protected_row(filled: Flask):
    engine = filled.extensions["engine"]
    on_postgresql = engine.dialect.name == "postgresql"
    tried = [each for one in PROTECTED for each in attempts(one, on_postgresql)]
    tried += BESIDES if on_postgresql else ()
    before = rows(filled)
    assert all(before.values())
    with engine.connect() as connection:
        assert [each for each in tried if not refused(connection, each)] == []
        connection.commit()
    assert rows(filled) == before


def test_two_columns_of_interest_acts_may_change_and_no_other(filled: Flask):
    changes = {one.name: one.changes for one in PROTECTED if one.changes}
    assert changes == {"interest_act": ("newest", "audience")}
    for one in PROTECTED:
        for column in one.changes:
            with filled.extensions["engine"].begin() as connection:
                changed = connection.exec_driver_sql(f"update {one.name} set {column} = {column}")
                assert changed.rowcount == 1


def test_no_change_of_another_table_reaches_a_protected_row(app: Flask):
    with app.extensions["engine"].connect() as connection:
        for one in PROTECTED:
            for key in inspect(connection).get_foreign_keys(one.name):
                acts = {key["options"].get(name) for name in ("ondelete", "onupdate")}
                assert acts <= {None, "NO ACTION", "RESTRICT"}, (one.name, key["name"])


@ON_SQLITE
def test_another_program_is_refused_too(filled: Flask):
    path = filled.extensions["engine"].url.database
    with (
        closing(sqlite3.connect(path)) as connection,
        pytest.raises(sqlite3.OperationalError, match="exit_is_open"),
    ):
        connection.execute("update log set kind = 'other'")


# What `zaguan status` says ----------------------------------------------------------------------


def said(app: Flask) -> protection.Standing:
    with app.extensions["engine"].connect() as connection:
        return protection.standing(connection)


def test_an_installation_is_protected(app: Flask):
    assert [*said(app).faults, *said(app).warnings] == []


@ON_SQLITE
@pytest.mark.parametrize("one", PROTECTED, ids=lambda one: one.name)
def test_a_missing_trigger_is_named_and_made_again(app: Flask, one: Protected):
    with app.extensions["engine"].begin() as connection:
        connection.exec_driver_sql(f"drop trigger protected_{one.name}_update")
    (fault,) = said(app).faults
    assert fault.startswith(f"The trigger protected_{one.name}_update is missing")
    db.migrate(app.config["DATABASE_URL"])
    assert said(app).faults == []


@ON_POSTGRESQL
@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("grant update on log to zaguan", "has the surplus right update on the table log"),
        ("revoke insert on log from zaguan", "lacks insert on the table log"),
        (
            "grant update (reason) on visit_version to zaguan",
            "may update reason of the table",
        ),
        ("revoke update on interest_act from zaguan", "may not update audience of the table inter"),
        ("revoke delete on mail from public, zaguan", "lacks delete on the table mail"),
        (
            "grant truncate on entity to public",
            "has the surplus right truncate on",
        ),
        ("grant create on schema public to public", "may create tables and functions"),
        (
            "revoke usage on sequence log_id_seq from zaguan",
            "lacks usage on the sequence log",
        ),
        (f"drop function {exits.SUPPRESS}", "exit_suppress(json, text, integer, integer, times"),
        (
            f"revoke execute on function {exits.SUPPRESS} from zaguan",
            "may not execute exit_suppress",
        ),
    ],
)
def test_a_missing_or_surplus_right_is_named(app: Flask, statement: str, fault: str):
    with db.as_owner(app) as owner, owner.begin() as connection:
        connection.exec_driver_sql(statement)
    (first, *_) = said(app).faults
    assert fault in first
    url = app.config["DATABASE_URL"]
    db.migrate(owner_of(url), url)
    if "public" not in statement:
        assert said(app).faults == []


@ON_POSTGRESQL
def test_a_role_that_owns_the_database_alone_is_named(app: Flask):
    """It could drop the schema, although the tables in it belong to another role."""
    with db.as_owner(app) as owner, owner.begin() as connection:
        name = connection.scalar(text("select quote_ident(current_database())"))
        connection.exec_driver_sql(f"alter database {name} owner to {APPLICATION}")
    assert [one for one in said(app).faults if "owns the database" in one]


@ON_POSTGRESQL
def test_with_one_role_it_works_and_is_warned_about(app: Flask):
    with db.as_owner(app) as owner, owner.connect() as connection:
        found = protection.standing(connection)
    assert (found.faults, len(found.warnings)) == ((), 1)
    assert "owns the tables" in found.warnings[0]
    url = owner_of(app.config["DATABASE_URL"])
    db.migrate(url, url)
    with behind_the_back(app) as session:
        cast.entity(session)


@ON_POSTGRESQL
def test_a_migration_by_the_application_says_what_to_set(app: Flask):
    with pytest.raises(db.NotOwner, match="ZAGUAN_DATABASE_OWNER_URL"):
        db.migrate(app.config["DATABASE_URL"])

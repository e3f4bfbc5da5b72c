"""The first migration: written from the models, whole or not at all, and of one release."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import inspect, text
from sqlalchemy.engine import make_url

from app.base import db
from app.base.db import migrating, sql_files
from tests import first_migration
from tests.app.base.test_database import NOT_REFLECTED, differences
from tests.app.ops.killing import kill_at, length, moments
from tests.databases import PostgreSQL, SQLite, owner_of
from tests.tree import ROOT

pytestmark = [
    pytest.mark.filterwarnings(NOT_REFLECTED),
    pytest.mark.filterwarnings(
        "ignore:autogenerate skipping metadata-specified expression-based index"
    ),
]

REVISION = next(iter(migrating.known_revisions()))
MOMENTS = 3


@pytest.mark.nightly
def test_the_first_migration_is_what_the_command_writes():
    release = REVISION.rpartition(".")[0]
    for file, content in first_migration.files(release).items():
        assert file.read_text("utf-8") == content, "run `python -m tests.first_migration`"
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    numbers = [tuple(map(int, one.split("."))) for one in (release, version)]
    assert numbers[0] >= numbers[1], "run `python -m tests.first_migration` for this release"


def test_a_revision_of_an_earlier_release_is_recognised():
    for revision, older in [
        ("", False),
        (REVISION, False),
        ("0001", True),
        ("0037", True),
        ("0.12.0.00000000", True),
        (f"{REVISION.rpartition('.')[0]}.00000000", True),
        ("0.99.0.1a2b3c4d", False),
        ("1.0.0", False),
        ("a revision of others", False),
    ]:
        assert migrating.is_older(revision) is older


@pytest.fixture
def kind(request: pytest.FixtureRequest, database_url: str) -> SQLite | PostgreSQL:
    """Return the kind of database of this test."""
    found: SQLite | PostgreSQL = request.getfixturevalue(make_url(database_url).get_backend_name())
    return found


@pytest.fixture
def empty(kind: SQLite | PostgreSQL) -> Iterator[str]:
    """Yield the URL of a database without a schema."""
    url = kind.create_empty()
    yield url
    kind.drop(url)


def migrate(url: str) -> None:
    """Bring a database to the newest schema, as its owner."""
    db.migrate(owner_of(url), url)


def tables(url: str) -> list[str]:
    """Return the tables of a database."""
    engine = db.connect(owner_of(url))
    try:
        return inspect(engine).get_table_names()
    finally:
        engine.dispose()


def assert_whole(url: str) -> None:
    """Check that a database has the schema, its protection and its first rows."""
    engine = db.connect(url)
    try:
        assert differences(engine) == []
        with engine.connect() as connection:
            assert db.revision_of(connection) == REVISION
            assert db.protection.standing(connection).faults in ([], ())
            assert connection.scalar(text("select count(*) from dated_rule")) == 3
            assert connection.scalar(text("select count(*) from feed")) == 1
    finally:
        engine.dispose()


@pytest.mark.postgresql
@pytest.mark.guard("three migrations are killed and repeated")
def test_a_first_migration_that_is_killed_leaves_nothing_and_is_repeated(
    app: Flask, kind: SQLite | PostgreSQL
):
    urls = [kind.create_empty() for _ in range(MOMENTS + 1)]
    calls = length(app, partial(migrate, urls[0]))
    for url, moment in zip(urls[1:], moments(calls, MOMENTS), strict=True):
        assert kill_at(app, partial(migrate, url), moment)
        assert tables(url) == []
        migrate(url)
        assert_whole(url)
    for url in urls:
        kind.drop(url)


@pytest.mark.nightly
@pytest.mark.postgresql
def test_a_first_migration_with_a_failing_statement_leaves_nothing_and_is_repeated(
    empty: str, monkeypatch: pytest.MonkeyPatch
):
    run = sql_files.run

    def fail(connection: Any, path: Path) -> None:
        run(connection, path)
        if path.stem.endswith("_indexes"):
            connection.execute(text("select * from no_such_table"))

    monkeypatch.setattr(sql_files, "run", fail)
    with pytest.raises(Exception, match="no_such_table"):
        migrate(empty)
    assert tables(empty) == []
    monkeypatch.undo()
    migrate(empty)
    assert_whole(empty)

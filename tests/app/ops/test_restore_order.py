"""A restore fills tables before it creates their indexes, and writes each row once."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, inspect, text, update

from app import create_app
from app.base import logging_setup
from app.base.models import Visit
from app.ops import backup
from app.ops.backup import embedded, server
from app.ops.backup.encryption import Cipher
from app.ops.backup.tables import Copy
from tests.app.ops.test_backup import NewInstallation, case, folder, new_installation
from tests.app.visited import Visited
from tests.app.walk import Walk
from tests.conftest import Clock
from tests.databases import ON_POSTGRESQL, ON_SQLITE

pytestmark = pytest.mark.nightly("servers")

__all__ = ["case", "folder", "new_installation"]


@ON_POSTGRESQL
def test_indexes_and_keys_are_created_after_the_rows_of_their_table(
    case: Walk, folder: Path, new_installation: NewInstallation, monkeypatch: pytest.MonkeyPatch
):
    backup.back_up(case.app, folder)
    other = new_installation()
    filled: list[str] = []
    copy_in = server._copy_in

    def watch(connection: Connection, name: str, *more: Any) -> int:
        own = "select count(*) from pg_index where indrelid = cast(:name as regclass)"
        assert not connection.scalar(text(own), {"name": f'"{name}"'}), name
        assert not inspect(connection).get_foreign_keys(name), name
        filled.append(name)
        return copy_in(connection, name, *more)

    monkeypatch.setattr(server, "_copy_in", watch)
    backup.restore(other, folder)
    assert {"visit", "visit_version", "task"} <= set(filled)
    assert schema(other.extensions["engine"]) == schema(case.engine)


def schema(engine: Engine) -> list[tuple[Any, ...]]:
    """Return every index, and every constraint with its state, as the database defines them."""
    queries = (
        "select indexdef, '' from pg_indexes where schemaname = current_schema() order by 1",
        "select conname || ' ' || pg_get_constraintdef(oid), convalidated::text from pg_constraint "
        "where connamespace = current_schema()::regnamespace order by 1",
    )
    with engine.connect() as connection:
        return [tuple(row) for query in queries for row in connection.execute(text(query))]


@ON_POSTGRESQL
def test_no_row_of_a_visit_is_written_twice(
    app: Any, clock: Clock, folder: Path, new_installation: NewInstallation
):
    visited = Visited(app)
    for _ in range(3):
        visited.visit()
    with visited.writing() as session:  # numbers that the new server has not given
        session.execute(update(Visit).values(changed_in=10**12))
    backup.back_up(app, folder)
    other = new_installation()
    backup.restore(other, folder)
    with other.extensions["engine"].connect() as connection:
        places = connection.scalars(text("select ctid::text from visit order by ctid")).all()
        assert connection.scalar(text("select max(changed_in) from visit")) == 10**12
    assert places == ["(0,1)", "(0,2)", "(0,3)"], "an update leaves the first places dead"


@pytest.mark.postgresql
def test_progress_names_each_table_with_rows_and_seconds(
    case: Walk,
    folder: Path,
    new_installation: NewInstallation,
    capsys: pytest.CaptureFixture[str],
):
    backup.back_up(case.app, folder)
    with case.reading() as session:
        tasks = session.scalar(text("select count(*) from task"))
    capsys.readouterr()
    backup.restore(new_installation(), folder)
    shown = capsys.readouterr().err
    assert f"\n  task: {tasks} rows, 0." in shown
    logging_setup.configure("json")
    backup.restore(new_installation(), folder)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    (line,) = (line for line in lines if line.get("table") == "task")
    assert (line["rows"], line["logger"]) == (tasks, "app.ops.progress")
    assert line["ms"] >= 0


@ON_SQLITE
def test_a_copy_that_lacks_rows_is_refused_and_the_database_stays_empty(
    case: Walk, folder: Path, new_installation: NewInstallation, monkeypatch: pytest.MonkeyPatch
):
    write = embedded.write

    def lose(engine: Engine, folder: Path, cipher: Cipher) -> Copy:
        copy = write(engine, folder, cipher)
        more = {"task": {"rows": copy.tables["task"]["rows"] + 1}}
        return replace(copy, tables={**copy.tables, **more})

    monkeypatch.setattr(embedded, "write", lose)
    backup.back_up(case.app, folder)
    other = new_installation()
    with pytest.raises(backup.BadBackup, match="task has"):
        backup.restore(other, folder)
    assert not list(other.config["DATA"].glob("*.restored"))
    engine = create_app(other.config).extensions["engine"]
    with engine.connect() as connection:
        assert not inspect(connection).get_table_names()
    engine.dispose()

"""A database or a backup of an earlier release is refused with one sentence, and not touched."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from io import BytesIO, TextIOWrapper
from pathlib import Path

import psycopg
import pytest

from app.base import db
from app.ops import backup
from app.ops.backup import manifest
from app.ops.cli import group
from tests.app.ops.backups import is_empty
from tests.app.ops.test_backup import NewInstallation, new_installation
from tests.app.ops.test_cli import ARGUMENTS, SUPERUSER, WITHOUT
from tests.databases import PostgreSQL, name_in
from tests.network import free_port

__all__ = ["new_installation"]

Run = Callable[..., tuple[int, str, str]]
OLD = (
    "create table alembic_version (version_num varchar(32) not null)",
    "insert into alembic_version values ('0037')",
    "create table entity (id integer primary key, name text)",
    "insert into entity values (1, 'Municipalidad Inventada')",
)
#: Commands that use a database: those that need an installation, and those that make one.
USING = sorted(group.PLACES.keys() - WITHOUT | {"migrate", "setup", "demo", "restore"})


def words_of(name: str, folder: Path) -> list[str]:
    """Return valid arguments of a command."""
    if name == "create-superuser":
        return [word for k, v in SUPERUSER.items() for word in (f"--{k}", v)]
    if name == "restore":
        (folder / "backup").mkdir()
        return [str(folder / "backup")]
    return ["--port", str(free_port())] if name in ("serve", "web") else ARGUMENTS.get(name, [])


def is_refusal(err: str) -> bool:
    """Return whether a message says that a database of an earlier release is not upgraded."""
    return (
        err.count("\n") == 1
        and "has the schema 0037 of an earlier release" in err
        and "databases of 0.12 and before are demos" in err
        and "begin anew" in err
        and "`zaguan setup`" in err
    )


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return a data folder with a database of 0.12.0, in the mode in which that release left it."""
    folder = tmp_path / "data"
    folder.mkdir()
    with closing(sqlite3.connect(folder / "zaguan.db")) as connection:
        connection.execute("pragma journal_mode = wal")
        for statement in OLD:
            connection.execute(statement)
        connection.commit()
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    """Return the content of each file, except the index of a log, which any reader renews."""
    return {
        path.name: path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith("-shm")
    }


@pytest.mark.parametrize("name", USING)
def test_every_command_refuses_an_older_file_and_leaves_it_as_it_is(
    run: Run, data: Path, monkeypatch: pytest.MonkeyPatch, name: str
):
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(b"From: a@example.pe\n\nHola")))
    words, before = words_of(name, data.parent), contents(data)
    code, _, err = run(name, *words)
    if name == "mail-in":
        assert code == 75, "the MTA keeps the message"
    else:
        assert (code, is_refusal(err)) == (2, True), err
    assert contents(data) == before
    assert [path.name for path in data.iterdir()] == ["zaguan.db"]


def test_what_a_crash_left_of_an_older_database_stays_too(run: Run, data: Path):
    left_open = (
        "import os, sqlite3, sys; connection = sqlite3.connect(sys.argv[1]); "
        "connection.execute('create table task (id integer)'); connection.commit(); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", left_open, data / "zaguan.db"], check=True)
    before = contents(data)
    assert before["zaguan.db-wal"]
    code, _, err = run("setup", "--no-demo")
    assert (code, is_refusal(err)) == (2, True)
    assert contents(data) == before


@pytest.fixture
def old_server(postgresql: PostgreSQL, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Yield the URL of a database of 0.12.0 on PostgreSQL, which is the configured one."""
    url = postgresql.create_empty()
    owner = postgresql.server.get_uri(name_in(url))
    with psycopg.connect(owner) as connection:
        for statement in (*OLD, "grant select on all tables in schema public to zaguan"):
            connection.execute(statement)
    monkeypatch.setenv("ZAGUAN_DATABASE_URL", url)
    yield owner
    postgresql.drop(url)


@pytest.mark.parametrize("name", ["migrate", "setup", "status", "worker", "web", "serve"])
def test_an_older_database_of_a_server_is_refused_and_stays_as_it_is(
    run: Run, tmp_path: Path, old_server: str, name: str
):
    code, _, err = run(name, *words_of(name, tmp_path))
    assert (code, is_refusal(err)) == (2, True), err
    with psycopg.connect(old_server) as connection:
        tables = "select tablename from pg_tables where schemaname = 'public' order by 1"
        assert connection.execute(tables).fetchall() == [("alembic_version",), ("entity",)]
        assert connection.execute("select count(*) from entity").fetchone() == (1,)
    assert not (tmp_path / "data").exists()


def test_a_newer_database_keeps_its_own_message(run: Run, data: Path):
    with closing(sqlite3.connect(data / "zaguan.db")) as connection:
        connection.execute("update alembic_version set version_num = '0.99.0.1a2b3c4d'")
        connection.commit()
    code, _, err = run("migrate")
    assert (code, "a newer version of Zaguán" in err) == (2, True)
    with closing(sqlite3.connect(data / "zaguan.db")) as connection:
        assert connection.execute("select version_num from alembic_version").fetchall() == [
            ("0.99.0.1a2b3c4d",)
        ]


@pytest.mark.postgresql
def test_a_backup_of_an_earlier_release_is_refused_and_the_database_stays_empty(
    database_url: str, new_installation: NewInstallation, tmp_path: Path
):
    folder, other = tmp_path / "backup", new_installation()
    (folder / "database-20260701T000000Z-0a0a").mkdir(parents=True)
    with other.app_context():
        manifest.Manifest(
            kind=other.extensions["engine"].dialect.name,
            revision="0037",
            at="2026-07-01T00:00:00+00:00",
            database="database-20260701T000000Z-0a0a",
            parts={},
            tables={"entity": {"rows": 1}},
            files=0,
        ).write(folder)
    assert json.loads((folder / manifest.NAME).read_text("utf-8"))["revision"] == "0037"
    with pytest.raises(db.OlderSchema, match="This backup has the schema 0037"):
        backup.restore(other, folder)
    assert is_empty(other)
    assert not (other.config["DATA"] / backup.BEGUN).exists()

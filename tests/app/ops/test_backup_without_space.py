"""A disk that fills and a database that goes away: no backup, no restore, and nothing lost."""

from __future__ import annotations

import errno
import hashlib
import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from app.base import db
from app.ops import backup, progress
from app.ops.backup import CannotBackUp, CannotRestore, server, stored
from app.ops.backup.encryption import PLAIN
from app.ops.backup.stored import Shelf
from tests.app.base.test_files import filing, pdf_of, upload, uses
from tests.app.ops.backups import is_empty
from tests.app.ops.test_backup import NewInstallation, case, contents, folder, new_installation
from tests.app.walk import Walk
from tests.databases import ON_POSTGRESQL

pytestmark = pytest.mark.postgresql

__all__ = ["case", "filing", "folder", "new_installation"]


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Limit the files of this process: a write beyond it fails as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


@pytest.mark.nightly("servers")
def test_a_disk_that_fills_leaves_the_backup_before(
    case: Walk, folder: Path, new_installation: NewInstallation
):
    backup.back_up(case.app, folder)
    before = contents(case.app)
    case.answer("file_designation")
    with largest_file(200), pytest.raises(CannotBackUp, match="No backup was made"):
        backup.back_up(case.app, folder)
    assert len(list(folder.glob("database-*"))) == 1, "the part of a backup is deleted"
    other = new_installation()
    backup.restore(other, folder)
    assert contents(other) == before


def test_a_disk_that_fills_leaves_no_part_of_a_stored_file(tmp_path: Path):
    content = bytes(2000)
    name = hashlib.sha256(content).hexdigest()
    shelf, target = Shelf(tmp_path / "whole", PLAIN), Shelf(tmp_path / "full", PLAIN)
    with shelf.writing(name) as file:
        file.write(content)
    with largest_file(1000), pytest.raises(OSError, match="File too large"):
        stored.copy(shelf, target, [name])
    assert [path.name for path in target.folder.rglob("*")] == [name[:2]]


@pytest.mark.nightly("servers")
def test_a_disk_that_fills_during_a_restore_leaves_the_database_empty(
    case: Walk, folder: Path, new_installation: NewInstallation, monkeypatch: pytest.MonkeyPatch
):
    backup.back_up(case.app, folder)
    other = new_installation()
    monkeypatch.setattr(progress, "_say", lambda *_, **__: None)  # its lines are a file here
    with largest_file(200), pytest.raises(CannotRestore, match="left empty"):
        backup.restore(other, folder)
    assert is_empty(other)
    backup.restore(other, folder)
    assert contents(other) == contents(case.app)


@pytest.mark.nightly("servers")
@ON_POSTGRESQL  # its server is another process, which the limit does not reach
def test_an_upload_to_a_full_disk_is_answered_with_a_page_and_can_be_repeated(filing: Walk):
    content = pdf_of(400_000)  # in memory, until it is stored
    with largest_file(200_000):
        answer = upload(filing, content)
    assert answer.status_code == 507
    assert "No hay espacio para guardar" in answer.text
    assert uses(filing) == []
    stored = Path(filing.app.config["DATA"]) / "files"
    assert all(path.stat().st_size < 200_000 for path in stored.rglob("*") if path.is_file())
    upload(filing, content)
    assert len(uses(filing)) == 1


def test_only_a_full_disk_is_answered_so(app: Flask, monkeypatch: pytest.MonkeyPatch):
    def fail() -> str:
        raise PermissionError(errno.EACCES, "Permission denied")

    endpoint = app.url_map.bind("").match("/visitas")[0]
    monkeypatch.setitem(app.view_functions, endpoint, fail)
    with pytest.raises(PermissionError):
        app.test_client().get("/visitas")


@pytest.mark.nightly("servers")
@ON_POSTGRESQL
def test_a_database_that_goes_away_ends_a_backup_and_a_restore_with_a_sentence(
    case: Walk, folder: Path, new_installation: NewInstallation, monkeypatch: pytest.MonkeyPatch
):
    backup.back_up(case.app, folder)
    before = sorted(path.name for path in folder.iterdir())
    cut_before(monkeypatch, "_copy_out", "task", case.app)
    with pytest.raises(CannotBackUp, match="terminating connection") as caught:
        backup.back_up(case.app, folder)
    assert "\n" not in str(caught.value), "what follows may be people's data"
    assert sorted(path.name for path in folder.iterdir()) == before
    other = new_installation()
    cut_before(monkeypatch, "_copy_in", "task", other)
    with pytest.raises(CannotRestore, match="left empty: terminating connection"):
        backup.restore(other, folder)
    assert is_empty(other)


def cut_before(monkeypatch: pytest.MonkeyPatch, name: str, table: str, app: Any) -> None:
    """End the connection on the server before a table is copied, once."""
    copy: Callable[..., Any] = getattr(server, name)

    def cut(connection: Any, of: str, *more: Any) -> Any:
        if of == table:
            monkeypatch.setattr(server, name, copy)
            own = connection.scalar(text("select pg_backend_pid()"))
            with db.as_owner(app) as engine, engine.connect() as other:
                other.execute(text("select pg_terminate_backend(:pid, 5000)"), {"pid": own})
        return copy(connection, of, *more)

    monkeypatch.setattr(server, name, cut)

"""Files with people's data are readable only by the user that runs the application."""

from __future__ import annotations

import io
import os
import stat
from pathlib import Path

import pytest
from flask import Flask

from app.base import config, db, files, private
from app.ops import backup, setup
from tests.app import cast
from tests.app.walk import sample_pdf

pytestmark = pytest.mark.nightly


@pytest.fixture(autouse=True)
def open_handed():
    """Set the umask that most machines have."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def reachable(*folders: Path) -> list[str]:
    """Return the files and folders that others than the owner can reach, by name and mode."""
    return [
        f"{path.name} {stat.filemode(path.stat().st_mode)}"
        for folder in folders
        for path in [folder, *folder.rglob("*")]
        if path.stat().st_mode & 0o077
    ]


def made(data: Path) -> Flask:
    """Return an embedded installation in a folder, with a stored file and locks of a command."""
    from app import create_app

    settings = config.load({"ZAGUAN_DATA": str(data)}) | {"TESTING": True}
    app = create_app(settings)
    db.migrate(app.config["DATABASE_URL"])
    with app.app_context(), db.writing(app) as session:
        files.keep(
            session,
            io.BytesIO(sample_pdf()),
            name="a.pdf",
            media_type="application/pdf",
            owner=files.Owner(cast.entity(session, "E90001").id),
        )
    with db.only_one(app.extensions["engine"], "backup"):
        pass
    return app


def test_whatever_an_installation_makes_is_for_its_owner_alone(tmp_path: Path):
    app = made(tmp_path / "data")
    with app.app_context(), db.writing(app):  # the write-ahead log exists meanwhile
        names = {path.name for path in (tmp_path / "data").rglob("*")}
        assert {"secret-key", "zaguan.db", "zaguan.db-wal", "zaguan.db.backup.lock"} <= names
        assert reachable(tmp_path / "data") == []
    app.extensions["engine"].dispose()


def test_a_folder_that_was_open_is_closed_at_the_set_up_and_at_each_start(tmp_path: Path):
    data = tmp_path / "data"
    app = made(data)
    (data / "files" / "ab").mkdir(exist_ok=True)
    (data / "of-others.sh").touch()
    for path in [data, *data.rglob("*")]:
        path.chmod(0o755)
    assert len(reachable(data)) > 6
    setup.say_what_is_open(app)
    assert data.stat().st_mode & 0o777 == 0o700
    assert not (data / "zaguan.db").stat().st_mode & 0o077
    setup.say_what_is_open(app, whole=True)
    assert [one.split()[0] for one in reachable(data)] == ["of-others.sh"]
    app.extensions["engine"].dispose()


def test_a_backup_is_for_its_owner_alone_also_in_a_folder_that_was_open(tmp_path: Path):
    app, stored = made(tmp_path / "data"), tmp_path / "kept"
    stored.mkdir()
    backup.back_up(app, stored)
    assert reachable(stored) == []
    for path in [stored, *stored.rglob("*")]:
        path.chmod(0o755)
    backup.back_up(app, stored)
    assert reachable(stored) == []
    app.extensions["engine"].dispose()


def test_what_belongs_to_another_user_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    app = made(tmp_path / "data")
    (tmp_path / "data").chmod(0o755)

    def refused(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "chmod", refused)
    assert private.tighten(tmp_path / "data") is False
    setup.say_what_is_open(app)
    assert "Other users of this machine can reach" in capsys.readouterr().err
    app.extensions["engine"].dispose()

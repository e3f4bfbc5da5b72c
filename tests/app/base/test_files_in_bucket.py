"""Stored files in a bucket: two machines share them, and nothing is lost where it is away."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select, update

from app import create_app
from app.base import db, files
from app.base.files import bucket, disk, integrity, places
from app.base.models import StoredFile
from app.ops import backup, health, setup
from app.ops.cli import commands
from app.ops.worker.jobs import JOBS
from app.ops.worker.turns import turn
from tests import s3
from tests.app.base.test_files import filing, read, upload, uses
from tests.app.ops.test_backup import NewInstallation, new_installation
from tests.app.ops.test_worker import run_of
from tests.app.together import exit_code, forked
from tests.app.walk import Walk, sample_pdf
from tests.conftest import Clock
from tests.pages import CheckingClient
from tests.s3 import running, server

__all__ = ["filing", "new_installation", "running", "server"]


@pytest.fixture
def settings(settings: dict[str, Any], server: s3.Faulty, tmp_path: Path) -> dict[str, Any]:
    """Return the settings of an installation whose files are in the bucket."""
    own = {"FILES": f"{s3.PLACE}/{tmp_path.name}"}
    return settings | s3.settings(server.endpoint) | own


@pytest.fixture
def other(settings: dict[str, Any], tmp_path: Path, app: Flask) -> Iterator[Flask]:
    """Yield the application on another machine: with the same settings and a data folder alone."""
    made = create_app(settings | {"DATA": tmp_path / "other"})
    made.test_client_class = CheckingClient
    yield made
    made.extensions["engine"].dispose()


def on(walk: Walk, app: Flask) -> Walk:
    """Return the walk on another machine."""
    there = object.__new__(Walk)
    there.app, there.people, there.id = app, walk.people, walk.id
    return there


def stored(app: Flask) -> set[str]:
    place: places.Place = app.extensions["files"]
    return set(place.list())


@pytest.mark.nightly
def test_what_one_machine_stores_another_reads(filing: Walk, other: Flask):
    assert upload(filing, sample_pdf()).status_code == 303
    (use,) = uses(filing)
    assert use.sha256 in stored(filing.app)
    answer = read(on(filing, other), "sip", use.id)
    assert (answer.status_code, answer.data) == (200, sample_pdf())
    shutil.rmtree(filing.app.config["DATA"])  # the machine is lost
    assert read(filing, "sip", use.id).data == sample_pdf()


@pytest.mark.nightly
def test_loading_the_application_does_not_use_the_bucket(
    settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
):
    """Web processes and worker are forked from the one that loaded it."""
    monkeypatch.setattr(bucket.Bucket, "_used_by", 0)
    made = create_app(settings)
    setup.say_what_is_open(made, whole=True)
    assert bucket.Bucket._used_by == 0
    made.extensions["engine"].dispose()


@pytest.mark.nightly
def test_a_fork_of_a_process_that_used_the_bucket_does_not_wait(app: Flask):
    assert stored(app) == set()

    def read_again() -> None:
        try:
            stored(app)
        except places.Away:
            os._exit(7)

    assert exit_code(forked(app, read_again)) == 7


@pytest.mark.nightly
def test_photographed_pages_reach_the_machine_that_makes_the_document(filing: Walk, other: Flask):
    from tests.app.onboarding.tasks import test_staged_pages as staged_pages

    assert staged_pages.stage(filing, 1).status_code == 200
    assert staged_pages.stage(on(filing, other), 2).status_code == 200
    assert staged_pages.send(on(filing, other), 2, 1).status_code == 303
    (use,) = uses(filing)
    assert use.file.pages == 2


@pytest.mark.nightly
@pytest.mark.parametrize("mode", ["refuse", "late"])
def test_an_upload_to_a_bucket_that_is_away_is_not_done(filing: Walk, server: s3.Faulty, mode: str):
    server.mode = mode
    answer = upload(filing, sample_pdf())
    assert answer.status_code == 503
    assert "Los archivos no están disponibles por un momento" in answer.text
    assert answer.headers["Retry-After"] == "30"
    assert uses(filing) == []
    server.mode = "pass"
    assert upload(filing, sample_pdf()).status_code == 303, "the same form, sent again"
    assert len(uses(filing)) == 1


@pytest.mark.nightly
def test_a_paper_that_the_process_makes_is_made_once_the_bucket_is_back(
    walk: Walk, server: s3.Faulty, clock: Clock
):
    """As with any service task that fails: the answer counts, and the task is tried again."""
    walk.begin()
    walk.answer("designate_administrator")
    server.mode = "refuse"
    walk.answer("list_personnel")
    assert len(walk.incidents()) == 1
    assert walk.open_steps() == []
    server.mode = "pass"
    clock.forward(minutes=2)
    walk.tick()
    assert walk.open_steps() == ["file_designation"]
    walk.assert_consistent()


@pytest.mark.nightly
@pytest.mark.parametrize("mode", ["refuse", "cut"])
def test_a_file_that_cannot_be_read_now_is_not_called_damaged(
    filing: Walk, server: s3.Faulty, other: Flask, mode: str
):
    upload(filing, sample_pdf())
    (use,) = uses(filing)
    server.mode, server.left = mode, 300
    assert read(on(filing, other), "sip", use.id).status_code == 503
    assert filing.read(integrity.damaged) == []
    server.mode = "pass"
    assert read(on(filing, other), "sip", use.id).status_code == 200


@pytest.mark.nightly
def test_a_file_that_is_missing_or_changed_in_the_bucket_is_damaged(filing: Walk, other: Flask):
    upload(filing, sample_pdf())
    (use,) = uses(filing)
    place: places.Place = other.extensions["files"]
    with places.temporary(place.near) as file:
        file.write(b"something else")
        file.flush()
        place.put(use.sha256, Path(file.name))
    shutil.rmtree(place.near)
    filing.execute(update(StoredFile).values(checked_at=None))
    assert read(on(filing, other), "sip", use.id).status_code == 500
    place.remove(use.sha256)
    assert read(on(filing, other), "sip", use.id).status_code == 500
    with filing.reading() as session:
        assert [one.damage for one in integrity.damaged(session)] == ["missing"]
    assert upload(filing, sample_pdf()).status_code == 303, "uploading it again repairs it"
    assert use.sha256 in stored(other)


@pytest.mark.nightly
@pytest.mark.parametrize("mode", ["refuse", "late"])
def test_monitors_say_that_the_bucket_cannot_be_written_and_the_balancer_goes_on(
    app: Flask, server: s3.Faulty, monkeypatch: pytest.MonkeyPatch, mode: str
):
    monkeypatch.setattr(bucket, "ANSWERING", 90)  # the test of monitors has less
    monkeypatch.setattr(health.writing, "BUCKET_SECONDS", 0.5)
    for _ in range(2):
        assert health.writing.look(app) == dict.fromkeys(health.writing.CHECKS, True)
    assert len(stored(app)) == 1, "the same file each time"
    server.mode, before = mode, set(server.held)
    client = app.test_client()
    assert client.get("/salud").get_json()["writable"]["bucket"] is False
    assert bool(server.held - before) == (mode == "late"), "monitors do not wait for the bucket"
    assert client.get("/salud/listo").status_code == 200


@pytest.mark.nightly
def test_a_backup_has_the_files_of_the_bucket_and_goes_back_into_one(
    filing: Walk, tmp_path: Path, new_installation: NewInstallation, server: s3.Faulty
):
    upload(filing, sample_pdf())
    hashes = set(filing.all(select(StoredFile.sha256)))
    report = backup.back_up(filing.app, tmp_path / "backup")
    assert (report.files, report.missing) == (len(hashes), [])
    again = backup.back_up(filing.app, tmp_path / "backup")
    assert again.copied == 0
    new = new_installation(FILES=f"{filing.app.config['FILES']}/new")
    backup.restore(new, tmp_path / "backup")
    assert stored(new) == hashes
    assert not list((new.config["DATA"] / places.COPIES).rglob("?*/*")), "no copies are left"
    server.mode = "refuse"
    with pytest.raises(backup.CannotBackUp, match="bucket of the stored files is away"):
        backup.back_up(filing.app, tmp_path / "second")


@pytest.mark.nightly
def test_copies_of_a_machine_are_removed_when_they_are_old(
    filing: Walk, monkeypatch: pytest.MonkeyPatch
):
    upload(filing, sample_pdf())
    (use,) = uses(filing)
    with filing.app.app_context():
        copy = integrity.path_of(use.sha256)
    assert copy.is_file()
    turn(filing.app, JOBS["disk"])
    assert copy.is_file()
    monkeypatch.setattr(disk, "MOST_BYTES", 0)
    turn(filing.app, JOBS["disk"])
    assert not copy.exists()
    assert run_of(filing.app, "disk").result["copies_removed"] >= 1
    assert read(filing, "sip", use.id).status_code == 200


# Moving ----------------------------------------------------------------------------------------


def command(app: Flask, monkeypatch: pytest.MonkeyPatch, *words: str) -> Any:
    """Run `zaguan move-files` with the settings of an installation."""
    monkeypatch.setenv("ZAGUAN_DATA", str(app.config["DATA"]))
    monkeypatch.setenv("ZAGUAN_SECRET_KEY", "a secret that only the tests know")
    for name in ("FILES", "FILES_ENDPOINT", "FILES_KEY", "FILES_SECRET"):
        monkeypatch.setenv(f"ZAGUAN_{name}", app.config[name])
    return CliRunner().invoke(commands, ["move-files", *words])


def in_folder(app: Flask, *contents: bytes) -> list[str]:
    """Store contents in the data folder's own place; return their names."""
    folder = places.named(app.config, "")
    names = []
    for content in contents:
        with places.temporary(folder.near) as file:
            file.write(content)
            file.flush()
            names.append(hashlib.sha256(content).hexdigest())
            folder.put(names[-1], Path(file.name))
    return names


def test_files_are_moved_to_the_bucket_and_back_and_repeated(
    app: Flask, monkeypatch: pytest.MonkeyPatch
):
    names = in_folder(app, b"one", b"two", b"three")
    folder = places.named(app.config, "")
    said = command(app, monkeypatch, "folder", "bucket")
    assert (said.exit_code, said.stdout) == (0, "3 files, 3 copied, 0 removed.\n")
    assert stored(app) == set(names) == set(folder.list()), "nothing was deleted"
    said = command(app, monkeypatch, "folder", "bucket", "--remove")
    assert said.stdout == "3 files, 0 copied, 3 removed.\n"
    assert list(folder.list()) == []
    said = command(app, monkeypatch, "bucket", "folder")
    assert said.stdout == "3 files, 3 copied, 0 removed.\n"
    assert set(folder.list()) == set(names)


def test_a_move_that_was_interrupted_goes_on(
    app: Flask, server: s3.Faulty, monkeypatch: pytest.MonkeyPatch
):
    names = in_folder(app, b"one", b"two", b"three")
    put, calls = bucket.Bucket.put, []

    def and_break(self: bucket.Bucket, sha256: str, made: Path) -> None:
        calls.append(sha256)
        server.mode = "refuse" if len(calls) == 2 else "pass"
        put(self, sha256, made)

    monkeypatch.setattr(bucket.Bucket, "put", and_break)
    said = command(app, monkeypatch, "folder", "bucket")
    assert (said.exit_code, "Repeat the command" in said.output) == (2, True)
    server.mode = "pass"
    said = command(app, monkeypatch, "folder", "bucket")
    assert said.stdout == "3 files, 2 copied, 0 removed.\n"
    assert stored(app) == set(names)


def test_a_damaged_file_is_neither_moved_nor_deleted(app: Flask, monkeypatch: pytest.MonkeyPatch):
    good, bad = in_folder(app, b"one", b"two")
    folder = places.named(app.config, "")
    places.path_in(folder.near, bad).write_bytes(b"rot")
    said = command(app, monkeypatch, "folder", "bucket", "--remove")
    assert (said.exit_code, said.stderr.splitlines()[-1]) == (1, f"Damaged: {bad}")
    assert (stored(app), list(folder.list())) == ({good}, [bad])


def test_a_file_is_deleted_only_where_its_copy_is_whole(
    app: Flask, monkeypatch: pytest.MonkeyPatch
):
    (name,) = in_folder(app, b"one")
    place: places.Place = app.extensions["files"]
    with places.temporary(place.near) as file:
        file.write(b"eno")  # as many bytes
        file.flush()
        place.put(name, Path(file.name))
    said = command(app, monkeypatch, "folder", "bucket", "--remove")
    assert said.exit_code == 1
    assert list(places.named(app.config, "").list()) == [name]


def test_a_move_between_other_places_is_refused(app: Flask, monkeypatch: pytest.MonkeyPatch):
    for words in [("folder", "folder"), ("folder",), ("folder", "tape")]:
        assert command(app, monkeypatch, *words).exit_code == 2


def test_a_removed_content_is_neither_in_the_bucket_nor_on_the_machine(app: Flask):
    with app.app_context():
        with db.writing(app) as session:
            sha256 = files.store(session, BytesIO(b"a,b\n1,2\n"), "text/csv")
        path = integrity.near(sha256)
        assert sha256 in stored(app)
        with db.writing(app) as session:
            files.forget(session, sha256)
        assert sha256 not in stored(app)
        assert not path.exists()
        with db.writing(app) as session:
            row = session.get_one(StoredFile, sha256)
            assert (row.sha256, row.size, row.removed_at is None) == (sha256, 8, False)

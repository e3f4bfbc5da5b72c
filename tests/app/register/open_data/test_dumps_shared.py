"""The finished files on several machines: made by one, fetched by the others."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app import create_app
from app.base import db
from app.base.files import bucket, places
from app.ops.worker import open_data
from app.ops.worker.jobs import JOBS
from app.ops.worker.turns import turn
from app.register.export import dumping, dumps, sharing
from tests import s3
from tests.app.ops.test_worker import run_of
from tests.app.register.open_data.test_dumps import visited
from tests.app.visited import Visited
from tests.conftest import Clock
from tests.pages import CheckingClient
from tests.s3 import running, server

pytestmark = pytest.mark.nightly

__all__ = ["running", "server", "visited"]

#: Minutes back to a day of February.
LONG_AGO = 60 * 24 * 20
MANIFEST, FEBRUARY = "/datos/archivos.json", "/datos/archivos/visitas-2026-02.csv.gz"


@pytest.fixture
def settings(settings: dict[str, Any], server: s3.Faulty, tmp_path: Any) -> dict[str, Any]:
    """Return the settings of an installation with a bucket."""
    return settings | s3.settings(server.endpoint) | {"FILES": f"{s3.PLACE}/{tmp_path.name}"}


@pytest.fixture
def other(settings: dict[str, Any], tmp_path: Any, app: Flask) -> Iterator[Flask]:
    """Yield the application on another machine."""
    made = create_app(settings | {"DATA": tmp_path / "other"})
    made.test_client_class = CheckingClient
    yield made
    made.extensions["engine"].dispose()


def get(app: Flask, address: str) -> tuple[int, bytes]:
    answer = app.test_client().get(address, buffered=True)
    return answer.status_code, answer.data


def in_bucket(app: Flask) -> set[str]:
    place = sharing.place_of(app.config)
    assert place is not None
    assert not list(app.extensions["files"].list()), "they are no stored files"
    return set(place.list())


def test_another_machine_serves_the_same_files(visited: Visited, other: Flask):
    turn(visited.app, JOBS[open_data.NAME])
    assert get(other, FEBRUARY)[0] == 404
    turn(other, JOBS["disk"])
    assert run_of(other, "disk").result["files_fetched"] == len(in_bucket(other)) == 6
    for address in (MANIFEST, FEBRUARY):
        assert get(other, address) == get(visited.app, address)
        assert get(other, address)[0] == 200
    turn(other, JOBS["disk"])
    assert run_of(other, "disk").result["files_fetched"] == 0


def test_files_are_on_the_disk_before_they_have_their_place(
    visited: Visited, other: Flask, monkeypatch: pytest.MonkeyPatch
):
    synced: dict[int, str] = {}
    fsync = os.fsync

    def noting(opened: int) -> None:
        synced[os.fstat(opened).st_ino] = Path(f"/proc/self/fd/{opened}").readlink().parent.name
        fsync(opened)

    monkeypatch.setattr(os, "fsync", noting)
    turn(visited.app, JOBS[open_data.NAME])
    turn(other, JOBS["disk"])
    for app in (visited.app, other):
        folder = app.config["DATA"] / dumps.FOLDER
        files = [*folder.glob("*-visitas*"), folder / dumps.MANIFEST]
        assert len(files) == 7
        assert {synced.get(file.stat().st_ino) for file in files} == {dumping.BUILDING}
        assert folder.stat().st_ino in synced


def test_a_new_machine_fetches_the_files_of_the_night_instead_of_making_them(
    visited: Visited, other: Flask
):
    turn(visited.app, JOBS[open_data.NAME])
    turn(other, JOBS[open_data.NAME])
    assert run_of(other, open_data.NAME).result == {"files_fetched": 6}
    assert get(other, MANIFEST) == get(visited.app, MANIFEST)


def test_what_is_not_public_any_more_leaves_the_bucket_and_the_other_machine(
    visited: Visited, other: Flask, clock: Clock
):
    turn(visited.app, JOBS[open_data.NAME])
    turn(other, JOBS["disk"])
    before = in_bucket(other)
    clock.forward(days=1)
    visited.visit(ago=LONG_AGO, name="Huamán Ficticio Elmer", observation="late")
    turn(visited.app, JOBS[open_data.NAME])
    turn(other, JOBS["disk"])
    assert get(other, FEBRUARY) == get(visited.app, FEBRUARY)
    assert not before & in_bucket(other), "each file is another one"
    folder = other.config["DATA"] / "open-data"
    assert len(list(folder.glob("*-visitas*"))) == 6


def test_two_jobs_that_fetch_at_once_do_not_disturb_each_other(
    visited: Visited, other: Flask, monkeypatch: pytest.MonkeyPatch
):
    turn(visited.app, JOBS[open_data.NAME])
    engine, folder = other.extensions["engine"], other.config["DATA"] / dumps.FOLDER
    (folder / dumping.BUILDING).mkdir(parents=True)
    (folder / dumping.BUILDING / "whole.csv.gz").write_bytes(b"half, left by a kill")
    fetch_one = sharing._fetch_one
    results: list[Any] = []

    def fetching(place: places.Place, *rest: Any) -> None:
        if not results:
            results.append(sharing.fetch(engine, place, folder, db.never))
            results.append(dumping.make(engine, folder, db.never))
        fetch_one(place, *rest)

    monkeypatch.setattr(sharing, "_fetch_one", fetching)
    turn(other, JOBS["disk"])
    assert results == [0, None]
    assert run_of(other, "disk").result["files_fetched"] == 6
    assert get(other, FEBRUARY) == get(visited.app, FEBRUARY)
    assert not (folder / dumping.BUILDING).exists()


def test_files_that_could_not_be_shared_are_not_made_again(
    visited: Visited, other: Flask, server: s3.Faulty, monkeypatch: pytest.MonkeyPatch
):
    server.mode = "refuse"
    turn(visited.app, JOBS[open_data.NAME])
    assert "Away" in run_of(visited.app, open_data.NAME).error
    made = get(visited.app, MANIFEST)
    monkeypatch.setattr(dumping, "make", lambda *_: pytest.fail("they are made again"))
    turn(visited.app, JOBS[open_data.NAME])
    assert "Away" in run_of(visited.app, open_data.NAME).error
    server.mode = "pass"
    turn(visited.app, JOBS[open_data.NAME])
    assert run_of(visited.app, open_data.NAME).error == ""
    assert run_of(visited.app, open_data.NAME).result == {"files_shared": 6}
    turn(other, JOBS["disk"])
    assert get(other, MANIFEST) == get(visited.app, MANIFEST) == made


def test_what_a_failed_run_left_in_the_bucket_is_deleted_by_the_next_try(
    visited: Visited, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    turn(visited.app, JOBS[open_data.NAME])
    before = in_bucket(visited.app)
    clock.forward(days=1)
    visited.visit(ago=LONG_AGO, observation="late")
    with monkeypatch.context() as patched:
        patched.setattr(bucket.Bucket, "remove", away)
        turn(visited.app, JOBS[open_data.NAME])
    assert "Away" in run_of(visited.app, open_data.NAME).error
    assert before < in_bucket(visited.app)
    turn(visited.app, JOBS[open_data.NAME])
    assert run_of(visited.app, open_data.NAME).error == ""
    assert len(in_bucket(visited.app)) == 6
    assert not before & in_bucket(visited.app)


def test_who_is_stopped_neither_shares_nor_deletes(visited: Visited):
    turn(visited.app, JOBS[open_data.NAME])
    engine, place = visited.engine, sharing.place_of(visited.app.config)
    assert place is not None
    shared, before = sharing.shared(engine), in_bucket(visited.app)
    with places.temporary(place.near) as extra:
        places.put_elsewhere(place, "0" * 64, Path(extra.name))
    sharing.tidy(engine, place, lambda: True)
    folder = visited.app.config["DATA"] / dumps.FOLDER
    assert sharing.share(engine, place, folder, lambda: True) is None
    assert sharing.shared(engine) == shared
    assert in_bucket(visited.app) == before | {"0" * 64}
    sharing.tidy(engine, place, db.never)
    assert in_bucket(visited.app) == before


def away(*_: Any) -> None:
    raise places.Away("the bucket refuses")


@pytest.mark.parametrize("mode", ["refuse", "cut"])
def test_without_the_bucket_a_machine_serves_what_it_has(
    visited: Visited, other: Flask, server: s3.Faulty, clock: Clock, mode: str
):
    turn(visited.app, JOBS[open_data.NAME])
    turn(other, JOBS["disk"])
    before = get(other, FEBRUARY)
    clock.forward(days=1)
    visited.visit(ago=LONG_AGO, observation="late")
    turn(visited.app, JOBS[open_data.NAME])
    server.mode, server.left = mode, 300
    turn(other, JOBS["disk"])
    assert "Away" in run_of(other, "disk").error
    assert get(other, FEBRUARY) == before
    server.mode = "pass"
    turn(other, JOBS["disk"])
    assert get(other, FEBRUARY) == get(visited.app, FEBRUARY) != before


def test_without_a_bucket_nothing_is_shared(visited: Visited):
    visited.app.config["FILES"] = ""
    assert sharing.place_of(visited.app.config) is None
    turn(visited.app, JOBS[open_data.NAME])
    assert run_of(visited.app, open_data.NAME).error == ""
    with visited.app.app_context():
        assert sharing.shared(visited.engine).files == ()
        assert list(places.here().list()) == []

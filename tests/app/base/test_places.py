"""The places of stored files: a folder, and a bucket of S3 that may refuse, be late or cut."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.base import config
from app.base.files import bucket, places
from app.base.files.places import Away, Place
from tests import s3

CONTENT = bytes(range(256)) * 2000
NAME = hashlib.sha256(CONTENT).hexdigest()
OTHER = hashlib.sha256(b"other").hexdigest()


@pytest.fixture(scope="module")
def server() -> Iterator[s3.Faulty]:
    with s3.faulty() as running:
        yield running


@pytest.fixture
def remote(server: s3.Faulty, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """Yield an empty bucket, with short limits."""
    monkeypatch.setattr(bucket, "ANSWERING", 0.5)
    monkeypatch.setattr(bucket, "RETRIES", 1)
    place, server.mode = made({"DATA": tmp_path} | s3.settings(server.endpoint)), "pass"
    for name in list(place.list()):  # also what was cut in an earlier test, and stored all the same
        place.remove(name)
    yield place
    server.mode = "pass"


def made(settings: dict[str, Any]) -> Place:
    return places.named(settings, settings["FILES"])


@pytest.fixture(params=["folder", "bucket", "s3rver"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Yield an empty place of each kind; the last two are buckets of different servers."""
    if request.param == "folder":
        yield made({"DATA": tmp_path, "FILES": ""})
    elif request.param == "bucket":
        yield request.getfixturevalue("remote")
    else:
        with s3.s3rver(tmp_path / "s3") as endpoint:
            yield made({"DATA": tmp_path / "data"} | s3.settings(endpoint))


def put(place: Place, content: bytes = CONTENT) -> str:
    name = hashlib.sha256(content).hexdigest()
    with places.temporary(place.near) as target:
        target.write(content)
        target.flush()
        place.put(name, Path(target.name))
    return name


def read(place: Place, name: str = NAME) -> bytes:
    with place.open(name) as source:
        return source.read()


@pytest.mark.nightly
def test_a_content_is_stored_read_measured_listed_and_removed(place: Place):
    assert list(place.list()) == []
    assert place.stat(NAME) is None
    with pytest.raises(FileNotFoundError):
        place.open(NAME)
    put(place)
    put(place)  # once more is the same
    put(place, b"other")
    assert read(place) == CONTENT
    assert (place.stat(NAME), place.stat(OTHER)) == (len(CONTENT), 5)
    assert set(place.list()) == {NAME, OTHER}
    assert places.path_in(place.near, NAME).read_bytes() == CONTENT, "it is also on this machine"
    place.remove(NAME)
    assert list(place.list()) == [OTHER]
    assert place.stat(NAME) is None
    assert list(place.near.glob("tmp*")) == []


def test_a_long_list_comes_in_pages(remote: Place, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bucket, "AT_ONCE", 2)
    names = {put(remote, bytes([one])) for one in range(5)}
    assert set(remote.list()) == names


@pytest.mark.parametrize("mode", ["refuse", "late"])
def test_a_bucket_that_refuses_or_is_late_is_away(remote: Place, server: s3.Faulty, mode: str):
    put(remote)
    server.mode = mode
    for call in (
        lambda: put(remote, b"other"),
        lambda: read(remote),
        lambda: remote.stat(NAME),
        lambda: list(remote.list()),
    ):
        with pytest.raises(Away, match="is away"):
            call()
    server.mode = "pass"
    assert list(remote.list()) == [NAME], "nothing was stored"


def test_an_answer_that_is_cut_is_no_content(remote: Place, server: s3.Faulty):
    put(remote)
    server.mode = "cut"
    with pytest.raises(Away):
        read(remote)


def test_a_bucket_that_does_not_exist_has_no_missing_files(server: s3.Faulty, tmp_path: Path):
    """A wrong setting must not look like the loss of every file."""
    settings = {"DATA": tmp_path} | s3.settings(server.endpoint) | {"FILES": "s3://nothing"}
    with pytest.raises(Away):
        made(settings).open(NAME)
    with pytest.raises(Away):
        put(made(settings))


@pytest.mark.nightly
def test_requests_are_signed_and_a_wrong_secret_is_refused(server: s3.Faulty, tmp_path: Path):
    common = {"DATA": tmp_path} | s3.settings(server.endpoint)
    with s3.signed(server) as key:
        assert put(made(common | key)) == NAME
        assert read(made(common | key)) == CONTENT
        wrong = made(common | key | {"FILES_SECRET": "not-the-one"})
        for call in (lambda: put(wrong, b"other"), lambda: read(wrong), lambda: list(wrong.list())):
            with pytest.raises(Away) as refused:
                call()
            assert "not-the-one" not in str(refused.value)


@pytest.mark.nightly
def test_an_unknown_key_is_refused(tmp_path: Path):
    with s3.s3rver(tmp_path / "s3") as endpoint:
        settings = {"DATA": tmp_path} | s3.settings(endpoint) | {"FILES_KEY": "unknown"}
        with pytest.raises(Away):
            put(made(settings))


S3 = {
    "ZAGUAN_FILES": s3.PLACE,
    "ZAGUAN_FILES_ENDPOINT": "https://s3.example.pe",
    "ZAGUAN_FILES_KEY": "key",
    "ZAGUAN_FILES_SECRET": "secret",
}


def test_the_settings_of_a_bucket_are_taken_together_and_half_a_bucket_is_refused(tmp_path: Path):
    found = config.load({"ZAGUAN_DATA": str(tmp_path)} | S3)
    assert (found["FILES"], found["FILES_REGION"]) == (s3.PLACE, "us-east-1")
    for name, value in [
        ("ZAGUAN_FILES", "s3://"),
        ("ZAGUAN_FILES", "https://s3.example.pe/zaguan"),
        ("ZAGUAN_FILES", "s3://zaguan/../other?x"),
        ("ZAGUAN_FILES_ENDPOINT", ""),
        ("ZAGUAN_FILES_ENDPOINT", "http://s3.example.pe"),
        ("ZAGUAN_FILES_KEY", ""),
        ("ZAGUAN_FILES_SECRET", "two words"),
    ]:
        with pytest.raises(config.BadSetting, match=f"^{name}: "):
            config.load({"ZAGUAN_DATA": str(tmp_path)} | S3 | {name: value})

"""Stored files whose bytes changed: never served, reported, and repaired by the same file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from app.base import db, files
from app.base.files import integrity
from app.ops import backup, worker
from tests.app.base.test_files import filing as filing
from tests.app.base.test_files import pdf_of, read, upload, uses
from tests.app.walk import Walk
from tests.conftest import Clock


def _lose(path: Path) -> None:
    path.unlink()


def _rot(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1] + b"?")


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100])


def status(app: Flask) -> tuple[int, str]:
    """Return the number of damaged files in `zaguan status`, and the lines that name them."""
    with app.app_context():
        integrity.look_again(app)
        with db.open_session(app.extensions["engine"], writes=False) as session:
            stuck = {one.kind: one.count for one in worker.read(session).stuck}
            named = "\n".join(map(str, integrity.damaged(session)))
    return stuck.get("files_damaged", 0), named


#: Every address that serves a stored file, for a step that presents documents.
ADDRESSES = ("/archivos/{use}", "/tareas/{task}/documentos.zip")


@pytest.mark.parametrize("spoil", [_lose, _rot, _cut], ids=lambda spoil: spoil.__name__)
def test_a_damaged_file_is_never_served_and_is_named(
    filing: Walk, clock: Clock, spoil: Callable[[Path], None]
):
    for _name, content in zip("ab", (pdf_of(4_000), pdf_of(5_000)), strict=True):
        assert upload(filing, content).status_code == 303
    use = uses(filing)[-1]
    addresses = [address.format(use=use.id, task=use.task_id) for address in ADDRESSES]
    client = filing.browser("preparer")
    for address in addresses:
        assert client.get(address, buffered=True).status_code == 200
    with filing.app.app_context():
        path = files.path_of(use.sha256)
    good = path.read_bytes()
    spoil(path)
    clock.forward(days=1, minutes=1)
    client = filing.browser("preparer")
    for address in addresses:
        answer = client.get(address, buffered=True)
        assert answer.status_code == 500
        assert "Este archivo está dañado" in answer.text
    count, named = status(filing.app)
    assert count == 1
    assert use.sha256 in named
    assert "E90001 Oficio de designación, firmado" in named
    path.write_bytes(good)
    assert status(filing.app) == (0, "")
    assert client.get(addresses[0], buffered=True).status_code == 200


@pytest.mark.nightly("servers")
@pytest.mark.parametrize("spoil", [_lose, _rot, _cut], ids=lambda spoil: spoil.__name__)
def test_the_same_file_uploaded_again_mends_the_damaged_one(
    filing: Walk, clock: Clock, spoil: Callable[[Path], None]
):
    upload(filing, pdf_of(4_000))
    (use,) = uses(filing)
    with filing.app.app_context():
        spoil(files.path_of(use.sha256))
    clock.forward(days=1, minutes=1)
    assert read(filing, "preparer", use.id).status_code == 500
    assert upload(filing, pdf_of(4_000)).status_code == 303
    assert {read(filing, "preparer", one.id).status_code for one in uses(filing)} == {200}
    assert status(filing.app) == (0, "")


@pytest.mark.nightly("servers")
def test_a_file_is_held_against_its_hash_once_a_day(
    filing: Walk, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    upload(filing, pdf_of(4_000))
    (use,) = uses(filing)
    looked = []
    check = integrity.damage_of
    monkeypatch.setattr(integrity, "damage_of", lambda *one: looked.append(one) or check(*one))
    for hours, expected in ((0, 1), (1, 1), (22, 1), (2, 2)):
        clock.forward(hours=hours)
        assert read(filing, "sip", use.id).status_code == 200
        assert len(looked) == expected


@pytest.mark.nightly("servers")
@pytest.mark.parametrize("spoil", [_lose, _rot, _cut], ids=lambda spoil: spoil.__name__)
def test_a_backup_names_what_it_could_not_copy_though_it_was_checked_within_the_week(
    filing: Walk, tmp_path: Path, spoil: Callable[[Path], None]
):
    upload(filing, pdf_of(5_000))  # no two documents are the same
    (use,) = uses(filing)
    assert read(filing, "preparer", use.id).status_code == 200
    with filing.app.app_context():
        spoil(files.path_of(use.sha256))
    report = backup.back_up(filing.app, tmp_path / "backup")
    assert report.missing == [use.sha256]
    (damage,) = report.damaged
    assert damage.uses == ("E90001 Oficio de designación, firmado",)
    assert status(filing.app)[0] == 1

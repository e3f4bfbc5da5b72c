"""What was suppressed after a backup is suppressed again before anything is served."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select

from app import create_app
from app.base import db
from app.base.models import JobRun, LogEntry, Visit
from app.ops import backup, setup
from app.ops.backup import stored
from app.ops.worker.jobs import JOBS
from app.ops.worker.turns import turn
from app.register.suppression import list_file, listed, reviews
from app.register.suppression.fields import GROUPS
from tests import s3
from tests.app.ops.test_after_restore import load
from tests.app.ops.test_backup import NewInstallation, new_installation
from tests.app.register.suppression.test_reviews import HIDE, SUPPRESS, of, post
from tests.app.visited import Visited
from tests.conftest import Clock
from tests.s3 import running, server

__all__ = ["new_installation", "running", "server"]

NAME = "Zumaetaficticia Inventada Eva"


@pytest.fixture
def visited(app: Any, clock: Clock) -> Visited:
    made = Visited(app)
    made.commit(listed.begin)
    return made


def list_of(app: Flask) -> Path:
    with app.app_context():
        return list_file.path()


def test_a_suppression_is_listed_at_once_without_a_name(visited: Visited):
    visit_id = visited.visit(name=NAME)
    post(visited, visit_id, "/ocultar", HIDE)
    post(visited, visit_id, "/decidir", SUPPRESS)
    _, line = list_of(visited.app).read_text().splitlines()
    said = json.loads(line)
    assert (said["visit"], said["versions"]) == (visited.row(visit_id).code, 3)
    assert (said["fields"], said["ground"]) == (SUPPRESS["fields"], "minor")
    assert set(said) == {"visit", "versions", "fields", "ground", "hidden_at", "decided_at"}
    assert list_of(visited.app).stat().st_mode & 0o077 == 0


def test_the_worker_of_each_machine_completes_its_list(visited: Visited):
    turn(visited.app, JOBS["disk"])
    assert len(list_of(visited.app).read_text().splitlines()) == 1
    visit_id = visited.visit(name=NAME)
    with visited.writing() as session:
        visit = session.get_one(Visit, visit_id)
        reviews.hide(session, visit, ground="minor", actor_id=None)
        reviews.suppress(session, visit, list(GROUPS), actor_id=None)
    for _ in range(2):
        visited.read(listed.write)
    assert len(list_of(visited.app).read_text().splitlines()) == 2


@pytest.mark.guard("a backup is restored")
@pytest.mark.postgresql
def test_a_restored_visit_is_suppressed_again_and_nothing_is_served_without_the_list(
    visited: Visited, tmp_path: Path, new_installation: NewInstallation, capsys: Any
):
    visit_id = visited.visit(name=NAME)
    backup.back_up(visited.app, tmp_path / "backup")
    post(visited, visit_id, "/ocultar", HIDE)
    post(visited, visit_id, "/decidir", SUPPRESS)
    assert not list((tmp_path / "backup").rglob(list_file.NAME))
    other = new_installation()
    backup.restore(other, tmp_path / "backup")
    restored = Visited(other)
    assert restored.row(visit_id).visitor_name == NAME
    with pytest.raises(setup.CannotSetUp, match="no-suppressions"):
        setup.suppress_again(other)
    list_of(other).write_bytes(list_of(visited.app).read_bytes())
    setup.suppress_again(other)
    assert "as the list says: 1." in capsys.readouterr().out
    row, before = restored.row(visit_id), visited.row(visit_id)
    assert (row.state, row.audience, row.visitor_name) == ("suppressed", "public", "")
    page = restored.browser().get(f"/visita/{row.code}").text
    assert "Los datos de esta visita se suprimieron" in page
    assert (row.code, row.motive) == (before.code, before.motive)
    setup.suppress_again(other)  # at each later start
    assert restored.row(visit_id).versions == row.versions


def test_an_operator_can_declare_that_nothing_was_suppressed(visited: Visited):
    list_of(visited.app).unlink()
    with pytest.raises(setup.CannotSetUp):
        setup.suppress_again(visited.app)
    visited.commit(listed.declare_none)
    setup.suppress_again(visited.app)
    kinds = visited.all(select(LogEntry.kind))
    assert "register.none_suppressed" in kinds


@pytest.mark.nightly
@pytest.mark.postgresql
def test_a_copied_database_is_not_served_without_the_list_of_its_installation(
    visited: Visited, tmp_path: Path, new_installation: NewInstallation
):
    visit_id = visited.visit(name=NAME)
    other = new_installation()
    load(visited.app, other, tmp_path / "dump")
    post(visited, visit_id, "/ocultar", HIDE)
    post(visited, visit_id, "/decidir", SUPPRESS)
    with pytest.raises(setup.CannotSetUp, match="missing"):
        setup.suppress_again(other)
    setup.prepare(other)  # makes no list: the installation has a name
    assert not list_of(other).exists()
    another = '{"installation": "' + "0" * 64 + '"}\n'  # as a setup made for a new database
    list_of(other).parent.mkdir(exist_ok=True)
    for text in ("", another):
        list_of(other).write_text(text)
        with pytest.raises(setup.CannotSetUp, match="another installation"):
            setup.suppress_again(other)
    shutil.copy(list_of(visited.app), list_of(other))
    setup.suppress_again(other)
    assert Visited(other).row(visit_id).visitor_name == ""


def test_a_declaration_makes_a_list_and_renames_one_of_another_installation(visited: Visited):
    path = list_of(visited.app)
    before = path.read_text()
    another = '{"installation": "' + "0" * 64 + '"}\n'
    path.write_text(another)
    visited.commit(listed.declare_none)
    assert path.read_text() == before
    assert path.with_name(list_file.NAME + list_file.ASIDE).read_text() == another
    with visited.writing() as session:
        listed.declare_none(session)  # is needed no more
    kinds = visited.all(select(LogEntry.kind))
    assert kinds.count("register.none_suppressed") == 1


@pytest.mark.nightly
@pytest.mark.parametrize("begin", [setup.prepare, setup.upgrade])
def test_a_setup_or_a_migration_makes_the_list_and_a_repeated_one_leaves_it(
    app: Flask, begin: Callable[[Flask], None]
):
    path = list_of(app)
    begin(app)
    made = path.read_text()
    begin(app)
    assert path.read_text() == made
    path.unlink()
    begin(app)
    assert not path.exists()
    with app.app_context(), db.writing(app) as session:
        session.execute(delete(JobRun).where(JobRun.name == listed.ROW))
    path.write_text(made)  # a setup that was killed before its commit
    begin(app)
    assert path.read_text() == made
    setup.suppress_again(app)


@pytest.mark.nightly
def test_another_machine_finds_the_list_in_the_bucket(
    visited: Visited, settings: dict[str, Any], tmp_path: Path, server: s3.Faulty
):
    bucket = s3.settings(server.endpoint) | {"FILES": f"{s3.PLACE}/{tmp_path.name}"}
    one, other = (
        create_app(settings | bucket | {"DATA": tmp_path / name}) for name in ("data", "other")
    )
    visit_id = visited.visit(name=NAME)
    post(visited, visit_id, "/ocultar", HIDE)
    server.mode = "refuse"
    turn(one, JOBS["disk"])  # works without the bucket
    with pytest.raises(setup.CannotSetUp):
        setup.suppress_again(other)
    server.mode = "pass"
    turn(one, JOBS["disk"])
    setup.suppress_again(other)
    assert list_of(other).read_text() == list_of(one).read_text()
    post(visited, visit_id, "/decidir", SUPPRESS)  # on the first machine
    turn(one, JOBS["disk"])
    setup.suppress_again(other)
    assert visited.row(visit_id).code in list_of(other).read_text()
    assert list(one.extensions["files"].list()) == []  # it is no stored file
    for made in (one, other):
        made.extensions["engine"].dispose()


def test_a_line_that_was_cut_and_a_visit_after_the_backup_are_left_out(visited: Visited):
    visit_id = visited.visit(name=NAME)
    post(visited, visit_id, "/ocultar", HIDE)
    post(visited, visit_id, "/decidir", SUPPRESS)
    whole = list_of(visited.app).read_text()
    head, _ = whole.splitlines()
    other = whole.replace(visited.row(visit_id).code, "0000000000")
    list_of(visited.app).write_text(other + whole.removeprefix(head + "\n")[:30])
    setup.suppress_again(visited.app)
    assert visited.browser("administrator").get(of(visited, visit_id)).status_code == 200


@pytest.mark.nightly
def test_a_list_that_was_cut_is_completed_on_a_line_of_its_own(visited: Visited):
    for name in (NAME, "Otra Inventada Ana"):
        visit_id = visited.visit(name=name)
        post(visited, visit_id, "/ocultar", HIDE)
        post(visited, visit_id, "/decidir", SUPPRESS)
    whole = list_of(visited.app).read_text()
    head, first, second = whole.splitlines()
    list_of(visited.app).write_text(f"{head}\n{first[:30]}")
    visited.read(listed.write)
    assert list_of(visited.app).read_text().splitlines() == [head, first[:30], first, second]


@pytest.mark.nightly
def test_a_visit_that_is_suppressed_during_a_backup_is_suppressed_again(
    visited: Visited,
    tmp_path: Path,
    new_installation: NewInstallation,
    monkeypatch: pytest.MonkeyPatch,
):
    visit_id = visited.visit(name=NAME)
    copy = stored.copy

    def suppress_and_copy(*given: Any) -> Any:
        post(visited, visit_id, "/ocultar", HIDE)
        post(visited, visit_id, "/decidir", SUPPRESS)
        return copy(*given)

    with monkeypatch.context() as patched:
        patched.setattr(stored, "copy", suppress_and_copy)
        backup.back_up(visited.app, tmp_path / "backup")
    other = new_installation()
    backup.restore(other, tmp_path / "backup")
    assert Visited(other).row(visit_id).visitor_name == NAME
    list_of(other).write_bytes(list_of(visited.app).read_bytes())
    setup.suppress_again(other)
    assert Visited(other).row(visit_id).visitor_name == ""

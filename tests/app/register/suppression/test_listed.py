"""What was suppressed after a backup is suppressed again before anything is served."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.base.models import LogEntry, Visit
from app.ops import backup, setup
from app.ops.backup import stored
from app.ops.worker.jobs import JOBS
from app.ops.worker.turns import turn
from app.register.suppression import listed, reviews
from app.register.suppression.fields import GROUPS
from tests.app.ops.test_backup import NewInstallation, new_installation
from tests.app.register.suppression.test_reviews import HIDE, SUPPRESS, of, post
from tests.app.visited import Visited
from tests.conftest import Clock

__all__ = ["new_installation"]

NAME = "Zumaetaficticia Inventada Eva"


@pytest.fixture
def visited(app: Any, clock: Clock) -> Visited:
    return Visited(app)


def list_of(app: Flask) -> Path:
    with app.app_context():
        return listed.path()


def test_a_suppression_is_listed_at_once_without_a_name(visited: Visited):
    visit_id = visited.visit(name=NAME)
    post(visited, visit_id, "/ocultar", HIDE)
    post(visited, visit_id, "/decidir", SUPPRESS)
    [line] = list_of(visited.app).read_text().splitlines()
    said = json.loads(line)
    assert (said["visit"], said["versions"]) == (visited.row(visit_id).code, 3)
    assert (said["fields"], said["ground"]) == (SUPPRESS["fields"], "minor")
    assert set(said) == {"visit", "versions", "fields", "ground", "hidden_at", "decided_at"}
    assert list_of(visited.app).stat().st_mode & 0o077 == 0


def test_the_worker_of_each_machine_completes_its_list(visited: Visited):
    turn(visited.app, JOBS["disk"])
    assert list_of(visited.app).read_text() == ""
    visit_id = visited.visit(name=NAME)
    with visited.writing() as session:
        visit = session.get_one(Visit, visit_id)
        reviews.hide(session, visit, ground="minor", actor_id=None)
        reviews.suppress(session, visit, list(GROUPS), actor_id=None)
    for _ in range(2):
        with visited.reading() as session:
            listed.write(session)
    assert len(list_of(visited.app).read_text().splitlines()) == 1


@pytest.mark.both_databases
def test_a_restored_visit_is_suppressed_again_and_nothing_is_served_without_the_list(
    visited: Visited, tmp_path: Path, new_installation: NewInstallation, capsys: Any
):
    visit_id = visited.visit(name=NAME)
    backup.back_up(visited.app, tmp_path / "backup")
    post(visited, visit_id, "/ocultar", HIDE)
    post(visited, visit_id, "/decidir", SUPPRESS)
    assert not list((tmp_path / "backup").rglob(listed.NAME))
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
    with visited.writing() as session:
        listed.require(session.connection())
    with pytest.raises(setup.CannotSetUp):
        setup.suppress_again(visited.app)
    with visited.writing() as session:
        listed.declare_none(session)
    setup.suppress_again(visited.app)
    with visited.reading() as session:
        kinds = session.scalars(select(LogEntry.kind)).all()
    assert "register.none_suppressed" in kinds


def test_an_installation_that_was_never_restored_needs_no_list(visited: Visited):
    setup.suppress_again(visited.app)
    assert not list_of(visited.app).exists()


def test_a_line_that_was_cut_and_a_visit_after_the_backup_are_left_out(visited: Visited):
    visit_id = visited.visit(name=NAME)
    post(visited, visit_id, "/ocultar", HIDE)
    post(visited, visit_id, "/decidir", SUPPRESS)
    whole = list_of(visited.app).read_text()
    other = whole.replace(visited.row(visit_id).code, "0000000000")
    list_of(visited.app).write_text(other + whole[:30])
    setup.suppress_again(visited.app)
    assert visited.browser("administrator").get(of(visited, visit_id)).status_code == 200


def test_a_list_that_was_cut_is_completed_on_a_line_of_its_own(visited: Visited):
    for name in (NAME, "Otra Inventada Ana"):
        visit_id = visited.visit(name=name)
        post(visited, visit_id, "/ocultar", HIDE)
        post(visited, visit_id, "/decidir", SUPPRESS)
    whole = list_of(visited.app).read_text()
    first, second = whole.splitlines()
    list_of(visited.app).write_text(first[:30])
    with visited.reading() as session:
        listed.write(session)
    assert list_of(visited.app).read_text().splitlines() == [first[:30], first, second]


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

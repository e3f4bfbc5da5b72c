"""The list of suppressions: made once, completed by each machine, and needed to serve anything."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select

from app import create_app
from app.base import db
from app.base.models import JobRun, LogEntry
from app.ops import setup
from app.ops.worker.jobs import JOBS
from app.ops.worker.turns import turn
from app.register.suppression import list_file, listed
from tests import s3
from tests.app.ops.test_after_restore import load
from tests.app.ops.test_backup import NewInstallation, new_installation
from tests.app.register.suppression.suppressing import NAME, SUPPRESS, Suppressing, list_of
from tests.app.visited import Visited
from tests.s3 import running, server

__all__ = ["new_installation", "running", "server"]

#: A list as a setup made it for a new database.
ANOTHER = '{"installation": "' + "0" * 64 + '"}\n'


@pytest.mark.nightly
@pytest.mark.postgresql
def test_a_copied_database_is_not_served_without_the_list_of_its_installation(
    visited: Suppressing, tmp_path: Path, new_installation: NewInstallation
):
    visit_id = visited.visit(name=NAME)
    other = new_installation()
    load(visited.app, other, tmp_path / "dump")
    visited.suppress(visit_id)
    visited.read(listed.write)
    with pytest.raises(setup.CannotSetUp, match="missing"):
        setup.suppress_again(other)
    setup.prepare(other)  # makes no list: the installation has a name
    assert not list_of(other).exists()
    list_of(other).parent.mkdir(exist_ok=True)
    for text in ("", ANOTHER):
        list_of(other).write_text(text)
        with pytest.raises(setup.CannotSetUp, match="another installation"):
            setup.suppress_again(other)
    shutil.copy(list_of(visited.app), list_of(other))
    setup.suppress_again(other)
    assert Visited(other).row(visit_id).visitor_name == ""


@pytest.mark.parametrize("text", ["", ANOTHER])
def test_an_operator_declares_that_nothing_was_suppressed_and_a_list_is_made(
    visited: Suppressing, text: str
):
    path = list_of(visited.app)
    before = path.read_text()
    path.unlink()
    if text:
        path.write_text(text)
    with pytest.raises(setup.CannotSetUp, match="no-suppressions"):
        setup.suppress_again(visited.app)
    for _ in range(2):  # the second time it is needed no more
        visited.commit(listed.declare_none)
    setup.suppress_again(visited.app)
    assert path.read_text() == before
    aside = path.with_name(list_file.NAME + list_file.ASIDE)
    assert (aside.read_text() if aside.exists() else "") == text
    assert visited.all(select(LogEntry.kind)).count("register.none_suppressed") == 1


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
    visited: Suppressing, settings: dict[str, Any], tmp_path: Path, server: s3.Faulty
):
    bucket = s3.settings(server.endpoint) | {"FILES": f"{s3.PLACE}/{tmp_path.name}"}
    one, other = (
        create_app(settings | bucket | {"DATA": tmp_path / name}) for name in ("data", "other")
    )
    visit_id = visited.visit(name=NAME)
    visited.hide(visit_id)
    server.mode = "refuse"
    turn(one, JOBS["disk"])  # works without the bucket
    with pytest.raises(setup.CannotSetUp):
        setup.suppress_again(other)
    server.mode = "pass"
    turn(one, JOBS["disk"])
    setup.suppress_again(other)
    assert list_of(other).read_text() == list_of(one).read_text()
    visited.post(visit_id, SUPPRESS)  # on the first machine
    turn(one, JOBS["disk"])
    setup.suppress_again(other)
    assert visited.row(visit_id).code in list_of(other).read_text()
    assert list(one.extensions["files"].list()) == []  # it is no stored file
    for made in (one, other):
        made.extensions["engine"].dispose()


@pytest.mark.nightly
def test_a_list_that_was_cut_is_completed_on_a_line_of_its_own(visited: Suppressing):
    path = list_of(visited.app)
    turn(visited.app, JOBS["disk"])
    [head] = path.read_text().splitlines()
    for name in (NAME, "Otra Inventada Ana"):
        visit_id = visited.visit(name=name)
        visited.suppress(visit_id)
    for _ in range(2):  # the worker of each machine does it
        turn(visited.app, JOBS["disk"])
    _, first, second = path.read_text().splitlines()
    unknown = second.replace(visited.row(visit_id).code, "0000000000")  # newer than the backup
    path.write_text(f"{head}\n{unknown}\n{first[:30]}")
    setup.suppress_again(visited.app)
    visited.read(listed.write)
    assert path.read_text().splitlines() == [head, unknown, first[:30], first, second]

"""A restore that is killed at any moment can be repeated by the same command."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from app.ops import backup, setup
from app.ops.backup import CannotRestore
from tests.app.ops.backups import moved
from tests.app.ops.killing import kill_at, length, moments
from tests.app.ops.test_backup import NewInstallation, case, contents, kill, new_installation
from tests.app.together import exit_code, forked
from tests.app.walk import Walk

pytestmark = pytest.mark.postgresql

__all__ = ["case", "new_installation"]

MOMENTS = 10


@pytest.mark.nightly("servers")
def test_a_restore_that_is_killed_at_ten_moments_is_repeated(
    case: Walk, tmp_path: Path, new_installation: NewInstallation
):
    backup.back_up(case.app, tmp_path / "backup")
    whole = contents(case.app)
    first = new_installation()
    calls = length(first, lambda: backup.restore(first, tmp_path / "backup"))
    killed = 0
    for moment in moments(calls, MOMENTS):
        other = new_installation()
        killed += kill_at(other, partial(backup.restore, other, tmp_path / "backup"), moment)
        report = backup.restore(other, tmp_path / "backup")
        assert contents(other) == whole, moment
        assert report.files == 1
        stored = other.config["DATA"] / "files"
        assert [path.name[0] for path in stored.rglob("*") if path.is_file()] != ["."]
    assert killed == MOMENTS


@pytest.mark.nightly("servers")
def test_a_restore_that_is_killed_right_after_its_commit_is_repeated(
    case: Walk, tmp_path: Path, new_installation: NewInstallation
):
    backup.back_up(case.app, tmp_path / "backup")
    other = new_installation()
    assert exit_code(forked(other, lambda: kill(backup.restore(other, tmp_path / "backup")))) < 0
    assert backup.restore(other, tmp_path / "backup").files == 1
    assert contents(other) == contents(case.app)
    moved(case, other).answer("file_designation")
    with pytest.raises(CannotRestore, match="not empty"):
        backup.restore(other, tmp_path / "backup")


@pytest.mark.nightly("servers")
def test_what_came_into_the_database_after_a_killed_restore_is_left_alone(
    case: Walk, tmp_path: Path, new_installation: NewInstallation
):
    backup.back_up(case.app, tmp_path / "backup")
    other = new_installation()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.ops.backup.databases.read", kill)
        assert exit_code(forked(other, lambda: backup.restore(other, tmp_path / "backup"))) < 0
    setup.migrate(other.config)
    with pytest.raises(CannotRestore, match="not empty"):
        backup.restore(other, tmp_path / "backup")

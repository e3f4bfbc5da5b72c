"""deploy/try does not pass in the hosted CI without the upgrade from the previous release."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.tree import ROOT

GIT = ("git", "-c", "user.name=Prueba", "-c", "user.email=prueba@example.pe")


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """Return a repository with two commits, which has deploy/try and no wheel."""
    folder = tmp_path / "origin"
    (folder / "deploy").mkdir(parents=True)
    shutil.copy(ROOT / "deploy" / "try", folder / "deploy")
    subprocess.run(["git", "init", "--quiet", folder], check=True)
    subprocess.run(["git", "add", "."], cwd=folder, check=True)
    for subject in ("One", "Two"):
        commit = [*GIT, "commit", "--quiet", "--allow-empty", "--no-verify", "--message", subject]
        subprocess.run(commit, cwd=folder, check=True)
    return folder


def said(folder: Path, **environment: str) -> str:
    """Return what deploy/try says: without a wheel it always fails, before it changes anything."""
    others = {name: value for name, value in os.environ.items() if name != "GITHUB_ACTIONS"}
    done = subprocess.run(
        [folder / "deploy" / "try"],
        env=others | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    return done.stderr


@pytest.mark.parametrize(
    ("options", "environment", "refused"),
    [
        (("--depth=1",), {"GITHUB_ACTIONS": "true"}, True),
        (("--depth=1",), {}, False),
        ((), {"GITHUB_ACTIONS": "true"}, False),
    ],
)
def test_the_hosted_ci_needs_the_history(
    origin: Path,
    tmp_path: Path,
    options: tuple[str, ...],
    environment: dict[str, str],
    refused: bool,
):
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", *options, origin.as_uri(), clone], check=True)
    assert ("needs the whole history" in said(clone, **environment)) is refused

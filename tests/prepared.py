"""Prepared states: installations that are filled once and copied for many tests.

Each state has the name of the fixture that a test requests. Its class fills an empty installation,
and reads what a filled one already has. A state that takes a minute is stored between runs instead
(`stored`), for all processes of a run.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import sys
import tempfile
from collections.abc import Callable, Collection
from importlib import import_module
from pathlib import Path

from tests.conftest import MONDAY
from tests.tree import ROOT, walked

#: Where states are stored between runs, and what they depend on: tests themselves do not matter.
STORED = ROOT / ".pytest_cache" / "states"
SOURCES = ("app/", "bpmn/", "forms/", "requirements/", "tests/", "workflows/")

#: Fixture → the class that fills, by its module.
STATES = {
    "many": ("tests.app.onboarding.entities.listed", "Many"),
    "programme": ("tests.app.onboarding.programmed", "Programmed"),
    "walk": ("tests.app.walk", "Walk"),
    "implemented": ("tests.app.year.implemented", "Implemented"),
    "visited": ("tests.app.visited", "Visited"),
    "programme_demo": ("tests.app.ops.demo_state", "Demo"),
}


def state_for(fixtures: Collection[str]) -> str:
    """Return the prepared state for a test with these fixtures; "" for an empty installation."""
    return next((name for name in STATES if name in fixtures), "")


def fill(name: str, url: str) -> None:
    """Fill an empty database, with the clock at the Monday on which tests begin."""
    from app import create_app
    from app.base import calendar
    from tests import databases

    module, filler = STATES[name]
    with tempfile.TemporaryDirectory() as data:
        settings = {"DATA": Path(data), "SECRET_KEY": "only for this", **databases.settings_of(url)}
        app = create_app(settings | {"TESTING": True})
        before = calendar.use_clock(lambda: MONDAY)
        try:
            getattr(import_module(module), filler)(app)
        finally:
            calendar.use_clock(before)
            app.extensions["engine"].dispose()


def stored(name: str, fill: Callable[[Path], None], target: Path) -> None:
    """Copy a stored state into a new folder; `fill` fills an empty folder if it is not there.

    A state is filled again when a file changes that it depends on. A lock lets other processes wait
    for the one that fills.
    """
    STORED.mkdir(parents=True, exist_ok=True)
    with (STORED / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder = STORED / f"{name}-{_hash()}"
        if not folder.exists():
            for former in STORED.glob(f"{name}-*"):
                shutil.rmtree(former)
            unfinished = STORED / f"{name}-unfinished"
            unfinished.mkdir()
            fill(unfinished)
            unfinished.rename(folder)
        shutil.copytree(folder, target)


def _hash() -> str:
    """Return a short hash of the sources, and of the interpreter's version."""
    digest = hashlib.sha256(sys.version.encode())
    for path in sorted(walked()):
        if path.startswith(SOURCES) and not Path(path).name.startswith("test_"):
            digest.update(path.encode())
            digest.update((ROOT / path).read_bytes())
    return digest.hexdigest()[:16]

"""Prepared states: installations that are filled once and copied for many tests.

Each state has the name of the fixture that a test requests. Its class fills an empty installation,
and reads what a filled one already has.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection
from importlib import import_module
from pathlib import Path

from tests.conftest import MONDAY

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

"""Installations of releases, upgraded to this code once in a process and copied for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Flask

from app import create_app
from app.ops import setup
from tests import databases
from tests.app.walk import Walk
from tests.conftest import Clock
from tests.databases import PostgreSQL, SQLite
from tests.pages import CheckingClient
from tests.releases import frozen


class Upgrades:
    """Upgrades each release once on each kind of database."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        #: Moment of freezing of each release, by the name of its copy.
        self.moments: dict[str, datetime] = {}

    @contextmanager
    def copy(
        self, release: Path, kind: SQLite | PostgreSQL, settings: dict[str, Any], clock: Clock
    ) -> Iterator[Flask]:
        """Yield the application on a copy of an upgraded release, at the release's moment.

        Its files are in the data folder of the settings.
        """
        name = "release_" + release.name.removesuffix(".json.gz").replace(".", "_")
        data = self.folder / f"{type(kind).__name__}-{name}"

        def fill(url: str) -> None:
            frozen.empty(url)
            self.moments[name] = frozen.load(url, release)
            clock.set(self.moments[name])
            app = create_app(settings | databases.settings_of(url) | {"DATA": data})
            frozen.unpack(release, data)
            setup.prepare(app)
            app.extensions["engine"].dispose()

        kind.make(name, fill)
        clock.set(self.moments[name])
        shutil.copytree(data, settings["DATA"], dirs_exist_ok=True)
        app = create_app(settings | databases.settings_of(kind.create(name)))
        app.test_client_class = CheckingClient
        yield app
        app.extensions["engine"].dispose()
        kind.drop(app.config["DATABASE_URL"])


def going_on(app: Flask) -> Walk:
    """Return the walk's functions for an existing installation."""
    walk = object.__new__(Walk)
    walk.app, walk.people, walk.id = app, {}, 0
    return walk

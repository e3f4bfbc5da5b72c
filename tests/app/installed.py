"""An installation of the tests, with sessions that write and read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Select
from sqlalchemy.orm import Session

from app import create_app
from app.base import db
from app.register.suppression import listed


def make_ready(data: Path) -> None:
    """Make what can be served at least: a data folder with SQLite and the list of suppressions."""
    url = f"sqlite:///{data / 'zaguan.db'}"
    db.migrate(url)
    app = create_app({"DATABASE_URL": url, "DATA": data, "SECRET_KEY": "of the tests " * 3})
    with app.app_context(), db.writing(app) as session:
        listed.begin(session)
    app.extensions["engine"].dispose()


class Installed:
    """An installation as a test changes and reads it, in addition to its pages."""

    app: Flask

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Open a transaction that commits at the end, in the application's context."""
        with self.app.app_context(), db.writing(self.app) as session:
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a session that reads committed data."""
        engine = self.app.extensions["engine"]
        with self.app.app_context(), db.open_session(engine, writes=False) as session:
            yield session

    def all(self, query: Select[Any]) -> list[Any]:
        """Return the committed values of a query."""
        with self.reading() as session:
            return list(session.scalars(query))

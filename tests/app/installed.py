"""An installation of the tests, with sessions that write and read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from flask import Flask
from sqlalchemy import Engine, Select
from sqlalchemy.orm import Session

from app import create_app
from app.base import db
from app.base.models import User
from app.register.suppression import listed
from tests.statements import statements

Row = TypeVar("Row")

P = ParamSpec("P")
T = TypeVar("T")


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
        with self.app.app_context(), db.open_session(self.engine, writes=False) as session:
            yield session

    def call(self, act: Callable[..., Row], *given: Any, **named: Any) -> Row:
        """Call a function with a session that commits at the end; return its result."""
        with self.writing() as session:
            return act(session, *given, **named)

    @property
    def engine(self) -> Engine:
        """The database."""
        engine: Engine = self.app.extensions["engine"]
        return engine

    def statements(self) -> AbstractContextManager[list[str]]:
        """Collect the statements that run meanwhile."""
        return statements(self.engine)

    def all(self, query: Select[Any]) -> list[Any]:
        """Return the committed values of a query."""
        with self.reading() as session:
            return list(session.scalars(query))

    def one(self, query: Select[Row]) -> Row:
        """Return the one committed value of a query. Fail if there are none or several."""
        value: Row
        (value,) = self.all(query)
        return value

    def get(self, model: type[Row], key: object) -> Row:
        """Return a committed row by its primary key."""
        with self.reading() as session:
            return session.get_one(model, key)

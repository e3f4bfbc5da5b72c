"""An installation of the tests, with sessions that write and read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from flask import Flask
from sqlalchemy import Executable, Select, select
from sqlalchemy.orm import Session

from app import create_app
from app.base import db
from app.base.models import User
from app.register.suppression import listed
from tests.statements import statements

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

    @property
    def engine(self) -> Any:
        """Return the engine of its database."""
        return self.app.extensions["engine"]

    def statements(self) -> AbstractContextManager[list[str]]:
        """Collect the statements that run meanwhile."""
        return statements(self.engine)

    def commit(
        self, act: Callable[Concatenate[Session, P], T], *args: P.args, **values: P.kwargs
    ) -> T:
        """Call a function in a transaction that commits. Return its result."""
        with self.writing() as session:
            return act(session, *args, **values)

    def add(self, row: Any) -> None:
        """Commit a new row."""
        with self.writing() as session:
            session.add(row)

    def execute(self, statement: Executable) -> None:
        """Commit what a statement changes."""
        with self.writing() as session:
            session.execute(statement)

    def change(self, model: type[Any], key: Any, **values: Any) -> None:
        """Commit other values of a row."""
        with self.writing() as session:
            row = session.get_one(model, key)
            for name, value in values.items():
                setattr(row, name, value)

    def read(
        self, look: Callable[Concatenate[Session, P], T], *args: P.args, **values: P.kwargs
    ) -> T:
        """Call a function with a session that reads committed data. Return its result."""
        with self.reading() as session:
            return look(session, *args, **values)

    def get(self, model: type[T], key: Any) -> T:
        """Return the committed row of a primary key."""
        with self.reading() as session:
            return session.get_one(model, key)

    def one(self, query: Select[T]) -> T:
        """Return the only committed value of a query."""
        with self.reading() as session:
            return session.scalars(query).one()

    def all(self, query: Select[Any]) -> list[Any]:
        """Return the committed values of a query."""
        with self.reading() as session:
            return list(session.scalars(query))


class Peopled(Installed):
    """An installation whose people have names in the tests, mostly their roles."""

    #: Name → id of the user.
    people: dict[str, int]

    def known_by(self, parts: Mapping[str, tuple[str, bool]]) -> dict[str, int]:
        """Return the ids of people by their names and documents; {} if there is nobody yet."""
        begun = {row.document_number: row.id for row in self.all(select(User))}
        return {name: begun[number] for name, (number, _) in parts.items()} if begun else {}

    def user(self, session: Session, role: str) -> User:
        """Return the person of a role."""
        return session.get_one(User, self.people[role])

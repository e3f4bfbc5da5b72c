"""An installation of the tests: written to, and looked at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from sqlalchemy.orm import Session

from app.base import db


class Installed:
    """What a test does to an installation and sees of it, beside its pages."""

    app: Flask

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction that commits at the end, in the application's context."""
        with self.app.app_context(), db.writing(self.app) as session:
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A look at what was committed."""
        engine = self.app.extensions["engine"]
        with self.app.app_context(), db.open_session(engine, writes=False) as session:
            yield session

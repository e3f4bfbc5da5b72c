"""What the role that owns the tables does: change the schema, protect the tables, restore.

On SQLite, and where `ZAGUAN_DATABASE_OWNER_URL` is not set, it is the application itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from sqlalchemy import Engine, text

from app.base.db import migrating, protection
from app.base.db.connecting import connect


def migrate(url: str, application: str = "") -> None:
    """Bring a database to the newest schema and protect its tables, in one transaction.

    `url` is the owner's, `application` the one of web processes (default: the same).
    Raises OlderSchema, UnknownRevision and NotOwner.
    """
    migrating.refuse_older(url)
    role = _role_of_application(url, application)
    engine = connect(url)
    try:
        with engine.begin() as connection:
            with protection.lifted(connection):
                migrating.upgrade(connection)
            protection.install(connection, role)
    finally:
        engine.dispose()


def protect(app: Flask) -> None:
    """Protect the tables of a restored database."""
    role = _role_of_application(app.config["DATABASE_OWNER_URL"], app.config["DATABASE_URL"])
    with as_owner(app) as engine, engine.begin() as connection:
        protection.install(connection, role)


def _role_of_application(owner: str, url: str) -> str:
    """Return the name that the server has for the application's role; "" if it is the owner."""
    if url in ("", owner):
        return ""
    engine = connect(url)
    try:
        with engine.connect() as connection:
            return str(connection.scalar(text("select current_user")))
    finally:
        engine.dispose()


@contextmanager
def as_owner(app: Flask) -> Iterator[Engine]:
    """Yield an engine with the role that owns the tables: it changes the schema, and restores."""
    url = app.config["DATABASE_OWNER_URL"]
    if url == app.config["DATABASE_URL"]:
        yield app.extensions["engine"]
        return
    engine = connect(url)
    try:
        yield engine
    finally:
        engine.dispose()

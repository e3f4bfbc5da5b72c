"""Bringing the schema to a revision, by Alembic, and recognising one of an earlier release.

Until 1.0.0 there is one migration, which each release makes anew (ADR 0105). Its revision is the
release and a part of the hash of the schema: "0.13.0.1a2b3c4d".
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, inspect, text
from sqlalchemy.engine import make_url

from app.base.config.fault import Foreseen
from app.base.db.connecting import connect

MIGRATIONS = Path(__file__).parent / "migrations"
#: The line of a migration that names its revision. Read as text: Alembic is slow to import.
REVISION = re.compile(r'^revision = "(.+)"$', re.MULTILINE)
#: A revision that begins with a release. Those of 0.1 to 0.12 are 0001 to 0037.
OF_RELEASE = re.compile(r"(\d+)\.(\d+)\.(\d+)\b")
FORMER = re.compile(r"00[0-3]\d")
VERSION_TABLE = "alembic_version"


class UnknownRevision(Foreseen):
    """A revision of the schema that this code does not have: it comes from a newer one."""

    exit_code = 2

    def __init__(self) -> None:
        super().__init__("The database has the schema of a newer version of Zaguán: use that one.")


class OlderSchema(Foreseen):
    """The schema of an earlier release, which is not upgraded. The message says what to do."""

    exit_code = 2

    def __init__(self, what: str, revision: str) -> None:
        """`what` has the revision: "This database", or "This backup"."""
        super().__init__(
            f"{what} has the schema {revision} of an earlier release, and nothing was changed: "
            "databases of 0.12 and before are demos, and none is upgraded before 1.0.0, so begin "
            "anew with an empty folder in ZAGUAN_DATA (and an empty database, if you set "
            "ZAGUAN_DATABASE_URL), or delete the old ones, and run `zaguan setup`."
        )


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Bring the schema to a revision, in the connection's transaction.

    Raises UnknownRevision for one that this code does not have.
    """
    # Here alone, so that web processes need not hold in memory what they never use.
    from alembic import command
    from alembic.config import Config as AlembicConfig
    from alembic.util import CommandError

    config = AlembicConfig()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, revision)
    except CommandError as fault:
        raise UnknownRevision from fault


def revision_of(connection: Connection) -> str:
    """Return the revision of the schema that a database has; "" where it has none."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return ""
    return str(connection.scalar(text(f"select version_num from {VERSION_TABLE}")) or "")  # noqa: S608


def known_revisions() -> frozenset[str]:
    """Return the revisions of the schema that this code has."""
    files = (MIGRATIONS / "versions").glob("*.py")
    return frozenset(name for file in files for name in REVISION.findall(file.read_text("utf-8")))


def is_older(revision: str) -> bool:
    """Return whether a revision is of an earlier release, or of another state of this one."""
    known = known_revisions()
    if revision in known or not revision:
        return False
    return FORMER.fullmatch(revision) is not None or (
        _release(revision) <= max(map(_release, known))
    )


def _release(revision: str) -> tuple[int, ...]:
    """Return the release of a revision; of one that names none, a release after all others."""
    found = OF_RELEASE.match(revision)
    return tuple(map(int, found.groups())) if found else (1 << 30,)


def refuse_older(url: str) -> None:
    """Raise OlderSchema for a database with the schema of an earlier release; change nothing.

    A database that cannot be read is not refused here: what uses it says why.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        revision = _revision_in_file(Path(parsed.database or ""))
    else:
        engine = connect(url)
        try:
            with engine.connect() as connection:
                revision = revision_of(connection)
        finally:
            engine.dispose()
    if is_older(revision):
        raise OlderSchema("This database", revision)


def _revision_in_file(path: Path) -> str:
    """Return the revision in a file of SQLite without leaving a trace; "" if there is none.

    Reading a file in WAL mode creates two more files, unless it is opened as immutable. They exist
    while a server runs.
    """
    if not path.is_file():
        return ""
    in_use = path.with_name(f"{path.name}-wal").exists()
    address = f"file:{quote(str(path.absolute()))}?mode=ro{'' if in_use else '&immutable=1'}"
    try:
        with closing(sqlite3.connect(address, uri=True)) as connection:
            row = connection.execute(f"select version_num from {VERSION_TABLE}").fetchone()  # noqa: S608
    except sqlite3.Error:  # no schema, or not a database
        return ""
    return str(row[0]) if row else ""

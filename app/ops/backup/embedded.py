"""Copy an SQLite database by its online backup: one file, with its indexes as they are."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from app.base import db
from app.ops import progress
from app.ops.backup import tables
from app.ops.backup.encryption import Cipher
from app.ops.backup.manifest import CHUNK, BadBackup
from app.ops.backup.tables import Copy, Settle

COPY = "zaguan.db"


def write(engine: Engine, folder: Path, cipher: Cipher) -> Copy:
    """Copy the database into a folder, as of one moment. Raises BadBackup if it is damaged.

    To be encrypted, it is first copied next to the database, where it is as safe as the database.
    """
    if not cipher.is_on:
        return _write(engine, folder / COPY)
    place = Path(str(engine.url.database))
    plain = place.with_name(f"{place.name}.backup")
    try:
        plain.unlink(missing_ok=True)
        copy = _write(engine, plain)
        with plain.open("rb") as source, cipher.writing(folder / cipher.name(COPY)) as target:
            shutil.copyfileobj(source, target, CHUNK)
    finally:
        plain.unlink(missing_ok=True)
    return copy


def _write(engine: Engine, path: Path) -> Copy:
    with (
        closing(sqlite3.connect(str(engine.url.database))) as source,
        closing(sqlite3.connect(path)) as target,
    ):
        source.backup(target)  # in one step: a snapshot, while others write to the log
        (found,) = target.execute("PRAGMA quick_check").fetchone()
        if found != "ok":
            raise BadBackup(f"The database itself is damaged: {found}")
    copied = db.connect(f"sqlite:///{path}")
    try:
        with copied.connect() as connection:
            described = {}
            for name in tables.names(connection):
                with progress.table(name) as shown:
                    shown.rows = tables.count(connection, name)
                    described[name] = {"rows": shown.rows}
            return Copy(db.revision_of(connection), described, tables.stored_files(connection))
    finally:
        copied.dispose()
        _leave_one_file(path)


def read(
    engine: Engine,
    folder: Path,
    revision: str,
    described: Mapping[str, Any],
    cipher: Cipher,
    settle: Settle,
) -> None:
    """Fill an empty database: a copy next to it is checked and replaces it at the end."""
    place = Path(str(engine.url.database))
    made = place.with_name(f"{place.name}.restored")
    made.unlink(missing_ok=True)
    try:
        with cipher.reading(folder / cipher.name(COPY)) as source, made.open("wb") as target:
            shutil.copyfileobj(source, target, CHUNK)
        _check(made, revision, described, settle)
        engine.dispose()
        for ending in ("-wal", "-shm"):
            place.with_name(place.name + ending).unlink(missing_ok=True)
        made.replace(place)
    finally:
        made.unlink(missing_ok=True)


def _check(made: Path, revision: str, described: Mapping[str, Any], settle: Settle) -> None:
    """Check the file of the restored database, settle it, and write it to the disk."""
    known = db.connect(f"sqlite:///{made}")
    try:
        with known.connect() as connection:
            db.upgrade(connection, revision)  # nothing to do, where this code knows it
            connection.rollback()
        with known.begin() as connection:
            tables.must_match(connection, described)
            settle(connection)
    finally:
        known.dispose()
    _leave_one_file(made)
    _sync(made)


def _leave_one_file(path: Path) -> None:
    """End the write-ahead log that our connections begin."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())

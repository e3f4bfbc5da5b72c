"""Backup and restore: the database first, then the files that its rows name.

A folder holds one whole backup at any time, and can be used again and again: files are added, the
database is written beside the earlier one, and the manifest, written last, says which counts.
The secret key is not in it: who has both has everything.

    manifest.json      what it holds, sealed
    database-…/        the database's parts, and files.sha256
    files/ab/abcd…     stored files, as in the data folder
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask
from sqlalchemy import Connection, Engine, inspect

from app.base import db, private
from app.base.files import integrity
from app.base.models import Feed
from app.ops.backup import databases, manifest
from app.ops.backup.manifest import BadBackup, Manifest
from app.ops.progress import counted, step
from app.register.export import changes

__all__ = ["BadBackup", "CannotBackUp", "CannotRestore", "Report", "back_up", "restore"]

FILES, LIST, PARTS = "files", "files.sha256", "database-"
#: In the data folder: which backup a restore began with. It stays there.
BEGUN = "restored-from"


class CannotBackUp(Exception):
    """No backup was made; the message says why."""


class CannotRestore(Exception):
    """Nothing was restored; the message says why."""


@dataclass(frozen=True)
class Report:
    """What a backup holds."""

    rows: int
    tables: int
    files: int
    #: Of them, how many were copied now.
    copied: int
    #: Hashes of stored files whose bytes are gone or damaged.
    missing: list[str]
    #: Stored files that are damaged here, whether or not the backup has them whole.
    damaged: Sequence[integrity.Damage] = ()


# Backing up ------------------------------------------------------------------------------------


def back_up(app: Flask, folder: Path) -> Report:
    """Makes a whole backup while everybody goes on working.

    Raises CannotBackUp. Killed in the middle it leaves the earlier backup as it was.
    """
    engine: Engine = app.extensions["engine"]
    with app.app_context(), db.only_one(engine, "backup") as got:
        if not got:
            raise CannotBackUp("Another backup of this installation is being made.")
        if not db.is_ready(engine):
            raise CannotBackUp("There is nothing to back up yet: run `zaguan setup` first.")
        _must_be_ours(folder)
        try:
            with private.for_owner_alone():  # people's data
                return _back_up(app, engine, folder)
        except (BadBackup, OSError) as fault:
            raise CannotBackUp(f"No backup was made: {fault}") from None


def _back_up(app: Flask, engine: Engine, folder: Path) -> Report:
    now = datetime.now(UTC)
    private.make_folder(folder)
    private.tighten_all(folder)
    place = folder / f"{PARTS}{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"
    place.mkdir()
    with step("Checking files that nobody read for a week"):
        integrity.look_through(app)
    with step("Copying the database"):
        copy = databases.write(engine, place)
    copied, missing = _copy_files(app.config["DATA"] / FILES, folder / FILES, copy.files)
    integrity.look_at(app, missing)
    with db.open_session(engine, writes=False) as session:
        damaged = integrity.damaged(session)
    there = sorted(set(copy.files) - set(missing))
    _write_list(place / LIST, there)
    Manifest(
        kind=engine.dialect.name,
        revision=copy.revision,
        at=now.isoformat(timespec="seconds"),
        database=place.name,
        parts={part.name: manifest.sha256_of(part) for part in sorted(place.iterdir())},
        tables=copy.tables,
        files=len(there),
        missing=missing,
    ).write(folder)
    for old in folder.glob(f"{PARTS}*"):
        if old != place:
            shutil.rmtree(old)
    rows = sum(int(table["rows"]) for table in copy.tables.values())
    return Report(rows, len(copy.tables), len(there), copied, missing, damaged)


def _must_be_ours(folder: Path) -> None:
    """Raises CannotBackUp where the folder holds other things, or another's backup."""
    if not folder.is_dir():
        return
    ours = (FILES, manifest.NAME, f"{manifest.NAME}.new")
    for one in folder.iterdir():
        if one.name not in ours and not one.name.startswith(PARTS):
            raise CannotBackUp(f"The folder holds other things ({one.name}): name one of its own.")
    if (folder / manifest.NAME).exists():
        try:
            manifest.read(folder)
        except BadBackup as fault:
            raise CannotBackUp(f"The folder holds another backup: {fault}") from None


def _copy_files(source: Path, target: Path, wanted: Iterable[str]) -> tuple[int, list[str]]:
    """Copies what is not there; how many, and which have no bytes, or not their own."""
    names = list(wanted)
    copied, missing = 0, []
    for sha256 in counted(names, len(names), "Copying files"):
        kept, place = source / sha256[:2] / sha256, target / sha256[:2] / sha256
        try:
            if place.is_file() and _is_alike(kept, place):
                continue
            copied += _copy_file(kept, place, sha256)
        except (FileNotFoundError, _Damaged):
            missing.append(sha256)
    return copied, missing


def _is_alike(source: Path, place: Path) -> bool:
    """Whether a file that was backed up stays: the one here has its size, or is gone."""
    return not source.is_file() or place.stat().st_size == source.stat().st_size


class _Damaged(Exception):
    """A file's bytes are not those of its name."""


def _copy_file(source: Path, place: Path, sha256: str) -> int:
    """Copies a stored file, whole or not at all; 1."""
    place.parent.mkdir(parents=True, exist_ok=True)
    made, digest = place.with_name(f".{place.name}"), hashlib.sha256()
    with source.open("rb") as reading, made.open("wb") as writing:
        while chunk := reading.read(manifest.CHUNK):
            digest.update(chunk)
            writing.write(chunk)
        writing.flush()
        os.fsync(writing.fileno())
    if digest.hexdigest() != sha256:
        made.unlink()
        raise _Damaged(sha256)
    made.replace(place)
    return 1


def _write_list(path: Path, names: Iterable[str]) -> None:
    """The files as `sha256sum --check` takes them."""
    with path.open("w", encoding="ascii") as target:
        for sha256 in names:
            target.write(f"{sha256}  {FILES}/{sha256[:2]}/{sha256}\n")


# Restoring -------------------------------------------------------------------------------------


def restore(app: Flask, folder: Path) -> Report:
    """Fills an empty installation from a backup, once every byte of it has been looked at.

    The files come first, then the database in one transaction (SQLite: in a file of its own that
    takes the place of the empty one). So whenever it was killed, it can be repeated: the database
    is empty, or it was whole and only the word of it was missing. Raises BadBackup (cut, changed,
    another's) and CannotRestore, with nothing done.
    """
    engine: Engine = app.extensions["engine"]
    with app.app_context(), private.for_owner_alone():
        told = manifest.read(folder)
        if told.kind != engine.dialect.name:
            raise CannotRestore(f"This is a backup of {told.kind}: it cannot go elsewhere.")
        names = _look_through(folder, told)
        try:
            copied = _fill(app, folder, told, names)
        except databases.NotEmpty:
            raise CannotRestore(
                "The database is not empty: restore into a new one, before `zaguan setup`."
            ) from None
        except OSError as fault:
            raise CannotRestore(f"The database was left empty: {fault}") from None
        except db.UnknownRevision:
            raise CannotRestore(
                "This backup is of a newer version of Zaguán: restore it with that version."
            ) from None
    rows = sum(int(table["rows"]) for table in told.tables.values())
    return Report(rows, len(told.tables), len(names), copied, told.missing)


def _fill(app: Flask, folder: Path, told: Manifest, names: list[str]) -> int:
    """Fill the installation, unless a restore of the same did and was killed at its very end.

    How many files it copied. Raises databases.NotEmpty where the database has other rows.
    """
    engine: Engine = app.extensions["engine"]
    begun, backup = app.config["DATA"] / BEGUN, told.identity
    if _says(begun, backup) and databases.holds(engine, told.revision, told.tables):
        return 0
    databases.must_be_empty(engine)
    begun.parent.mkdir(parents=True, exist_ok=True)
    begun.write_text(backup, encoding="ascii")
    copied, _ = _copy_files(folder / FILES, app.config["DATA"] / FILES, names)
    with step("Filling the database"):
        databases.read(engine, folder / told.database, told.revision, told.tables, _settle)
    return copied


def _says(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text("ascii") == text


def _settle(connection: Connection) -> None:
    """Tells mirrors of the register to begin anew: what they followed may have gone further."""
    if inspect(connection).has_table(Feed.__tablename__):
        changes.renew(connection)


def _look_through(folder: Path, told: Manifest) -> list[str]:
    """Reads every byte of a backup; the hashes of its files. Raises BadBackup."""
    place = folder / told.database
    for name, sha256 in told.parts.items():
        _must_be_whole(place / name, sha256, f"{told.database}/{name}")
    lines = (place / LIST).read_text("ascii").splitlines()
    names = [line.split()[0] for line in lines]
    for sha256 in counted(names, len(names), "Looking through files"):
        _must_be_whole(folder / FILES / sha256[:2] / sha256, sha256, f"{FILES}/{sha256}")
    return names


def _must_be_whole(path: Path, sha256: str, name: str) -> None:
    if not path.is_file():
        raise BadBackup(f"{name} is missing: the backup was cut.")
    if manifest.sha256_of(path) != sha256:
        raise BadBackup(f"{name} is not as it was when the backup was made.")

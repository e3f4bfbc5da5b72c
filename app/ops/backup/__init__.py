"""Backup and restore: the database first, then the files that its rows name.

A folder holds one whole backup at any time and can be reused: files are added, the database is
written next to the earlier one, and the manifest, written last, says which one counts. The secret
key is not in the backup: a person with both has everything.

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
#: File in the data folder with the identity of the backup that a restore began with.
BEGUN = "restored-from"


class CannotBackUp(Exception):
    """No backup was made; the message says why."""


class CannotRestore(Exception):
    """The restore failed and changed nothing; the message says why."""


@dataclass(frozen=True)
class Report:
    """The contents of a backup."""

    rows: int
    tables: int
    files: int
    #: Number of files that were copied now.
    copied: int
    #: SHA-256 of stored files whose bytes are missing or damaged.
    missing: list[str]
    #: Stored files that are damaged in the installation, even if the backup has them whole.
    damaged: Sequence[integrity.Damage] = ()


# Backing up ------------------------------------------------------------------------------------


def back_up(app: Flask, folder: Path) -> Report:
    """Make a whole backup while the installation stays in use.

    Raises CannotBackUp. If it is killed, the earlier backup stays as it was.
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
    """Raise CannotBackUp if the folder holds other things, or another installation's backup."""
    if not folder.is_dir():
        return
    ours = (FILES, manifest.NAME, f"{manifest.NAME}.new")
    for one in folder.iterdir():
        if one.name not in ours and not one.name.startswith(PARTS):
            raise CannotBackUp(f"The folder holds other things ({one.name}): name an empty one.")
    if (folder / manifest.NAME).exists():
        try:
            manifest.read(folder)
        except BadBackup as fault:
            raise CannotBackUp(f"The folder holds another backup: {fault}") from None


def _copy_files(source: Path, target: Path, wanted: Iterable[str]) -> tuple[int, list[str]]:
    """Copy missing files. Return how many, and the hashes of those lost or damaged."""
    names = list(wanted)
    copied, missing = 0, []
    for sha256 in counted(names, len(names), "Copying files"):
        stored, place = source / sha256[:2] / sha256, target / sha256[:2] / sha256
        try:
            # A backed-up file stays: the stored one has its size, or is gone.
            sizes = {one.stat().st_size for one in (stored, place) if one.is_file()}
            if place.is_file() and len(sizes) == 1:
                continue
            copied += _copy_file(stored, place, sha256)
        except (FileNotFoundError, _Damaged):
            missing.append(sha256)
    return copied, missing


class _Damaged(Exception):
    """The bytes of a file do not have the hash in its name."""


def _copy_file(source: Path, place: Path, sha256: str) -> int:
    """Copy a stored file, whole or not at all. Return 1."""
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
    """Write the list of files in the format of `sha256sum --check`."""
    with path.open("w", encoding="ascii") as target:
        for sha256 in names:
            target.write(f"{sha256}  {FILES}/{sha256[:2]}/{sha256}\n")


# Restoring -------------------------------------------------------------------------------------


def restore(app: Flask, folder: Path) -> Report:
    """Fill an empty installation from a backup, after checking every byte of the backup.

    The files come first, then the database in one transaction (SQLite: in a separate file that
    replaces the empty one). So a restore that was killed can be repeated: the database is either
    empty, or whole without the restore having said so. Raises BadBackup (truncated, changed, or
    of another installation) and CannotRestore; then nothing was changed.
    """
    engine: Engine = app.extensions["engine"]
    with app.app_context(), private.for_owner_alone():
        described = manifest.read(folder)
        if described.kind != engine.dialect.name:
            raise CannotRestore(f"This is a backup of {described.kind}: it cannot go elsewhere.")
        names = _look_through(folder, described)
        try:
            copied = _fill(app, folder, described, names)
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
    rows = sum(int(table["rows"]) for table in described.tables.values())
    return Report(rows, len(described.tables), len(names), copied, described.missing)


def _fill(app: Flask, folder: Path, described: Manifest, names: list[str]) -> int:
    """Fill the installation, unless a restore of the same backup already did.

    Return the number of files copied. Raises databases.NotEmpty if the database has other rows.
    """
    engine: Engine = app.extensions["engine"]
    begun, backup = app.config["DATA"] / BEGUN, described.identity
    said = begun.read_text("ascii") if begun.is_file() else ""
    if said == backup and databases.holds(engine, described.revision, described.tables):
        return 0
    databases.must_be_empty(engine)
    begun.parent.mkdir(parents=True, exist_ok=True)
    begun.write_text(backup, encoding="ascii")
    copied, _ = _copy_files(folder / FILES, app.config["DATA"] / FILES, names)
    with step("Filling the database"):
        databases.read(
            engine, folder / described.database, described.revision, described.tables, _settle
        )
    return copied


def _settle(connection: Connection) -> None:
    """Make mirrors of the register start over: they may have data newer than the backup."""
    if inspect(connection).has_table(Feed.__tablename__):
        changes.renew(connection)


def _look_through(folder: Path, described: Manifest) -> list[str]:
    """Read every byte of a backup. Return the hashes of its files. Raises BadBackup."""
    place = folder / described.database
    for name, sha256 in described.parts.items():
        _must_be_whole(place / name, sha256, f"{described.database}/{name}")
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

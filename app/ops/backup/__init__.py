"""Backup and restore: the database first, then the files that its rows name.

A folder holds one whole backup at any time and can be reused: files are added, the database is
written next to the earlier one, and the manifest, written last, says which one counts. The secret
key is not in the backup: a person with both has everything.

    manifest.json      what it holds, sealed
    database-…/        the database's parts, and files.sha256
    files/ab/abcd…     stored files, as in the data folder; encrypted: files-…/ab/abcd….age
"""

from __future__ import annotations

import secrets
import shutil
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import psycopg
from flask import Flask
from sqlalchemy import Connection, Engine, delete, update
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from app.base import calendar, db, private
from app.base.config.fault import Foreseen
from app.base.db import chain, leases, protection
from app.base.db.leases import StillHeld
from app.base.files import integrity, places
from app.base.models import JobRun, Lease
from app.ops.backup import databases, encryption, manifest, stored
from app.ops.backup.encryption import PLAIN, BadKey, Cipher
from app.ops.backup.manifest import BadBackup, Manifest
from app.ops.backup.stored import Installed, Shelf
from app.ops.progress import step
from app.ops.worker import standing
from app.register.export import changes

__all__ = ["BadBackup", "CannotBackUp", "CannotRestore", "Report", "back_up", "restore"]

#: What is raised where a disk is full, or the database or the bucket of stored files is away.
AWAY = (places.Away, OSError, SQLAlchemyError, psycopg.Error, sqlite3.Error)
FILES, LIST, PARTS = "files", "files.sha256", "database-"
#: File in the data folder with the identity of the backup that a restore began with.
BEGUN = "restored-from"


class CannotBackUp(Foreseen):
    """No backup was made; the message says why."""


class CannotRestore(Foreseen):
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
    #: The closing of the backup that was replaced, if the chain lacks it.
    lost: str = ""


# Backing up ------------------------------------------------------------------------------------


def back_up(app: Flask, folder: Path, recipients: Sequence[str] = ()) -> Report:
    """Make a whole backup while the installation stays in use.

    With public keys of age (`recipients`, by default those of the setting), every file is
    encrypted. Raises CannotBackUp. If it is killed, the earlier backup stays as it was.
    """
    engine: Engine = app.extensions["engine"]
    if not db.is_ready(engine):
        raise CannotBackUp("There is nothing to back up yet: run `zaguan setup` first.")
    with app.app_context(), db.only_one(engine, "backup") as still_held:
        if not still_held:
            raise CannotBackUp(
                "Another backup of this installation is being made, or was killed within the last "
                f"{leases.SECONDS:.0f} seconds."
            )
        _must_be_ours(folder)
        cipher = Cipher(recipients or app.config["BACKUP_RECIPIENTS"])
        try:
            for key in cipher.recipients:
                encryption.recipient(key)
            with private.for_owner_alone():  # people's data
                return _back_up(app, folder, cipher, still_held)
        except (BadBackup, BadKey, *AWAY) as fault:
            raise CannotBackUp(f"No backup was made: {_sentence(fault)}") from None


def _sentence(fault: Exception) -> str:
    """Return the first line of an error: the database adds rows, which are people's data."""
    cause = fault.orig if isinstance(fault, DBAPIError) and fault.orig else fault
    return str(cause).partition("\n")[0]


def _back_up(app: Flask, folder: Path, cipher: Cipher, still_held: StillHeld) -> Report:
    private.make_folder(folder)
    private.tighten_all(folder)
    place = folder / f"{PARTS}{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"
    place.mkdir()
    try:
        report = _fill_folder(app, folder, place, cipher, still_held)
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        raise
    _note(app.extensions["engine"])
    valid = (place, folder / encryption.folder_name(FILES, cipher.recipients))
    for old in (*folder.glob(f"{PARTS}*"), *folder.glob(FILES), *folder.glob(f"{FILES}-*")):
        if old not in valid:
            shutil.rmtree(old)
    return report


def _drop_removed(target: Shelf, wanted: Iterable[str]) -> None:
    """Delete files of earlier backups that the installation does not store any more."""
    paths = {target.place(sha256) for sha256 in wanted}
    for path in list(target.folder.rglob("*")):
        if path.is_file() and path not in paths:
            path.unlink()


def _note(engine: Engine) -> None:
    """Note for monitors when the backup ended."""
    now = calendar.now()
    values = {"started_at": now, "seen_at": now, "ended_at": now}
    with suppress(SQLAlchemyError), db.writing(engine) as session:  # it is whole without the note
        db.insert_missing(
            session, JobRun, {"name": standing.BACKUP, "result": {}, "error": "", **values}
        )
        session.execute(update(JobRun).where(JobRun.name == standing.BACKUP).values(**values))


def _fill_folder(
    app: Flask, folder: Path, place: Path, cipher: Cipher, still_held: StillHeld
) -> Report:
    """Write everything, and the manifest at the end. Raises CannotBackUp."""
    now = datetime.now(UTC)
    engine: Engine = app.extensions["engine"]
    with step("Checking files that nobody read for a week"):
        integrity.look_through(app)
    with step("Copying the database"):
        copy = databases.write(engine, place, cipher)
    before = manifest.read(folder).closing if (folder / manifest.NAME).exists() else ""
    with db.open_session(engine, writes=False) as session:
        closing = chain.read(session).noted
        lost = "" if chain.has(session, before) else before
    target = Shelf(folder / encryption.folder_name(FILES, cipher.recipients), cipher)
    copied, missing = stored.copy(Installed(places.here()), target, copy.files)
    integrity.look_at(app, missing)
    with db.open_session(engine, writes=False) as session:
        damaged = integrity.damaged(session)
    there = sorted(set(copy.files) - set(missing))
    _write_list(place, cipher, there)
    if not still_held():
        raise CannotBackUp("No backup was made: another one could begin meanwhile.")
    Manifest(
        kind=engine.dialect.name,
        revision=copy.revision,
        at=now.isoformat(timespec="seconds"),
        database=place.name,
        parts={part.name: manifest.sha256_of(part) for part in sorted(place.iterdir())},
        tables=copy.tables,
        files=len(there),
        missing=missing,
        closing=closing,
        format=manifest.ENCRYPTED if cipher.is_on else manifest.FORMAT,
        recipients=list(cipher.recipients),
    ).write(folder)
    _drop_removed(target, copy.files)
    rows = sum(int(table["rows"]) for table in copy.tables.values())
    return Report(rows, len(copy.tables), len(there), copied, missing, damaged, lost)


def _must_be_ours(folder: Path) -> None:
    """Raise CannotBackUp if the folder holds other things, or another installation's backup."""
    if not folder.is_dir():
        return
    ours = (FILES, manifest.NAME, f"{manifest.NAME}.new")
    for one in folder.iterdir():
        if one.name not in ours and not one.name.startswith((PARTS, f"{FILES}-")):
            raise CannotBackUp(f"The folder holds other things ({one.name}): name an empty one.")
    if (folder / manifest.NAME).exists():
        try:
            manifest.read(folder)
        except BadBackup as fault:
            raise CannotBackUp(f"The folder holds another backup: {fault}") from None


def _write_list(place: Path, cipher: Cipher, names: Iterable[str]) -> None:
    """Write the list of files in the format of `sha256sum --check`."""
    with cipher.writing(place / cipher.name(LIST)) as target:
        for sha256 in names:
            target.write(f"{sha256}  {FILES}/{sha256[:2]}/{sha256}\n".encode("ascii"))


# Restoring -------------------------------------------------------------------------------------


def restore(app: Flask, folder: Path, identity: Path | None = None) -> Report:
    """Fill an empty installation from a backup, after checking every byte of the backup.

    `identity`: the file with the secret key of age of an encrypted backup. The files come first,
    then the database in one transaction (SQLite: in a separate file that replaces the empty one).
    So a restore that was killed can be repeated: the database is either empty, or whole without the
    restore having said so. Raises BadBackup (truncated, changed, or of another installation) and
    CannotRestore, and OlderSchema for a backup of an earlier release; then nothing was changed.
    """
    engine: Engine = app.extensions["engine"]
    with app.app_context(), private.for_owner_alone():
        described = manifest.read(folder)
        if described.kind != engine.dialect.name:
            raise CannotRestore(f"This is a backup of {described.kind}: it cannot go elsewhere.")
        if db.is_older(described.revision):
            raise db.OlderSchema("This backup", described.revision)
        cipher = _cipher(described, identity)
        names = _look_through(folder, described, cipher)
        try:
            with db.as_owner(app) as owner:
                copied = _fill(app, owner, folder, described, names, cipher)
            db.protect(app)
        except databases.NotEmpty:
            raise CannotRestore(
                "The database is not empty: restore into a new one, before `zaguan setup`."
            ) from None
        except AWAY as fault:
            raise CannotRestore(f"The database was left empty: {_sentence(fault)}") from None
        except db.UnknownRevision:
            raise CannotRestore(
                "This backup is of a newer version of Zaguán: restore it with that version."
            ) from None
    rows = sum(int(table["rows"]) for table in described.tables.values())
    return Report(rows, len(described.tables), len(names), copied, described.missing)


def _cipher(described: Manifest, identity: Path | None) -> Cipher:
    """Return how the files of a backup are read. Raises CannotRestore if there is no key for it."""
    if not described.recipients:
        return PLAIN
    if identity is None:
        raise CannotRestore(
            "This backup is encrypted: name the file with your secret key by --identity."
        )
    try:
        found = encryption.identities(identity)
    except BadKey as fault:
        raise CannotRestore(str(fault)) from None
    fitting = [one for one in found if str(one.to_public()) in described.recipients]
    if not fitting:
        listed = ", ".join(described.recipients)
        raise CannotRestore(f"{identity} has no secret key for this backup, which is for {listed}.")
    return Cipher(described.recipients, fitting)


def _fill(
    app: Flask,
    engine: Engine,
    folder: Path,
    described: Manifest,
    names: list[str],
    cipher: Cipher,
) -> int:
    """Fill the installation, unless a restore of the same backup already did.

    Return the number of files copied. Raises databases.NotEmpty if the database has other rows.
    """
    begun, backup = app.config["DATA"] / BEGUN, described.identity
    said = begun.read_text("ascii") if begun.is_file() else ""
    if said == backup and databases.holds(engine, described.revision, described.tables):
        return 0
    databases.must_be_empty(engine)
    begun.parent.mkdir(parents=True, exist_ok=True)
    begun.write_text(backup, encoding="ascii")
    target = Installed(places.here())
    copied, _ = stored.copy(_shelf(folder, described, cipher), target, names)
    place = folder / described.database
    with step("Filling the database"):
        settle = partial(_settle, described)
        databases.read(engine, place, described.revision, described.tables, cipher, settle)
    return copied


def _shelf(folder: Path, described: Manifest, cipher: Cipher) -> Shelf:
    """Return the stored files of a backup."""
    return Shelf(folder / encryption.folder_name(FILES, described.recipients), cipher)


def _settle(described: Manifest, connection: Connection) -> None:
    """Make mirrors of the register start over: they may have data newer than the backup.

    Also end the lock of the backup itself, and log the restore.
    """
    connection.execute(delete(Lease))
    changes.renew(connection)
    chain.forget_numbers(connection)
    made_at = datetime.fromisoformat(described.at)
    protection.log_restore(connection, calendar.now(), made_at, described.identity)


def _look_through(folder: Path, described: Manifest, cipher: Cipher) -> list[str]:
    """Read every byte of a backup. Return the hashes of its files. Raises BadBackup."""
    place = folder / described.database
    for name, sha256 in described.parts.items():
        _must_be_whole(place / name, sha256, f"{described.database}/{name}")
    with cipher.reading(place / cipher.name(LIST)) as source:
        lines = source.read().decode("ascii").splitlines()
    names = [line.split()[0] for line in lines]
    _shelf(folder, described, cipher).must_have(names)
    return names


def _must_be_whole(path: Path, sha256: str, name: str) -> None:
    if not path.is_file():
        raise BadBackup(f"{name} is missing: the backup was cut.")
    if manifest.sha256_of(path) != sha256:
        raise BadBackup(f"{name} is not as it was when the backup was made.")

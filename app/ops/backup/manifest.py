"""The manifest of a backup: its parts, each with its hash, sealed with our secret."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from app.base import private
from app.base.config.fault import Foreseen
from app.people.access.tickets import keyed_hash

NAME = "manifest.json"
#: Format of a backup, and of an encrypted one.
FORMAT, ENCRYPTED = 1, 2
CHUNK = 1 << 20


class BadBackup(Foreseen):
    """The folder holds no whole backup that can be used here; the message says why."""


@dataclass(frozen=True)
class Manifest:
    """A manifest. It is written last: a folder without one holds no whole backup."""

    #: sqlite or postgresql: a backup is restored to the kind it came from.
    kind: str
    #: The revision of the schema.
    revision: str
    #: When it was made, in UTC by the machine's clock.
    at: str
    #: The folder of the database's parts.
    database: str
    #: File in that folder → SHA-256.
    parts: Mapping[str, str]
    #: Table → row count, columns, last values of its sequences.
    tables: Mapping[str, Mapping[str, Any]]
    #: Number of stored files, and the hashes of those whose bytes were already lost.
    files: int
    missing: list[str] = field(default_factory=list)
    #: Number and hash of the newest closing of the chain, as `zaguan chain` prints them, or "".
    closing: str = ""
    format: int = FORMAT
    #: Public keys of age for which the files are encrypted; in ENCRYPTED backups only.
    recipients: list[str] = field(default_factory=list)

    @property
    def identity(self) -> str:
        """Return what distinguishes this backup from every other."""
        return seal_of(self._values())

    def _values(self) -> dict[str, Any]:
        values = asdict(self)
        if self.format == FORMAT:
            del values["recipients"]
        return values

    def write(self, folder: Path) -> None:
        """Write it atomically: at any moment there is the old manifest or the new one."""
        values = self._values()
        document = {**values, "key": key(), "seal": seal_of(values)}
        private.replace(folder / NAME, json.dumps(document, indent=1, sort_keys=True))


def read(folder: Path) -> Manifest:
    """Return the manifest of a folder. Raises BadBackup: none, of another key, or changed."""
    try:
        document = json.loads((folder / NAME).read_text("utf-8"))
        if document["format"] not in (FORMAT, ENCRYPTED):
            raise BadBackup("This backup was made by another version of Zaguán: restore it there.")
        theirs, seal = document.pop("key"), document.pop("seal")
    except FileNotFoundError:
        raise BadBackup("There is no whole backup in this folder.") from None
    except (OSError, ValueError, TypeError, KeyError) as fault:
        raise BadBackup(f"{NAME} cannot be read: {fault}") from None
    if not hmac.compare_digest(str(theirs), key()):
        raise BadBackup(
            "This backup is of an installation with another secret key: set its "
            "ZAGUAN_SECRET_KEY, or put its secret-key into the data folder."
        )
    if not hmac.compare_digest(str(seal), seal_of(document)):
        raise BadBackup(f"{NAME} was changed after it was made.")
    return Manifest(**document)


def key() -> str:
    """Return a fingerprint of the secret key, which does not reveal it."""
    return keyed_hash("backup", "key")


def seal_of(document: Mapping[str, Any]) -> str:
    """Return the seal of these values under the installation's key."""
    return keyed_hash("backup", json.dumps(document, sort_keys=True))


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()

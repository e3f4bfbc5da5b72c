"""Copy stored files to a backup and back, and check them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.ops.backup.encryption import Cipher
from app.ops.backup.manifest import CHUNK, BadBackup
from app.ops.progress import counted


class _Damaged(Exception):
    """The bytes of a file do not have the hash in its name."""


@dataclass(frozen=True)
class Shelf:
    """A folder of stored files, and how they are written there."""

    folder: Path
    cipher: Cipher

    def place(self, sha256: str) -> Path:
        """Return the path of a file."""
        return self.cipher.place(self.folder, sha256)

    def must_have(self, names: Sequence[str]) -> None:
        """Read every file. Raise BadBackup if one is missing or damaged."""
        for sha256 in counted(names, len(names), "Looking through files"):
            path = self.place(sha256)
            if not path.is_file():
                raise BadBackup(f"files/{path.name} is missing: the backup was cut.")
            digest = hashlib.sha256()
            with self.cipher.reading(path) as source:
                while chunk := source.read(CHUNK):
                    digest.update(chunk)
            if digest.hexdigest() != sha256:
                raise BadBackup(f"files/{path.name} is not as it was when the backup was made.")


def copy(source: Shelf, target: Shelf, wanted: Iterable[str]) -> tuple[int, list[str]]:
    """Copy missing files. Return how many, and the hashes of those lost or damaged."""
    names = list(wanted)
    copied, missing = 0, []
    for sha256 in counted(names, len(names), "Copying files"):
        try:
            if not _is_there(source, target, sha256):
                _copy_one(source, target, sha256)
                copied += 1
        except (FileNotFoundError, _Damaged):
            missing.append(sha256)
    return copied, missing


def _is_there(source: Shelf, target: Shelf, sha256: str) -> bool:
    """Return whether the target has the file: the source's has its size, or is gone."""
    stored, place = source.place(sha256), target.place(sha256)
    if not place.is_file():
        return False
    if source.cipher.is_on or target.cipher.is_on:
        return True  # sizes say nothing
    return len({one.stat().st_size for one in (stored, place) if one.is_file()}) == 1


def _copy_one(source: Shelf, target: Shelf, sha256: str) -> None:
    """Copy a file, whole or not at all."""
    place = target.place(sha256)
    place.parent.mkdir(parents=True, exist_ok=True)
    made, digest = place.with_name(f".{place.name}"), hashlib.sha256()
    with (
        source.cipher.reading(source.place(sha256)) as reading,
        target.cipher.writing(made) as writing,
    ):
        while chunk := reading.read(CHUNK):
            digest.update(chunk)
            writing.write(chunk)
    if digest.hexdigest() != sha256:
        made.unlink()
        raise _Damaged(sha256)
    made.replace(place)

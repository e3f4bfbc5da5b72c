"""Copy stored files to a backup and back, and check them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from app.base.files import places
from app.base.files.places import Place
from app.ops.backup.encryption import PLAIN, Cipher
from app.ops.backup.manifest import BadBackup
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

    def stat(self, sha256: str) -> int | None:
        """Return the size of a file in the folder, None where it is missing."""
        path = self.place(sha256)
        return path.stat().st_size if path.is_file() else None

    def open(self, sha256: str) -> AbstractContextManager[IO[bytes]]:
        """Return the bytes of a file, to be read once. Raises OSError."""
        return self.cipher.reading(self.place(sha256))

    @contextmanager
    def writing(self, sha256: str) -> Iterator[Any]:
        """Yield a file to write to, which is the file of that name at the end of the block."""
        place = self.place(sha256)
        place.parent.mkdir(parents=True, exist_ok=True)
        made = place.with_name(f".{place.name}")
        try:
            with self.cipher.writing(made) as target:
                yield target
            made.replace(place)
        finally:
            made.unlink(missing_ok=True)

    def must_have(self, names: Sequence[str]) -> None:
        """Read every file. Raise BadBackup if one is missing or damaged."""
        for sha256 in counted(names, len(names), "Looking through files"):
            path = self.place(sha256)
            if not path.is_file():
                raise BadBackup(f"files/{path.name} is missing: the backup was cut.")
            with self.open(sha256) as source:
                digest = hashlib.file_digest(source, "sha256")  # type: ignore[arg-type]
            if digest.hexdigest() != sha256:
                raise BadBackup(f"files/{path.name} is not as it was when the backup was made.")


class Installed:
    """The stored files of the installation (`app.base.files.places`). Calls raise Away, too."""

    cipher = PLAIN

    def __init__(self, place: Place) -> None:
        self.stat, self.open, self._place = place.stat, place.open, place

    @contextmanager
    def writing(self, sha256: str) -> Iterator[Any]:
        """Yield a file to write to, which is the file of that name at the end of the block."""
        with places.temporary(self._place.near) as target:
            yield target
            target.flush()
            places.put_elsewhere(self._place, sha256, Path(target.name))


def copy(
    source: Shelf | Installed, target: Shelf | Installed, wanted: Iterable[str]
) -> tuple[int, list[str]]:
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


def _is_there(source: Shelf | Installed, target: Shelf | Installed, sha256: str) -> bool:
    """Return whether the target has the file: the source's has its size, or is gone."""
    there = target.stat(sha256)
    if there is None:
        return False
    if source.cipher.is_on or target.cipher.is_on:
        return True  # sizes say nothing
    return source.stat(sha256) in (there, None)


def _copy_one(source: Shelf | Installed, target: Shelf | Installed, sha256: str) -> None:
    """Copy a file, whole or not at all."""
    with source.open(sha256) as reading, target.writing(sha256) as writing:
        if places.copied(reading, writing) != sha256:
            raise _Damaged(sha256)

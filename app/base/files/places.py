"""Where the bytes of stored files are: a folder of this machine, or a bucket of S3 for several.

Both have the same calls: `put`, `open`, `stat`, `list`, and `remove` for a move from one to the
other. The name of a content is its SHA-256, in hexadecimal digits.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Protocol

from flask import Flask, current_app

from app.base import private
from app.base.config.fault import Foreseen

#: The folders of the data folder: of stored files, and of copies of a bucket's.
FILES, COPIES = "files", "copies"
CHUNK = 1 << 16
NAME = re.compile(r"[0-9a-f]{64}")


class Away(Foreseen):
    """The place of the stored files refuses, or answers too late: nothing was stored or read."""

    exit_code = 2
    advice = "Run the command again."


class Place(Protocol):
    """A place of stored files."""

    #: A folder of this machine for temporary files, and for copies at `path_in(near, sha256)`.
    near: Path

    def put(self, sha256: str, made: Path) -> None:
        """Store a complete file of the folder `near`, which is moved. Raises OSError and Away."""

    def open(self, sha256: str) -> IO[bytes]:
        """Return a content, to be read once and closed. Raises OSError and Away.

        Without it raises FileNotFoundError. Reading may raise Away, too.
        """

    def stat(self, sha256: str) -> int | None:
        """Return the size in bytes, None where it is missing. Raises Away."""

    def list(self) -> Iterator[str]:
        """Yield the names of all contents. Raises Away."""

    def remove(self, sha256: str) -> None:
        """Delete a content. Raises OSError and Away."""


def path_in(folder: Path, sha256: str) -> Path:
    """Return where a content is in a folder."""
    return folder / sha256[:2] / sha256


class Folder:
    """A folder of this machine: written whole or not at all, and on disk before it is named."""

    def __init__(self, near: Path) -> None:
        self.near = near

    def put(self, sha256: str, made: Path) -> None:
        with made.open("rb") as written:
            os.fsync(written.fileno())
        final = path_in(self.near, sha256)
        private.make_folder(final.parent)
        made.replace(final)

    def open(self, sha256: str) -> IO[bytes]:
        return path_in(self.near, sha256).open("rb")

    def stat(self, sha256: str) -> int | None:
        try:
            return path_in(self.near, sha256).stat().st_size
        except OSError:
            return None

    def list(self) -> Iterator[str]:
        for path in self.near.glob("[0-9a-f][0-9a-f]/*"):
            if NAME.fullmatch(path.name):
                yield path.name

    def remove(self, sha256: str) -> None:
        path_in(self.near, sha256).unlink(missing_ok=True)


def put_elsewhere(place: Place, sha256: str, made: Path) -> None:
    """Store a file as `put` does, without a copy on this machine where the place is a bucket."""
    place.put(sha256, made)
    if not isinstance(place, Folder):
        path_in(place.near, sha256).unlink(missing_ok=True)


def named(config: Mapping[str, Any], address: str, seconds: float | None = None) -> Place:
    """Return the place of an address: of a bucket (`s3://…`), "" for the data folder's own.

    `seconds`: how long a request to a bucket may take, where large files are sent.
    """
    if not address:
        return Folder(config["DATA"] / FILES)
    # Here alone: most installations have no bucket, and the library takes memory.
    from app.base.files.bucket import Bucket

    return Bucket(address, config["DATA"] / COPIES, config, seconds)


def init_app(app: Flask) -> None:
    """Give the application the place of its stored files."""
    app.extensions["files"] = named(app.config, app.config["FILES"])


def here() -> Place:
    """Return the place of the application's stored files."""
    place: Place = current_app.extensions["files"]
    return place


def copied(source: IO[bytes], target: IO[bytes]) -> str:
    """Copy a stream to its end; return the SHA-256 of its bytes."""
    digest = hashlib.sha256()
    while chunk := source.read(CHUNK):
        digest.update(chunk)
        target.write(chunk)
    return digest.hexdigest()


@contextmanager
def temporary(folder: Path, ending: str = "") -> Iterator[Any]:
    """Yield a new file in a folder, which is gone at the end unless it was moved away."""
    private.make_folder(folder)
    with tempfile.NamedTemporaryFile(dir=folder, suffix=ending, delete=False) as target:
        try:
            yield target
        finally:
            Path(target.name).unlink(missing_ok=True)

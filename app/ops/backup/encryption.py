"""How files of a backup are written and read: as they are, or encrypted with age.

Format: https://age-encryption.org/v1. A file is encrypted for public keys (recipients), and read
with the secret key of one of them (an identity). The format detects each change and each cut.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

import pyrage

from app.ops.backup.manifest import CHUNK, BadBackup
from app.people.access.tickets import keyed_hash

ENDING = ".age"


class BadKey(Exception):
    """A key of age cannot be used; the message says why."""


@dataclass(frozen=True)
class Cipher:
    """How files are written and read. Without recipients and identities, as they are."""

    #: Public keys, as text.
    recipients: Sequence[str] = ()
    #: Secret keys, as pyrage reads them.
    identities: Sequence[Any] = field(default=(), repr=False)

    @property
    def is_on(self) -> bool:
        """Return whether the files are encrypted."""
        return bool(self.recipients or self.identities)

    def name(self, plain: str) -> str:
        """Return the name of a part of the database."""
        return plain + ENDING if self.is_on else plain

    def place(self, folder: Path, sha: str) -> Path:
        """Return the place of a stored file: under a keyed name if it is encrypted.

        The SHA-256 of a file would say who has it.
        """
        name = keyed_hash("backup file", sha) if self.is_on else sha
        return folder / name[:2] / self.name(name)

    @contextmanager
    def writing(self, path: Path) -> Iterator[IO[bytes]]:
        """Open a new file, and write it to the disk at the end. Raises OSError."""
        with path.open("wb") as target:
            if not self.is_on:
                yield target
            else:
                keys = [recipient(one) for one in self.recipients]
                try:
                    with _into(lambda plain: pyrage.encrypt_io(plain, target, keys)) as opened:
                        yield opened
                except _Stopped as fault:
                    raise OSError(str(fault)) from None
            target.flush()
            os.fsync(target.fileno())

    @contextmanager
    def reading(self, path: Path) -> Iterator[IO[bytes]]:
        """Open a file. Raises OSError, and BadBackup where it is damaged, cut or of other keys."""
        with path.open("rb") as source:
            if not self.is_on:
                yield source
                return
            keys = list(self.identities)
            try:
                with _out_of(lambda plain: pyrage.decrypt_io(source, plain, keys)) as opened:
                    yield opened
            except _Stopped as fault:
                raise BadBackup(f"{path.name} cannot be decrypted: {fault}") from None


#: Files are written and read as they are.
PLAIN = Cipher()


class _Stopped(Exception):
    """The thread at the other end of a pipe failed; the message says why."""


@contextmanager
def _into(work: Callable[[IO[bytes]], None]) -> Iterator[IO[bytes]]:
    """Yield a stream to write; a thread works on what is written. Raise _Stopped."""
    reader, writer = os.pipe()
    with _working(work, reader, "rb"), suppress(BrokenPipeError), os.fdopen(writer, "wb") as ours:
        yield ours


@contextmanager
def _out_of(work: Callable[[IO[bytes]], None]) -> Iterator[IO[bytes]]:
    """Yield a stream to read, which a thread writes. Raise _Stopped."""
    reader, writer = os.pipe()
    with _working(work, writer, "wb"), os.fdopen(reader, "rb") as ours:
        yield ours
        while ours.read(CHUNK):  # the end says whether the file is whole
            pass


@contextmanager
def _working(work: Callable[[IO[bytes]], None], pipe: int, mode: str) -> Iterator[None]:
    """Let a thread work on its end of a pipe. Raise _Stopped if it failed by itself."""
    faults: list[Exception] = []

    def run() -> None:
        try:
            with os.fdopen(pipe, mode) as end:
                work(end)
        except Exception as fault:  # noqa: BLE001 - raised below
            faults.append(fault)

    thread = threading.Thread(target=run, name="age")
    thread.start()
    try:
        yield
    finally:
        thread.join()
        if faults and not _is_pipe(faults[0]):
            raise _Stopped(str(faults[0])) from None


def _is_pipe(fault: Exception) -> bool:
    """Return whether the other end was closed: its own fault is the cause."""
    return isinstance(fault, BrokenPipeError)


def recipient(text: str) -> Any:
    """Return a public key. Raises BadKey."""
    try:
        return pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError:
        raise BadKey(f"{text} is no public key of age (age1…).") from None


def identities(path: Path) -> list[Any]:
    """Return the secret keys of a file that `age-keygen` made. Raises BadKey."""
    try:
        lines = [line.strip() for line in path.read_text("utf-8").splitlines()]
        found = [
            pyrage.x25519.Identity.from_str(line)
            for line in lines
            if line and not line.startswith("#")
        ]
    except (OSError, ValueError, pyrage.IdentityError):
        found = []
    if not found:
        raise BadKey(f"{path} has no secret key of age (AGE-SECRET-KEY-1…).")
    return found


def folder_name(plain: str, recipients: Sequence[str]) -> str:
    """Return the name of the folder of stored files: a folder for each set of recipients."""
    if not recipients:
        return plain
    return f"{plain}-{sha256(' '.join(sorted(recipients)).encode()).hexdigest()[:8]}"

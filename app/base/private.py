"""Folders and files with people's data, readable only by the user that runs the application."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

FOLDER, FILE = 0o700, 0o600
#: The rights of users other than the owner.
OTHERS = 0o077


def make_folder(path: Path) -> None:
    """Create a folder and its missing parents; an existing folder stays unchanged."""
    path.mkdir(mode=FOLDER, parents=True, exist_ok=True)


def make_file(path: Path) -> None:
    """Make an empty file unless it exists, so that a library does not make it readable.

    An existing file is never opened: to close it would drop every lock that this process has on it
    (POSIX, fcntl), SQLite's too. So the file gets its name only once it is closed.
    """
    if path.exists():
        return
    with suppress(OSError):  # the next one that opens it says what is wrong
        descriptor, made = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
        os.close(descriptor)
        try:
            os.link(made, path)
        finally:
            Path(made).unlink()


def opener(path: str, flags: int) -> int:
    """Open a file as `open` does, but make it for its owner alone."""
    return os.open(path, flags, FILE)


def replace(path: Path, text: str) -> None:
    """Write a file anew for its owner alone; at any moment there is the old one or the new one."""
    made = path.with_name(f"{path.name}.new")
    with open(made, "w", encoding="utf-8", opener=opener) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    made.replace(path)


@contextmanager
def for_owner_alone() -> Iterator[None]:
    """Make new files of this process readable by their owner alone. Commands only: no threads."""
    before = os.umask(OTHERS)
    try:
        yield
    finally:
        os.umask(before)


def tighten(path: Path) -> bool:
    """Remove other users' access to a folder or file; return whether that succeeded.

    It fails if the folder or file belongs to another user.
    """
    mode = path.stat().st_mode
    if mode & OTHERS:
        with suppress(PermissionError):
            path.chmod(mode & ~OTHERS)
    return not path.stat().st_mode & OTHERS


def tighten_all(folder: Path) -> list[Path]:
    """Tighten a folder with all its contents; return the paths that others can still read."""
    if not folder.is_dir():
        return []
    whole = [folder, *folder.rglob("*")]
    return [path for path in whole if not path.is_symlink() and not tighten(path)]

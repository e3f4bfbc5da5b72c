"""Room on this machine: files that can be made or fetched again are removed, the oldest first."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from flask import current_app

from app.base.db import Stop
from app.base.files import places

#: How long the copy of a file in a bucket stays, and bytes of all copies.
STORED_FOR, MOST_BYTES = timedelta(days=7), 4 * 1024**3


def trim_copies(stop: Stop) -> int:
    """Remove old copies of files that are in a bucket; return how many."""
    return trim(current_app.config["DATA"] / places.COPIES, "*/*", STORED_FOR, MOST_BYTES, stop)


def trim(folder: Path, files: str, stored_for: timedelta, most_bytes: int, stop: Stop) -> int:
    """Remove what is older than `stored_for`, then the oldest above `most_bytes`; return how many.

    `files`: the pattern of their paths in the folder. Empty folders are removed, too. Age is that
    of the machine's clock, as the file system has it.
    """
    before, used, gone = time.time() - stored_for.total_seconds(), 0, 0
    for made_at, size, path in sorted(_stored(folder, files, stop), reverse=True):  # newest first
        if stop():
            break
        if made_at < before or used + size > most_bytes:
            path.unlink(missing_ok=True)
            gone += 1
        else:
            used += size
    while files := files.rpartition("/")[0]:
        for empty in folder.glob(files):
            with suppress(OSError):  # not empty
                empty.rmdir()
    return gone


def _stored(folder: Path, files: str, stop: Stop) -> Iterator[tuple[float, int, Path]]:
    """Yield when each file was made, its size and its path."""
    for path in folder.glob(files):
        if stop():
            return
        with suppress(OSError):
            facts = path.stat()
            yield facts.st_mtime, facts.st_size, path

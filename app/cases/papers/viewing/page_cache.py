"""Pictures and texts of pages on disk, under the hash of their file.

They are not part of backups, since they can be made again from the stored files. Each machine has
its own. A worker of that machine removes what is older than `STORED_FOR`, and the oldest above
`MOST_BYTES`.

    pages/CACHEDIR.TAG          says to backup programs that the folder can be left out
    pages/ab/abcd…/1.json       what is known of the first pages
    pages/ab/abcd…/1-900.image  a picture of page 1
    pages/ab/abcd…/1-900.fault  why there is none
"""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from flask import current_app

from app.base.db import Stop
from app.base.files import disk, places

FOLDER = "pages"
STORED_FOR = timedelta(days=30)
#: How long a reason why a page cannot be shown counts: it may have been the machine's.
FAULT_COUNTS = timedelta(hours=1)
#: Bytes of all pictures that stay after the night's work.
MOST_BYTES = 4 * 1024**3
FAULT = ".fault"
TAG = "CACHEDIR.TAG"
#: What the convention of that file asks for (https://bford.info/cachedir/).
SIGNATURE = b"Signature: 8a477f597d28d172789f06886806bc55\n"


def place_of(sha256: str, name: str) -> Path:
    """Return where a picture or text of a file is stored."""
    folder: Path = current_app.config["DATA"]
    return folder / FOLDER / sha256[:2] / sha256 / name


def read(sha256: str, name: str) -> bytes | None:
    """Return what is stored, None if nothing is."""
    path = place_of(sha256, name)
    try:
        if (
            name.endswith(FAULT)
            and time.time() - path.stat().st_mtime > FAULT_COUNTS.total_seconds()
        ):
            return None
        return path.read_bytes()
    except OSError:
        return None


def write(sha256: str, name: str, content: bytes) -> None:
    """Store a picture or text; where the disk takes none, it is made again the next time."""
    path = place_of(sha256, name)
    with suppress(OSError):
        with places.temporary(path.parent) as target:
            target.write(content)
            target.flush()
            Path(target.name).replace(path)
        _tag(path.parents[2])


def _tag(folder: Path) -> None:
    if not (folder / TAG).exists():
        (folder / TAG).write_bytes(SIGNATURE)


def clean(stop: Stop) -> int:
    """Remove what is too old or takes too much room; return how many."""
    return disk.trim(current_app.config["DATA"] / FOLDER, "*/*/*", STORED_FOR, MOST_BYTES, stop)

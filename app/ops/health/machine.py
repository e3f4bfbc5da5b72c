"""What runs here, and the disk that it fills."""

from __future__ import annotations

import platform
import shutil
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

#: Written by `deploy/wheel`; a checkout has none.
COMMIT = Path(__file__).with_name("commit.txt")


class Disk(NamedTuple):
    """The disk of a folder, in bytes."""

    used: int
    #: What the application may still write.
    free: int


@cache
def build() -> dict[str, str]:
    """Return the version, the commit ("" if unknown) and the version of Python."""
    commit = COMMIT.read_text("ascii").strip() if COMMIT.is_file() else ""
    return {
        "version": metadata.version("zaguan-rvl"),
        "commit": commit,
        "python": platform.python_version(),
    }


def disk(folder: Path) -> Disk | None:
    """Return the disk of a folder; None where the folder cannot be looked at."""
    try:
        total, _, free = shutil.disk_usage(folder)
    except OSError:
        return None
    return Disk(total - free, free)

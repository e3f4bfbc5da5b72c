"""The files of the repository: without what tools or the application write."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent


def tracked(start: str = "") -> list[str]:
    """Return the paths of all files that begin with `start`, relative to the root.

    Git lists them, and in a copy without its history `walked` does.
    """
    return [path for path in _listed() if path.startswith(start)]


@cache
def _listed() -> tuple[str, ...]:
    if not (ROOT / ".git").exists():
        return tuple(sorted(walked()))
    command = ["git", "-c", "core.quotePath=false", "ls-files", "-z"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    paths = listed.split("\0")
    return tuple(path for path in paths if path and (ROOT / path).exists())


def walked() -> Iterator[str]:
    """Yield the files that `.gitignore` does not leave out; for a copy without its history."""
    lines = (ROOT / ".gitignore").read_text("utf-8").splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")] + ["/.git/", "/.git"]
    for folder, folders, files in os.walk(ROOT):
        place = Path(folder).relative_to(ROOT)
        folders[:] = [one for one in folders if not _ignored(f"/{place / one}/", patterns)]
        for file in files:
            if not _ignored(f"/{place / file}", patterns):
                yield str(place / file)


def _ignored(path: str, patterns: list[str]) -> bool:
    """Return whether the last pattern that matches a path leaves it out, as Git decides it."""
    ignored = False
    for pattern in patterns:
        if path.endswith("/") and not pattern.endswith("/"):
            continue  # of files
        bare = pattern.removeprefix("!")
        anchored = bare if bare.startswith("/") else f"*/{bare}"
        if fnmatch(path, anchored):
            ignored = not pattern.startswith("!")
    return ignored

"""The files of the repository that Git tracks: without what tools or the application write."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent


def tracked(start: str = "") -> list[str]:
    """Return the paths of all tracked files that begin with `start`, relative to the root."""
    command = ["git", "-c", "core.quotePath=false", "ls-files", "-z", "--cached", "--others"]
    listed = subprocess.run(
        [*command, "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    paths = [path for path in listed.split("\0") if path and (ROOT / path).exists()]
    return [path for path in paths if path.startswith(start)]

"""Move stored files from one place to another, for instance from a folder to a bucket.

It can be repeated and resumed: what is there already is left. Nothing is deleted unless `remove` is
set.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from app.base.files import places
from app.base.files.places import Place
from app.ops.progress import counted


@dataclass
class Moved:
    """What a move did."""

    files: int = 0
    copied: int = 0
    removed: int = 0
    #: Names of files whose bytes are not what their names say: they stay where they are.
    damaged: tuple[str, ...] = ()


def move(source: Place, target: Place, *, remove: bool = False) -> Moved:
    """Copy all files that the target lacks, and compare each with its hash on the way.

    `remove`: then delete each file at the source that the target has with its right hash. Raises
    OSError and places.Away: what was copied until then stays, and a repetition goes on from there.
    """
    names = sorted(source.list())
    done = Moved(len(names))
    for sha256 in counted(names, len(names), "Moving files"):
        if target.stat(sha256) != source.stat(sha256):
            if not _copied(source, target, sha256):
                done.damaged = (*done.damaged, sha256)
                continue
            done.copied += 1
        if remove:
            if not _is_whole(target, sha256):
                done.damaged = (*done.damaged, sha256)
                continue
            source.remove(sha256)
            done.removed += 1
    return done


def _copied(source: Place, target: Place, sha256: str) -> bool:
    with places.temporary(target.near) as made:
        with source.open(sha256) as stream:
            found = places.copied(stream, made)
        made.flush()
        if found != sha256:
            return False
        places.put_elsewhere(target, sha256, Path(made.name))
    return True


def _is_whole(place: Place, sha256: str) -> bool:
    with place.open(sha256) as stream:
        found = hashlib.file_digest(stream, "sha256")  # type: ignore[arg-type]
    return found.hexdigest() == sha256

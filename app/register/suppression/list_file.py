"""The file of the list of suppressions in the data folder, and its copy in a bucket.

A line has the name of the installation whose list it is; each other line is a suppression.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import current_app

from app.base import private
from app.base.files import places
from app.base.files.places import Place

logger = logging.getLogger(__name__)

#: The file in the data folder; a backup never has it.
NAME = "suppressions.jsonl"
#: What is added to the name of a list of another installation that is in the way.
ASIDE = ".other"
#: The folder of lists in a bucket; each has the name of its installation.
FOLDER = "suppressions"
#: Seconds for a request to the bucket: a start does not wait for long.
SECONDS = 5


@dataclass(frozen=True)
class Found:
    """A list: the name of its installation ("" without), and a mapping for each suppression."""

    installation: str
    entries: tuple[Mapping[str, Any], ...]

    def acts(self) -> frozenset[tuple[str, str]]:
        """Return the visit and the moment of each suppression."""
        return frozenset((entry["visit"], entry["decided_at"]) for entry in self.entries)


def path() -> Path:
    """Return the path of the list: in the data folder, like the secret key."""
    data: Path = current_app.config["DATA"]
    return data / NAME


def read() -> Found | None:
    """Return the list of this machine; None without one. Raise OSError."""
    try:
        return _parsed(path().read_text("utf-8"))
    except FileNotFoundError:
        return None


def add(installation: str, entries: Iterable[Mapping[str, Any]]) -> int:
    """Add to the list what it lacks, and return how many; make a list. Raise OSError.

    A list of another installation is renamed.
    """
    target = path()
    here = read()
    if here is not None and _is_foreign(here, installation):
        target.replace(target.with_name(NAME + ASIDE))
    private.make_folder(target.parent)
    with open(target, "a+", encoding="utf-8", opener=private.opener) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        before = file.read()
        found = _parsed(before)
        there = found.acts()
        new = [one for one in entries if (one["visit"], one["decided_at"]) not in there]
        head = [] if found.installation else [{"installation": installation}]
        was_cut = before and not before.endswith("\n")  # by a full disk
        lines = [json.dumps(one) + "\n" for one in [*head, *new]]
        file.write("".join(["\n" if was_cut else "", *lines]))
        file.flush()
        os.fsync(file.fileno())
    return len(new)


def exchange(installation: str) -> None:
    """Complete the list of this machine from the bucket, and that of the bucket from this one.

    Without a bucket nothing happens. Raise OSError and places.Away.
    """
    address = current_app.config["FILES"].rstrip("/")
    if not (address and installation):
        return
    place = places.named(current_app.config, f"{address}/{FOLDER}", SECONDS)
    there = _shared(place, installation)
    if there is not None:
        add(installation, there.entries)
    here = read()
    if here is None or here.installation != installation:
        return
    if there is None or here.acts() - there.acts():
        with places.temporary(place.near) as copy:
            copy.write(path().read_bytes())
            copy.flush()
            places.put_elsewhere(place, installation, Path(copy.name))


def _is_foreign(found: Found, installation: str) -> bool:
    return bool(installation and found.installation) and found.installation != installation


def _shared(place: Place, installation: str) -> Found | None:
    try:
        with place.open(installation) as source:
            found = _parsed(source.read().decode("utf-8"))
    except FileNotFoundError:
        return None
    return found if found.installation == installation else None


def _parsed(text: str) -> Found:
    """Return the list of a text; a line that was cut by a full disk is left out."""
    installation, entries = "", []
    for line in text.splitlines():
        try:
            said = json.loads(line)
        except ValueError:
            logger.warning("a line of the list of suppressions cannot be read")
            continue
        if "installation" in said:
            installation = said["installation"]
        else:
            entries.append(said)
    return Found(installation, tuple(entries))

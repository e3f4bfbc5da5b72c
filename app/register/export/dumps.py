"""The finished files of the whole register and of its closed months, and their manifest.

`dumping` makes them; pages and files of open data read them. The manifest names the current files
and is replaced in one step, so readers never see half of a run. On disk the name of a file begins
with its hash: the files of a run never overwrite those of the run before.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import current_app

from forms.shapes.register_figures import month_name

#: The folder in the data folder, and the manifest in it.
FOLDER, MANIFEST = "open-data", "manifest.json"
#: Ending → media type, the smallest to read first.
ENDINGS: Mapping[str, str] = {
    "csv.gz": "application/gzip",
    "jsonl.gz": "application/gzip",
    "parquet": "application/vnd.apache.parquet",
}


@dataclass(frozen=True)
class Dump:
    """A finished file of visits in the shape *abierto*."""

    #: A month of Lima, as 2026-02; "" for the whole register.
    month: str
    ending: str
    sha256: str
    #: Bytes.
    size: int
    rows: int
    #: First and last day of a visit in it (ISO 8601); "" without visits.
    first: str
    last: str
    #: The moment (UTC, ISO 8601) at which the file was first made with this content.
    made_at: str

    @property
    def name(self) -> str:
        """The name in its public address."""
        return f"{'-'.join(part for part in ('visitas', self.month) if part)}.{self.ending}"

    @property
    def title(self) -> str:
        """Its content: `febrero de 2026`, `todo el registro`."""
        return month_name(f"{self.month}-01") if self.month else "todo el registro"

    @property
    def stored(self) -> str:
        """The name on disk."""
        return f"{self.sha256[:16]}-{self.name}"


@dataclass(frozen=True)
class Dumps:
    """The files of the newest finished run, the whole register first, then the newest month."""

    #: The moment of the data: no later change is in any file. None before the first run.
    as_of: datetime | None = None
    #: Whether whole document numbers were published then.
    full: bool = False
    files: tuple[Dump, ...] = ()

    def find(self, name: str) -> Dump | None:
        """Return the file of a public name."""
        return next((one for one in self.files if one.name == name), None)

    def of(self, month: str) -> tuple[Dump, ...]:
        """Return the files of a month, or of the whole register for ""."""
        return tuple(one for one in self.files if one.month == month)

    @property
    def months(self) -> tuple[str, ...]:
        """The months that have files, the newest first."""
        return tuple(dict.fromkeys(one.month for one in self.files if one.month))


def folder() -> Path:
    """Return the folder of the finished files."""
    data: Path = current_app.config["DATA"]
    return Path(current_app.config["OPEN_DATA"] or data / FOLDER)


def current(place: Path | None = None) -> Dumps:
    """Return the newest finished run; an empty one before the first, or if it cannot be read."""
    try:
        return parsed(((place or folder()) / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError, KeyError, TypeError):
        return Dumps()


def parsed(text: str) -> Dumps:
    """Return the run of a manifest. Raises ValueError, KeyError and TypeError."""
    said = json.loads(text)
    files = tuple(Dump(**one) for one in said["files"])
    return Dumps(datetime.fromisoformat(said["as_of"]), said["full"], files)


def instead(*months: str) -> Dump | None:
    """Return the CSV of the first of some months that has one, or of the newest month.

    The whole register only if no month has files; a month "" is ignored.
    """
    found = current()
    wanted = [month for month in (*filter(None, months), *found.months, "") if found.of(month)]
    return found.of(wanted[0])[0] if wanted else None


def as_text(dumps: Dumps) -> str:
    """Return the manifest as it is stored."""
    said: dict[str, Any] = {
        "as_of": dumps.as_of.isoformat() if dumps.as_of else "",
        "full": dumps.full,
        "files": [asdict(one) for one in dumps.files],
    }
    return json.dumps(said, indent=1) + "\n"

"""A dossier as one ZIP: an index as a page and as a table, then the papers.

The index is made at once. The papers are sent piece by piece, and never whole in memory.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import render_template

from app.base import calendar
from app.base.calendar import LIMA
from app.base.files import places
from app.onboarding.entities.documents.dossier import Dossier, Entry
from app.register.export.writers import BOM
from app.register.facts.sql_texts import safe_cell

HEADINGS = (
    "N.º",
    "Archivo",
    "Documento",
    "Detalle",
    "Versión",
    "Estado",
    "Fecha",
    "Páginas",
    "Bytes",
    "SHA-256",
    "Código",
    "Dirección de verificación",
    "Hallazgos",
    "Por qué no va en el ZIP",
)


def contents(found: Dossier) -> Iterator[bytes]:
    """Return the pieces of the ZIP. The index is rendered before the first of them is read."""
    now = calendar.now()
    page = render_template("entities/dossier.html", found=found, made_at=now)
    style = render_template("entities/dossier.css")
    index = {"indice.html": page, "indice.css": style, "indice.csv": as_csv(found.entries)}
    return _pieces(index, found.entries, now)


def as_csv(entries: Sequence[Entry]) -> str:
    """Return the index as CSV that spreadsheets read as UTF-8, and no cell of it as a formula."""
    target = io.StringIO()
    writer = csv.writer(target)
    writer.writerow(HEADINGS)
    writer.writerows(map(safe_cell, _cells(entry)) for entry in entries)
    return BOM + target.getvalue()


def _cells(entry: Entry) -> list[Any]:
    return [
        entry.number,
        entry.name if entry.path else "",
        entry.title,
        entry.detail,
        entry.version,
        entry.state,
        entry.at.astimezone(LIMA).isoformat(timespec="seconds"),
        entry.pages,
        entry.size,
        entry.sha256,
        entry.code,
        entry.address,
        " ".join(entry.findings),
        entry.absent,
    ]


class _Sink(io.RawIOBase):
    """A file that only grows. What was written is taken from it piece by piece."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        """Return True: it can be written to."""
        return True

    def write(self, content: Any) -> int:
        """Add bytes; return their number."""
        self._pieces.append(bytes(content))
        return len(content)

    def taken(self) -> bytes:
        """Return what was written since the last time."""
        found = b"".join(self._pieces)
        self._pieces.clear()
        return found


def _pieces(index: Mapping[str, str], entries: Sequence[Entry], now: datetime) -> Iterator[bytes]:
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
        for name, text in index.items():
            archive.writestr(_info(name, now), text.encode())
        yield sink.taken()
        for entry in entries:
            if entry.path is None:
                continue
            info = _info(entry.name, entry.at)
            info.file_size = entry.size
            with entry.path.open("rb") as source, archive.open(info, "w") as target:
                while chunk := source.read(places.CHUNK):
                    target.write(chunk)
                    yield sink.taken()
    yield sink.taken()


def _info(name: str, at: datetime) -> zipfile.ZipInfo:
    """Return an entry of the ZIP with its moment in Lima, readable by its owner alone."""
    moment = at.astimezone(LIMA)
    date_time = (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second)
    info = zipfile.ZipInfo(name, date_time)
    info.external_attr = 0o600 << 16
    return info

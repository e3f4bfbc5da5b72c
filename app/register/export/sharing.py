"""The finished files on several machines: their maker puts them into the bucket, others fetch them.

The manifest of the newest run is in the database, its files are in the bucket of the stored files
under their hashes. Where there is no bucket, nothing is shared.
"""

from __future__ import annotations

import gzip
import hashlib
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, delete, select

from app.base import calendar, db
from app.base.db import Stop
from app.base.files import places
from app.base.files.places import Place
from app.base.models import DailyFile
from app.register.export import dumping, dumps
from app.register.export.dumps import Dump, Dumps

#: The name of the manifest among the files made once a day.
NAME = "open-data"
#: Seconds that a large file may take.
SECONDS = 1800


def place_of(config: Mapping[str, Any]) -> Place | None:
    """Return the bucket's folder of finished files, with time for large ones; None without one."""
    address = config["FILES"].rstrip("/")
    return places.named(config, f"{address}/{NAME}", SECONDS) if address else None


def share(engine: Engine, place: Place, folder: Path, stop: Stop) -> int | None:
    """Put the finished files of this machine into the bucket; return how many were not there.

    Return None if it was stopped. Raises OSError and places.Away. In both cases others keep the
    run before.
    """
    now, came = dumps.current(folder), 0
    for dump in now.files:
        if stop():
            return None
        if place.stat(dump.sha256) != dump.size:
            with places.temporary(place.near) as copy:
                with (folder / dump.stored).open("rb") as source:
                    shutil.copyfileobj(source, copy, 1 << 20)
                copy.flush()
                places.put_elsewhere(place, dump.sha256, Path(copy.name))
            came += 1
    with db.writing(engine) as session:
        session.execute(delete(DailyFile).where(DailyFile.name == NAME))
        body = gzip.compress(dumps.as_text(now).encode(), mtime=0)
        made_at = calendar.now()
        session.add(DailyFile(name=NAME, on=calendar.today(), body=body, made_at=made_at))
    return came


def tidy(engine: Engine, place: Place, stop: Stop) -> None:
    """Delete from the bucket what is not of the newest shared run, also what a failed run left.

    Nobody may share before `stop` returns true. Raises OSError and places.Away.
    """
    current = {one.sha256 for one in shared(engine).files}
    for sha256 in set(place.list()) - current:
        if stop():
            return
        place.remove(sha256)


def shared(engine: Engine) -> Dumps:
    """Return the newest shared run; an empty one before the first."""
    with db.open_session(engine, writes=False) as session:
        body = session.scalar(select(DailyFile.body).where(DailyFile.name == NAME))
    return dumps.parsed(gzip.decompress(body).decode()) if body else Dumps()


def fetch(engine: Engine, place: Place | None, folder: Path, stop: Stop) -> int:
    """Bring the newest shared run to this machine, whole or not at all; return how many files came.

    Return 0 while another call on this machine fetches or makes files. Raises OSError and
    places.Away.
    """
    there = shared(engine)
    if place is None or not _is_newer(there, folder):
        return 0
    came = 0
    with dumping.alone(folder) as arriving:
        if arriving is None or not _is_newer(there, folder):
            return 0
        for dump in there.files:
            if stop():
                return 0
            if not dumping.is_there(folder, dump):
                _fetch_one(place, dump, arriving / dumping.built_name(dump.month, dump.ending))
                came += 1
        dumping.publish(folder, arriving, there)
    return came


def _is_newer(there: Dumps, folder: Path) -> bool:
    here = dumps.current(folder)
    if there.as_of is None or here.as_of is None:
        return there.as_of is not None
    return not there.as_of <= here.as_of <= calendar.now()  # a clock may have been ahead


def _fetch_one(place: Place, dump: Dump, path: Path) -> None:
    digest = hashlib.sha256()
    with place.open(dump.sha256) as source, path.open("xb") as target:
        while chunk := source.read(places.CHUNK):
            digest.update(chunk)
            target.write(chunk)
    if digest.hexdigest() != dump.sha256:
        raise places.Away(f"{dump.name} is not whole in the bucket")

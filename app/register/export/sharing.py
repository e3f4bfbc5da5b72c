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

from app.base import calendar, db, private
from app.base.db import Stop
from app.base.files import places
from app.base.files.places import Place
from app.base.models import DailyFile
from app.register.export import dumping, dumps
from app.register.export.dumps import Dump, Dumps

#: The name of the manifest among the files made once a day.
NAME = "open-data"
#: Subfolder of files that arrive.
ARRIVING = "arriving"
#: Seconds that a large file may take.
SECONDS = 1800


def place_of(config: Mapping[str, Any]) -> Place | None:
    """Return the bucket's folder of finished files, with time for large ones; None without one."""
    address = config["FILES"].rstrip("/")
    return places.named(config, f"{address}/{NAME}", SECONDS) if address else None


def share(engine: Engine, place: Place | None, folder: Path) -> None:
    """Put the finished files of this machine into the bucket, and delete those of the run before.

    Raises OSError and places.Away; then others keep the run before.
    """
    if place is None:
        return
    before, now = shared(engine), dumps.current(folder)
    for dump in now.files:
        if place.stat(dump.sha256) != dump.size:
            with places.temporary(place.near) as copy:
                with (folder / dump.stored).open("rb") as source:
                    shutil.copyfileobj(source, copy, 1 << 20)
                copy.flush()
                places.put_elsewhere(place, dump.sha256, Path(copy.name))
    with db.writing(engine) as session:
        session.execute(delete(DailyFile).where(DailyFile.name == NAME))
        body = gzip.compress(dumps.as_text(now).encode(), mtime=0)
        made_at = calendar.now()
        session.add(DailyFile(name=NAME, on=calendar.today(), body=body, made_at=made_at))
    for sha256 in {one.sha256 for one in before.files} - {one.sha256 for one in now.files}:
        place.remove(sha256)


def shared(engine: Engine) -> Dumps:
    """Return the newest shared run; an empty one before the first."""
    with db.open_session(engine, writes=False) as session:
        body = session.scalar(select(DailyFile.body).where(DailyFile.name == NAME))
    return dumps.parsed(gzip.decompress(body).decode()) if body else Dumps()


def fetch(engine: Engine, place: Place | None, folder: Path, stop: Stop) -> int:
    """Bring the newest shared run to this machine, whole or not at all; return how many files came.

    Raises OSError and places.Away.
    """
    if place is None:
        return 0
    there, here = shared(engine), dumps.current(folder)
    if there.as_of is None or (here.as_of is not None and there.as_of <= here.as_of):
        return 0
    arriving, came = folder / ARRIVING, 0
    shutil.rmtree(arriving, ignore_errors=True)
    try:
        private.make_folder(arriving)
        for dump in there.files:
            if stop():
                return 0
            if not dumping.is_there(folder, dump):
                _fetch_one(place, dump, arriving / dumping.built(dump))
                came += 1
        dumping.publish(folder, arriving, there)
    finally:
        shutil.rmtree(arriving, ignore_errors=True)
    return came


def _fetch_one(place: Place, dump: Dump, path: Path) -> None:
    digest = hashlib.sha256()
    with place.open(dump.sha256) as source, path.open("xb") as target:
        while chunk := source.read(places.CHUNK):
            digest.update(chunk)
            target.write(chunk)
    if digest.hexdigest() != dump.sha256:
        raise places.Away(f"{dump.name} is not whole in the bucket")

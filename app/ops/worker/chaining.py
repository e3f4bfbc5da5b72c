"""The night's part in the chain of hashes: new rows are closed, and the chain is checked."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from flask import current_app
from sqlalchemy import Engine, or_, select
from sqlalchemy.orm import Session

from app.base import calendar, db, private
from app.base.db import Stop, chain
from app.base.files import integrity
from app.base.models import FileUse, IssuedPaper, StoredFile

#: The most files of issued papers that a night reads, those with the oldest check first.
FILES = 5000
#: The file in the data folder with the highest closing that this machine has seen. Not in backups.
NOTED = "chain-noted"


def close(engine: Engine, stop: Stop) -> int:
    """Enter the rows of finished transactions in the chain, and note it. Return their number."""
    now = calendar.now()
    count = chain.close(engine, stop, now, calendar.lima_day(now))
    with suppress(OSError), db.open_session(engine, writes=False) as session:
        note(session)  # on a full disk the job `disk` notes it later
    return count


def check(engine: Engine, stop: Stop) -> int:
    """Check the chain. Return the number of its faults, which `zaguan status` names."""
    return chain.check(engine, stop, calendar.now())


def note(session: Session) -> None:
    """Note the newest closing on this machine, unless the chain lacks the one noted before."""
    newest = chain.read(session).noted
    if newest and not fell(session):
        _noted().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        private.replace(_noted(), newest)


def fell(session: Session) -> bool:
    """Return whether the chain lacks the closing that is noted, as after a restore of an older one.

    A note that cannot be read counts as such.
    """
    try:
        return not chain.has(session, _noted().read_text("ascii"))
    except FileNotFoundError:
        return False
    except (OSError, ValueError):
        return True


def _noted() -> Path:
    data: Path = current_app.config["DATA"]
    return data / NOTED


def read_papers(engine: Engine, stop: Stop) -> int:
    """Compare the files of issued papers with their hashes. Return the number of files read.

    A damaged one is named by `zaguan status` like any other.
    """
    before = calendar.now() - integrity.WHEN_READ
    with db.open_session(engine, writes=False) as session:
        issued = select(FileUse.sha256).join(IssuedPaper, IssuedPaper.file_id == FileUse.id)
        query = select(StoredFile.sha256).where(
            StoredFile.sha256.in_(issued),
            or_(StoredFile.checked_at.is_(None), StoredFile.checked_at <= before),
        )
        hashes = session.scalars(query.order_by(StoredFile.checked_at).limit(FILES)).all()
    read = 0
    for start in range(0, len(hashes), integrity.AT_ONCE):
        if stop():
            break
        some = hashes[start : start + integrity.AT_ONCE]
        integrity.look_at(current_app, some)
        read += len(some)
    return read

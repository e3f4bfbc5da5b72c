"""Check that the bytes of stored files still match their hashes.

A file is compared with its hash when it is read, at most once a day, and by a backup, at most once
a week. The result is stored with the file, so that commands can name damaged files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import IO

from flask import Flask, current_app
from sqlalchemy import ColumnElement, Engine, or_, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.base import calendar, db, private
from app.base.files import places
from app.base.models import Entity, FileUse, StoredFile
from forms.papers import title_of

#: How old the newest check of a file may be when it is read, and when it is backed up.
WHEN_READ = timedelta(days=1)
WHEN_BACKED_UP = timedelta(days=7)
#: The number of files whose results are written in one transaction.
AT_ONCE = 200
IS_DAMAGED = StoredFile.damage != ""


class Damaged(Exception):
    """A stored file whose bytes are missing or changed."""


@dataclass(frozen=True)
class Damage:
    """A damaged file: its damage, and where it is used."""

    sha256: str
    #: missing or changed.
    damage: str
    #: Each use of it: the entity's code, and what kind of document it is there.
    uses: tuple[str, ...]

    def __str__(self) -> str:
        """Return the line that commands print.

        It has official names only, because an uploader's file name may contain personal data.
        """
        return f"{self.sha256} is {self.damage}: {', '.join(self.uses) or 'in no use'}"


def path_of(sha256: str) -> Path:
    """Return where the bytes of a content are on this machine: in a bucket's case, their copy."""
    return places.path_in(places.here().near, sha256)


def opened(sha256: str) -> IO[bytes]:
    """Return the bytes of a content, to be read once and closed.

    A content stored by this request is on this machine. Raises OSError and Away.
    """
    path = path_of(sha256)
    return path.open("rb") if path.is_file() else places.here().open(sha256)


def content(sha256: str) -> bytes:
    """Return the whole bytes of a small content. Raises OSError and Away."""
    with opened(sha256) as source:
        return source.read()


def near(sha256: str) -> Path:
    """Return the path on this machine of a content whose bytes are good. Raise Damaged, Away.

    Without `whole`'s note of the result.
    """
    if damage := _fetched(sha256):
        current_app.logger.error("stored file %s is %s", sha256, damage)
        raise Damaged(sha256)
    return path_of(sha256)


def whole(stored: StoredFile) -> Path:
    """Return the path on this machine of a stored file whose bytes are good. Raise Damaged, Away.

    The result of a check is written in a separate transaction: call it while no writing
    transaction is open.
    """
    path = path_of(stored.sha256)
    now = calendar.now()
    is_fresh = stored.checked_at is not None and now - stored.checked_at < WHEN_READ
    if is_fresh and not stored.damage and _size_of(path) == stored.size:
        return path
    damage = _fetched(stored.sha256)
    # Without the note it is checked again next time.
    with suppress(OperationalError), db.writing(current_app) as session:
        note(session, stored.sha256, damage)
    if damage:
        current_app.logger.error("stored file %s is %s", stored.sha256, damage)
        raise Damaged(stored.sha256)
    return path


def _fetched(sha256: str) -> str:
    """Copy a content to this machine unless its place is here; return its damage. Raises Away."""
    place = places.here()
    if isinstance(place, places.Folder):
        return damage_of(sha256)
    with places.temporary(place.near) as target:
        try:
            with place.open(sha256) as source:
                found = places.copied(source, target)
        except FileNotFoundError:
            return "missing"
        target.flush()
        if found != sha256:
            return "changed"
        path = path_of(sha256)
        private.make_folder(path.parent)
        Path(target.name).replace(path)
    return ""


def damage_of(sha256: str) -> str:
    """Read a content to its end at its place; return its damage, "" if it has none. Raises Away."""
    try:
        with places.here().open(sha256) as source:
            found = hashlib.file_digest(source, "sha256").hexdigest()  # type: ignore[arg-type]
    except FileNotFoundError:
        return "missing"
    except OSError:
        return "unreadable"
    return "" if found == sha256 else "changed"


def note(session: Session, sha256: str, damage: str) -> None:
    """Store the result of a check."""
    stored = session.get_one(StoredFile, sha256)
    stored.checked_at, stored.damage = calendar.now(), damage


def _size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1


def look_through(app: Flask) -> None:
    """Check all files that were not read for a week, and check damaged files again."""
    before = calendar.now() - WHEN_BACKED_UP
    _check(app, or_(StoredFile.checked_at.is_(None), StoredFile.checked_at < before, IS_DAMAGED))


def look_again(app: Flask) -> None:
    """Check the files known to be damaged again: they may have been restored."""
    _check(app, IS_DAMAGED)


def look_at(app: Flask, hashes: Sequence[str]) -> None:
    """Check these: something did not get their bytes."""
    for start in range(0, len(hashes), AT_ONCE):
        _check(app, StoredFile.sha256.in_(hashes[start : start + AT_ONCE]))


def _check(app: Flask, which: ColumnElement[bool]) -> None:
    engine: Engine = app.extensions["engine"]
    with db.open_session(engine, writes=False) as session:
        stays = StoredFile.removed_at.is_(None)
        names = session.scalars(select(StoredFile.sha256).where(which, stays)).all()
    for start in range(0, len(names), AT_ONCE):
        some = names[start : start + AT_ONCE]
        found = {sha256: damage_of(sha256) for sha256 in some}
        # Without the note they are checked again next time; no backup fails where others write.
        with suppress(OperationalError), db.writing(app) as session:
            for sha256, damage in found.items():
                note(session, sha256, damage)


def damaged(session: Session) -> list[Damage]:
    """Return the files known to be damaged, and the entities that use them."""
    rows = session.execute(
        select(
            StoredFile.sha256,
            StoredFile.damage,
            Entity.code,
            FileUse.paper,
            FileUse.title,
            FileUse.kind,
        )
        .outerjoin(FileUse, FileUse.sha256 == StoredFile.sha256)
        .outerjoin(Entity, Entity.id == FileUse.entity_id)
        .where(IS_DAMAGED)
        .order_by(StoredFile.created_at, StoredFile.sha256, FileUse.created_at)
    ).all()
    uses: dict[tuple[str, str], list[str]] = {}
    for sha256, damage, code, paper, title, kind in rows:
        found = uses.setdefault((sha256, damage), [])
        if code is not None:
            found.append(f"{code} {title or (paper and title_of(paper, is_signed=True)) or kind}")
    return [Damage(*key, tuple(dict.fromkeys(found))) for key, found in uses.items()]

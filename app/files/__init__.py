"""Stored files: once per content (SHA-256), outside the web root, who and when beside them."""

from __future__ import annotations

import hashlib
import os
import tempfile
import uuid
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from flask import current_app
from sqlalchemy.orm import Session

from app import calendar, db
from app.models import FileUse, StoredFile

UPLOAD = "upload"
#: A file of visits: full of whole document numbers, so it is listed nowhere and served to nobody.
VISITS = "visits"
CHUNK = 1 << 16


@dataclass(frozen=True)
class Owner:
    """Whom a file belongs to, and who brought it."""

    entity_id: int
    instance_id: int | None = None
    task_id: int | None = None
    by_id: int | None = None


def path_of(sha256: str) -> Path:
    """Where the bytes of a content lie."""
    folder: Path = current_app.config["DATA"]
    return folder / "files" / sha256[:2] / sha256


def keep(
    session: Session,
    stream: IO[bytes],
    *,
    name: str,
    media_type: str,
    owner: Owner,
    kind: str = UPLOAD,
    title: str = "",
    pages: int | None = None,
) -> FileUse:
    """Stores a stream under a name; the same content is written once.

    The bytes are on disk before the row is: a transaction that rolls back leaves at most an
    unused file, never a row without its bytes.
    """
    sha256 = store(session, stream, media_type, pages)
    return use_again(session, sha256, name=name, owner=owner, kind=kind, title=title)


def store(session: Session, stream: IO[bytes], media_type: str, pages: int | None = None) -> str:
    """Stores a stream of no entity, which nobody is served; its SHA-256. As `keep` else."""
    sha256, size = _write(stream)
    stored = {"sha256": sha256, "size": size, "media_type": media_type, "pages": pages}
    db.insert_missing(session, StoredFile, stored | {"created_at": calendar.now()})
    return sha256


def use_again(
    session: Session,
    sha256: str,
    *,
    name: str,
    owner: Owner,
    kind: str = UPLOAD,
    title: str = "",
) -> FileUse:
    """A content that is stored, for an owner and under a name; nothing is written twice."""
    use = FileUse(
        id=uuid.uuid4().hex,
        sha256=sha256,
        name=name,
        kind=kind,
        title=title,
        entity_id=owner.entity_id,
        instance_id=owner.instance_id,
        task_id=owner.task_id,
        by_id=owner.by_id,
        created_at=calendar.now(),
    )
    session.add(use)
    session.flush()
    return use


def _write(stream: IO[bytes]) -> tuple[str, int]:
    folder: Path = current_app.config["DATA"] / "files"
    folder.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with _temporary(folder) as target:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
            target.write(chunk)
        final = path_of(digest.hexdigest())
        if not final.is_file():  # else it was written, and on disk, before
            target.flush()
            os.fsync(target.fileno())
            final.parent.mkdir(exist_ok=True)
            Path(target.name).replace(final)
    return digest.hexdigest(), size


@contextmanager
def _temporary(folder: Path) -> Iterator[Any]:
    """A file to write to, which is gone at the end unless it was moved away."""
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as target:
        try:
            yield target
        finally:
            Path(target.name).unlink(missing_ok=True)


def describe(use: FileUse) -> dict[str, Any]:
    """The file as a form may know it (`forms.FileInfo`); `size` in bytes."""
    return {
        "id": use.id,
        "name": use.name,
        "size": use.file.size,
        "media_type": use.file.media_type,
        "pages": use.file.pages,
    }


def safe_name(name: str | None) -> str:
    """A file's name as it may be shown and offered: no path, no control signs, 120 characters."""
    base = (name or "").replace("\\", "/").rpartition("/")[2]
    kept = "".join(sign for sign in base if sign.isprintable() and sign not in '"<>|:*?').strip(
        " ."
    )
    stem, dot, ending = kept.rpartition(".")
    if not stem:
        stem, dot, ending = kept, ".", "pdf"
    return f"{stem[:110] or 'documento'}{dot}{ending[:8]}"


def zipped(session: Session, ids: Sequence[str]) -> IO[bytes]:
    """Files of the store in one ZIP, numbered in their order; in memory up to a megabyte."""
    target = tempfile.SpooledTemporaryFile(max_size=1024 * 1024)  # noqa: SIM115 - it is returned
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for number, file_id in enumerate(ids, 1):
            use = session.get_one(FileUse, file_id)
            archive.write(path_of(use.sha256), f"{number}-{use.name}")
    target.seek(0)
    return target

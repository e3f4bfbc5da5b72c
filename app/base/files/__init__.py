"""Stored files: once per content (SHA-256), outside the web root, with who stored them and when."""

from __future__ import annotations

import mimetypes
import re
import tempfile
import uuid
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.base import calendar, db
from app.base.files import integrity, places
from app.base.files.integrity import Damaged as Damaged
from app.base.files.integrity import path_of as path_of
from app.base.files.places import Away as Away
from app.base.models import FileUse, StoredFile
from forms.papers import stem_of
from forms.papers import title_of as official_title

UPLOAD = "upload"
#: A file of visits: it has whole document numbers, so it is never listed and never served.
VISITS = "visits"
#: The name of the report of an import, which has no personal data.
REPORT = "informe.csv"
PDF_HEAD = b"%PDF-"
#: The text after the last point of a name, if it is an ending: letters, perhaps with digits.
ENDING = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9]{1,8}")
#: The endings of names by the type that was found when the file came.
ENDINGS = {"application/pdf": "pdf", "text/csv": "csv"}


@dataclass(frozen=True)
class Owner:
    """The owner of a file, and who uploaded it."""

    entity_id: int
    instance_id: int | None = None
    task_id: int | None = None
    by_id: int | None = None


def keep(
    session: Session,
    stream: IO[bytes],
    *,
    media_type: str,
    owner: Owner,
    name: str = "",
    kind: str = UPLOAD,
    paper: str = "",
    title: str = "",
    pages: int | None = None,
) -> FileUse:
    """Store a stream as a file of an owner; the same content is written once.

    An upload is called by the official `paper` that it is, so it needs no `name`.

    The bytes are on disk before the row is: a transaction that rolls back leaves at most an
    unused file, never a row without its bytes.
    """
    sha256 = store(session, stream, media_type, pages)
    ending = ENDINGS.get(media_type)
    name = fitting_name(name, ending) if name and ending else name
    return use_again(session, sha256, name=name, owner=owner, kind=kind, paper=paper, title=title)


def store(session: Session, stream: IO[bytes], media_type: str, pages: int | None = None) -> str:
    """Store a stream that belongs to no entity and is never served. Return its SHA-256.

    Otherwise like `keep`. Raises RuntimeError in a rehearsal, since the file would stay.
    """
    if db.is_rehearsal(session):
        raise RuntimeError("an act that is only tried stores no file")
    sha256, size = _write(stream)
    stored = {"sha256": sha256, "size": size, "media_type": media_type, "pages": pages}
    db.insert_missing(session, StoredFile, stored | {"created_at": calendar.now()})
    removed = (StoredFile.sha256 == sha256, StoredFile.removed_at.is_not(None))
    restored = update(StoredFile).where(*removed).values(removed_at=None)
    if session.connection().execute(restored).rowcount:
        stream.seek(0)
        _write(stream)  # `forget` may have removed the bytes meanwhile
    return sha256


def forget(session: Session, sha256: str) -> None:
    """Remove the bytes of a content; its row and hash stay. Commits. Raises OSError and Away.

    The bytes go while the row is locked, so that the same content may be stored again at any time.
    """
    row = db.locked(session, StoredFile, sha256)
    row.removed_at, row.damage = calendar.now(), ""
    session.flush()
    places.here().remove(sha256)
    path_of(sha256).unlink(missing_ok=True)
    session.commit()


def use_again(
    session: Session,
    sha256: str,
    *,
    owner: Owner,
    name: str = "",
    kind: str = UPLOAD,
    paper: str = "",
    title: str = "",
) -> FileUse:
    """Return a content that is already stored, for an owner and as a paper, without a new copy."""
    use = FileUse(
        id=uuid.uuid4().hex,
        sha256=sha256,
        name=name or f"{stem_of(paper, is_signed=True)}.pdf",
        kind=kind,
        paper=paper,
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
    place = places.here()
    with places.temporary(place.near) as target:
        sha256 = places.copied(stream, target)
        target.flush()
        size = Path(target.name).stat().st_size
        # Written before, unless that copy was damaged since: then this one replaces it.
        if integrity.damage_of(sha256):
            place.put(sha256, Path(target.name))
    return sha256, size


def paper_of(use: FileUse) -> str:
    """Return which official paper a file is, "" if it is not known to be one."""
    if use.kind != UPLOAD:
        return use.kind
    return use.paper


def title_of(use: FileUse) -> str:
    """Return what pages, mails and the log call a file: its official name, never the uploader's."""
    if use.kind == VISITS or (not paper_of(use) and use.title):
        return use.title
    return official_title(paper_of(use), is_signed=use.kind == UPLOAD)


def download_name(use: FileUse, code: str, paper: str, *which: str) -> str:
    """Return the name under which a file is saved: `sip-rvl-001-firmado-E00275.pdf`.

    `which` distinguishes copies of one paper: `presentacion-2`, `version-2`.
    """
    stem = stem_of(paper, is_signed=use.kind == UPLOAD)
    ending = mimetypes.guess_extension(use.file.media_type) or ".bin"
    return "-".join([stem, code, *which]) + ending


def describe(use: FileUse) -> dict[str, Any]:
    """Return the file as a form may know it (`forms.FileInfo`); `size` in bytes."""
    return {
        "id": use.id,
        "name": title_of(use),
        "size": use.file.size,
        "media_type": use.file.media_type,
        "pages": use.file.pages,
    }


def safe_name(name: str | None) -> str:
    """Return a file's name as it may be shown: no path, no control characters, 120 characters."""
    base = (name or "").replace("\\", "/").rpartition("/")[2]
    printable = "".join(one for one in base if one.isprintable() and one not in '"<>|:*?').strip(
        " ."
    )
    stem, dot, ending = printable.rpartition(".")
    if not stem:
        stem, dot, ending = printable, ".", "pdf"
    return f"{stem[:110] or 'documento'}{dot}{ending[:8]}"


def kind_of(path: Path) -> tuple[str, str]:
    """Return the type and the ending of a stored file, by its content alone.

    A file that does not begin with the header of a PDF gets a type that browsers do not show.
    """
    with path.open("rb") as source:
        is_pdf = source.read(len(PDF_HEAD)) == PDF_HEAD
    return ("application/pdf", "pdf") if is_pdf else ("application/octet-stream", "bin")


def fitting_name(name: str, ending: str) -> str:
    """Return a file's name with the ending of its type: a PDF `oficio.exe` is `oficio.pdf`."""
    stem, dot, old = name.rpartition(".")
    if old.lower() == ending and stem:
        return name
    is_ending = dot and stem and ENDING.fullmatch(old)
    return f"{stem if is_ending else name}.{ending}"


def zipped(named: Sequence[tuple[str, FileUse]]) -> IO[bytes]:
    """Return files of the store in one ZIP, numbered in their order; in memory up to a megabyte.

    Raises Damaged.
    """
    paths = [integrity.whole(use.file) for _, use in named]
    target = tempfile.SpooledTemporaryFile(max_size=1024 * 1024)  # noqa: SIM115 - it is returned
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for number, ((name, _), path) in enumerate(zip(named, paths, strict=True), 1):
            archive.write(path, f"{number}-{fitting_name(name, kind_of(path)[1])}")
    target.seek(0)
    return target

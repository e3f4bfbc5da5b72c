"""Issued papers with which uploads are compared.

A file that begins with an issued one has all of it in its bytes. Of other copies the text is
compared: that of the issued pages is read when the first copy comes back, before its transaction,
and stored with the pictures of pages (`page_cache`). It can be read again at any time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from importlib import metadata
from itertools import islice
from pathlib import Path
from typing import cast

from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.base import db
from app.base.files import integrity
from app.base.models import IssuedPaper
from app.cases.papers.preflight import reading
from app.cases.papers.preflight.facts import Facts
from app.cases.papers.viewing import page_cache

#: Another version of the library may find other texts.
NAME = f"texts-{metadata.version('pypdfium2')}.json"
#: Issued papers that are read for one upload, and ends in its bytes at which one may end.
MOST, MOST_ENDS = 3, 10
END = b"%%EOF"


def read(path: Path, content: bytes) -> Facts:
    """Return what is in an upload, compared with the issued file that it begins with.

    `path`: where its bytes are on disk. To be called outside of a transaction. If it begins with no
    issued file, the texts of the papers whose codes it has are read, too, unless they are known; if
    the helper has no time for that, they are not compared.
    """
    first = IssuedPaper.sha256.in_(beginnings(content))
    with _session() as session:
        issued = session.scalar(select(func.max(IssuedPaper.size)).where(first)) or 0
    facts = reading.read(path, issued)
    if not issued and not facts["fault"]:
        _prepare(facts)
    return facts


def _session() -> Session:
    return db.open_session(current_app.extensions["engine"], writes=False)


def _prepare(facts: Facts) -> None:
    codes = {code["code"] for page in facts["looked"] for code in page["codes"]}
    with _session() as session:
        hashes = session.scalars(
            select(IssuedPaper.sha256)
            .where(IssuedPaper.code.in_(codes), IssuedPaper.file_id.is_not(None))
            .order_by(IssuedPaper.code)
            .limit(MOST)
        ).all()
    for sha256 in hashes:
        if texts_of(sha256) is not None:
            continue
        with suppress(integrity.Damaged):
            found = reading.read(integrity.near(sha256))["looked"]
            if found:
                texts = [one["text"] for one in found]
                page_cache.write(sha256, NAME, json.dumps(texts).encode())


def beginnings(content: bytes) -> list[str]:
    """Return the SHA-256 of the first bytes of a file up to each end of a PDF in it.

    A program that signs or adds to a PDF leaves its bytes as they are, and writes behind them.
    """
    return [hashlib.sha256(content[:end]).hexdigest() for end in islice(_ends(content), MOST_ENDS)]


def _ends(content: bytes) -> Iterator[int]:
    place = content.find(END)
    while place >= 0:
        end = place + len(END)
        yield end
        if content[end : end + 2] == b"\r\n":
            yield end + 2
        elif content[end : end + 1] in (b"\n", b"\r"):
            yield end + 1
        place = content.find(END, end)


def texts_of(sha256: str) -> list[str] | None:
    """Return the digests of the texts of an issued paper's pages; None if they were not read."""
    known = page_cache.read(sha256, NAME)
    return None if known is None else cast("list[str]", json.loads(known))

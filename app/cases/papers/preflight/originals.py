"""The pages of issued papers as the reader finds them, with which those of uploads are compared.

They are read when the first copy comes back, before its transaction, and stored with the pictures
of pages (`page_cache`): they can be read again at any time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from importlib import metadata
from itertools import islice
from typing import cast

from flask import current_app
from sqlalchemy import or_, select

from app.base import db, files
from app.base.files import integrity
from app.base.models import IssuedPaper
from app.cases.papers.preflight import reading
from app.cases.papers.preflight.facts import Facts, PageContent
from app.cases.papers.viewing import page_cache

#: Another version of the library may find other texts.
NAME = f"content-{metadata.version('pypdfium2')}.json"
#: Issued papers that are read for one upload, and ends in its bytes at which one may end.
MOST, MOST_ENDS = 3, 10
END = b"%%EOF"


def prepare(content: bytes, facts: Facts) -> None:
    """Read the issued papers of which a file may be a copy, unless their pages are known.

    To be called outside of a transaction. If the helper has no time, nothing is compared.
    """
    if facts["fault"]:
        return
    codes = {code["code"] for page in facts["looked"] for code in page["codes"]}
    is_first = IssuedPaper.sha256.in_(beginnings(content))
    with db.open_session(current_app.extensions["engine"], writes=False) as session:
        hashes = session.scalars(
            select(IssuedPaper.sha256)
            .where(or_(is_first, IssuedPaper.code.in_(codes)), IssuedPaper.file_id.is_not(None))
            .order_by(is_first.desc(), IssuedPaper.code)
            .limit(MOST)
        ).all()
    for sha256 in hashes:
        if pages_of(sha256) is None and not integrity.damage_of(files.path_of(sha256), sha256):
            found = reading.read(files.path_of(sha256))["looked"]
            pages = [{"text": one["text"], "drawn": one["drawn"]} for one in found]
            if pages:
                page_cache.write(sha256, NAME, json.dumps(pages).encode())


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


def pages_of(sha256: str) -> list[PageContent] | None:
    """Return the pages of an issued paper; None if they were not read."""
    known = page_cache.read(sha256, NAME)
    return None if known is None else cast("list[PageContent]", json.loads(known))

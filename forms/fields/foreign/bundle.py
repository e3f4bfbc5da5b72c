"""The files of a ZIP, written one after the other: a line of JSON about each, then its bytes.

Sizes that the archive declares are not trusted: unpacked bytes are counted as they are written.
"""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, Any

from forms.fields.foreign.bounds import BundleLimits, Damaged, MemberFacts, TooLarge

CHUNK = 1 << 16
#: What a member raises that is broken, or packed in a way that is not read.
UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError)
ENCRYPTED = 0x1
#: What macOS and Windows add to a folder, in lower case: a folder, and names of files.
SYSTEM_FOLDER = "__macosx"
SYSTEM_FILES = frozenset({".ds_store", "thumbs.db", "ehthumbs.db", "desktop.ini"})


def write(source: IO[bytes], target: IO[bytes], most: BundleLimits) -> None:
    """Write the files of an archive. Raise Damaged, and TooLarge beyond the limits.

    Files that the system of a computer adds are left out, and do not count.
    """
    try:
        archive = zipfile.ZipFile(source)
        members = [one for one in archive.infolist() if not (one.is_dir() or _is_of_system(one))]
    except UNREADABLE:
        raise Damaged from None
    if len(members) > most.files:
        raise TooLarge
    left = most.unpacked
    for member in members:
        content, fault = b"", _fault_of(member)
        if not fault:
            content, fault = _content(archive, member, min(left, most.file))
            if fault == "too_large" and left <= most.file:
                raise TooLarge
        left -= len(content)
        facts: MemberFacts = {"name": member.filename, "size": len(content), "fault": fault}
        target.write(json.dumps(facts).encode() + b"\n" + content)


def _is_of_system(member: zipfile.ZipInfo) -> bool:
    *folders, name = member.filename.replace("\\", "/").lower().split("/")
    return SYSTEM_FOLDER in folders or name in SYSTEM_FILES or name.startswith("._")


def _fault_of(member: zipfile.ZipInfo) -> str:
    """Return why a member is not unpacked: it leads outside of the archive, or is encrypted."""
    parts = member.filename.replace("\\", "/").split("/")
    if ".." in parts or parts[0] == "" or ":" in parts[0]:
        return "outside"
    return "encrypted" if member.flag_bits & ENCRYPTED else ""


def _content(archive: zipfile.ZipFile, member: zipfile.ZipInfo, most: int) -> tuple[bytes, str]:
    """Return the bytes of a member, or why there are none."""
    try:
        with archive.open(member) as part:
            pieces, size = [], 0
            for piece in _pieces(part):
                size += len(piece)
                if size > most:
                    return b"", "too_large"
                pieces.append(piece)
    except (*UNREADABLE, RuntimeError):
        return b"", "damaged"
    return b"".join(pieces), ""


def _pieces(part: Any) -> Iterator[bytes]:
    while piece := part.read(CHUNK):
        yield piece

"""ZIPs whose bytes depend only on what is in them."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from typing import IO

from app.base.files import integrity
from app.base.models import FileUse

#: The time of every file in a ZIP, the earliest that the format knows.
AT = (1980, 1, 1, 0, 0, 0)
IN_MEMORY = 1024 * 1024


def packed(named: Sequence[tuple[str, FileUse]], texts: Mapping[str, str]) -> IO[bytes]:
    """Return files of the store and texts in one ZIP, under their names. Raise Damaged."""
    paths = [(name, integrity.whole(use.file)) for name, use in named]
    target = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - it is returned
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, text in texts.items():
            archive.writestr(zipfile.ZipInfo(name, AT), text)
        for name, path in paths:
            archive.writestr(zipfile.ZipInfo(name, AT), path.read_bytes())
    target.seek(0)
    return target

"""Examine an upload before its transaction: is it refused, and what is in it?"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import current_app

from app.base import private
from app.cases.papers.preflight import reading
from forms.fields import documents


def read(content: bytes) -> Mapping[str, Any]:
    """Return the facts of a PDF, as a reader of `forms.fields.documents.examine`.

    If the helper has no time for it, it is only examined, apart: it has no findings then.
    """
    folder: Path = current_app.config["DATA"] / "files"
    private.make_folder(folder)
    with tempfile.NamedTemporaryFile(dir=folder, suffix=".pdf") as target:
        target.write(content)
        target.flush()
        facts = reading.read(Path(target.name))
    if facts["cut_short"] and not facts["pages"]:
        return documents.read_apart(content)
    return facts

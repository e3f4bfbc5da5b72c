"""Examine an upload before its transaction, and note what was found in the one that stores it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from flask import current_app

from app.base import private
from app.base.models import FileUse
from app.cases.case import Case
from app.cases.papers.preflight import judging, originals, reading
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
    originals.prepare(content, facts)
    return facts


def note(case: Case, use: FileUse, stream: IO[bytes], facts: Any, same_as: str = "") -> None:
    """Store what was read in an upload (`Verdict.facts`), and what it means in its case.

    A file that was only examined gets no findings. `same_as` is that of `judging.judge`.
    """
    if not facts or "looked" not in facts:
        return
    reading.store(case.session, use.sha256, facts)
    found = judging.judge(case, use.paper, stream, facts, same_as)
    use.findings = [finding.plain() for finding in found]

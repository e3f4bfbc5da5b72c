"""Examine an upload before its transaction, and note what was found in the one that stores it."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

from app.base.files import integrity, places
from app.base.models import FileUse
from app.cases.case import Case
from app.cases.papers.preflight import judging, originals, reading
from app.cases.papers.preflight.facts import Facts
from app.cases.papers.preflight.findings import NOT_READ
from app.cases.papers.preflight.judging import USUAL, Context
from forms.fields import documents


def read(content: bytes) -> Mapping[str, Any]:
    """Return the facts of a PDF, as a reader of `forms.fields.documents.examine`.

    If the helper has no time for it, it is only examined, apart: it has no findings then.
    """
    with places.temporary(places.here().near, ".pdf") as target:
        target.write(content)
        target.flush()
        facts = originals.read(Path(target.name), content)
    if facts["cut_short"] and not facts["pages"]:
        return documents.read_apart(content)
    return facts


def note(case: Case, use: FileUse, facts: Any) -> None:
    """Store what was read in an upload (`Verdict.facts`), and what it means in its case."""
    if facts and "looked" in facts:
        reading.store(case.session, use.sha256, facts)
        judge(case, use, facts)
    else:  # it was only examined
        use.findings = [NOT_READ.plain()]


def judge(case: Case, use: FileUse, facts: Facts, context: Context = USUAL) -> bool:
    """Store what an upload is in its case as it is now; return whether that changed.

    Nothing changes if its bytes are lost; the page of the file says so.
    """
    try:
        stream = BytesIO(integrity.content(use.sha256))
    except FileNotFoundError:
        return False
    judged = judging.judge(case, use.paper, stream, facts, context)
    before = use.findings, use.issued_code
    use.findings, use.issued_code = judged.findings, judged.issued_code
    return before != (use.findings, use.issued_code)

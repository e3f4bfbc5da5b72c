"""Papers that the Despacho signs: made here, signed outside, uploaded as a PDF."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, cast

from forms.fields import add_error
from forms.records import FileRef


def paper_of(given: Mapping[str, Any], kind: str) -> dict[str, Any] | None:
    """Return the newest paper of a kind that was made for this case."""
    papers = given.get("papers") or []
    return next((paper for paper in papers if paper["kind"] == kind), None)


def file_of(field: Any) -> FileRef | None:
    """Return a document as stored in records (as `PaperRef.file`), None while there is none."""
    return cast("FileRef", asdict(field.info)) if field.info else None


def check_signed(form: Any, field: Any, kind: str, absent: str) -> None:
    """Reject a signed file if no paper exists, or if it is the paper, not signed.

    A signature adds to the file that it signs, so a signed file always differs from the paper.
    """
    paper = paper_of(form.given, kind)
    if paper is None:
        add_error(field, absent)
    elif field.data and field.data == paper["file"]["id"]:
        add_error(field, "Ese es el documento sin firmar. Sube el que firmaste.")

"""Papers that the Despacho signs: made here, signed outside, uploaded as a PDF."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from forms.fields import add_error
from forms.records import FileRef, PaperRef


def paper_of(given: Mapping[str, Any], kind: str) -> dict[str, Any] | None:
    """Return the newest paper of a kind that was made for this case."""
    papers = given.get("papers") or []
    return next((paper for paper in papers if paper["kind"] == kind), None)


def file_of(field: Any) -> FileRef | None:
    """Return a document as stored in records (as `PaperRef.file`), None while there is none."""
    info = field.info
    if not info:
        return None
    return {
        "id": info.id,
        "name": info.name,
        "size": info.size,
        "media_type": info.media_type,
        "pages": info.pages,
    }


def signed_fault(form: Any, field: Any, kind: str, absent: str) -> bool:
    """Return whether a signed file must be refused: no paper exists, or it is not signed.

    A signature adds to the file that it signs, so a signed file always differs from the paper.
    """
    paper = paper_of(form.given, kind)
    if paper is None:
        add_error(field, absent)
        return True
    if field.data and field.data == paper["file"]["id"]:
        add_error(field, "Ese es el documento sin firmar. Sube el que firmaste.")
        return True
    return False


def invented_paper(kind: str, title: str) -> PaperRef:
    """Return a paper as listed in `papers`."""
    file = FileRef(
        id=f"paper-{kind}",
        name=f"{kind}.pdf",
        size=40_000,
        media_type="application/pdf",
        pages=1,
    )
    return {"kind": kind, "title": title, "file": file}


EXAMPLE_DAY = date(2026, 11, 20)

"""Papers that the Despacho signs: made here, signed outside, brought back as a PDF."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from forms.fields import add_error


def paper_of(given: Mapping[str, Any], kind: str) -> dict[str, Any] | None:
    """The newest paper of a kind that was made for this case."""
    papers = given.get("papers") or []
    return next((paper for paper in papers if paper["kind"] == kind), None)


def file_of(field: Any) -> dict[str, Any] | None:
    """A document as records keep it (as `PaperRef.file`), None while there is none."""
    return asdict(field.info) if field.info else None


def signed_fault(form: Any, field: Any, kind: str, absent: str) -> bool:
    """Whether a signed file cannot be taken: there is no paper, or it is not signed at all.

    A signature adds to the file that it signs, so a signed file is never the paper itself.
    """
    paper = paper_of(form.given, kind)
    if paper is None:
        add_error(field, absent)
        return True
    if field.data and field.data == paper["file"]["id"]:
        add_error(field, "Ese es el documento sin firmar. Sube el que firmaste.")
        return True
    return False


def invented_paper(kind: str, title: str) -> dict[str, Any]:
    """A paper as `papers` lists it."""
    file = {
        "id": f"paper-{kind}",
        "name": f"{kind}.pdf",
        "size": 40_000,
        "media_type": "application/pdf",
        "pages": 1,
    }
    return {"kind": kind, "title": title, "file": file}


EXAMPLE_DAY = date(2026, 11, 20)

"""Papers that the Despacho signs: made here, signed outside, uploaded as a PDF."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any, cast

from forms import FileInfo
from forms.fields import add_error
from forms.fields.dates import in_words
from forms.records import FileRef
from forms.shapes.days import lima_day, reason_off


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


def unusual_signature(form: Any, kind: str) -> list[str]:
    """Return what may be wrong about a signed paper: its pages, and the day of the signature."""
    paper, field = paper_of(form.given, kind), form["document"]
    signed_on: date = form["signed_on"].data
    found = []
    if paper and field.info and has_fewer_pages(field.info, paper):
        found.append("Lo firmado tiene menos páginas que el documento que se emitió.")
    if paper and signed_on < lima_day(paper["made_at"]):
        made = in_words(lima_day(paper["made_at"]))
        found.append(f"La firma es de antes de que se emitiera el documento, el {made}.")
    if why := reason_off(signed_on):
        found.append(f"La firma es de un día no hábil ({why}): el {in_words(signed_on)}.")
    return found


def has_fewer_pages(info: FileInfo, paper: Mapping[str, Any]) -> bool:
    """Return whether a signed file has fewer pages than the paper that was made."""
    return 0 < (info.pages or 0) < (paper["file"]["pages"] or 0)

"""Papers that the Despacho signs: made here, signed outside, uploaded as a PDF."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any, cast

from forms import FileInfo
from forms.fields import LongTextField, add_error
from forms.fields.dates import in_words
from forms.fields.rules import STOPPED, without_document_number
from forms.records import FileRef
from forms.shapes.days import lima_day, reason_off

#: Says to the Despacho where the reason for a signed file stays, as no review follows.
NO_REVIEW = "Queda con el documento en el expediente."


def paper_of(given: Mapping[str, Any], kind: str) -> dict[str, Any] | None:
    """Return the newest paper of a kind that was made for this case."""
    papers = given.get("papers") or []
    return next((paper for paper in papers if paper["kind"] == kind), None)


def as_is_field(name: str, read_by: str = "Quien revisa lo leerá.") -> Any:
    """Return the field for why a document stays although findings stop it, named `as_is_<name>`.

    `name`: the field of the document, which stands before it; `read_by`: who reads the text, or
    where it stays.
    """
    return LongTextField(
        "Subirlo así",
        hint="Di por qué. Si alguien firma por encargo o delegación, di con qué resolución o "
        f"memorando. {read_by}",
        needed="Cambia el archivo, o explica por qué lo subes así.",
        when=(name, STOPPED),
        rules=(without_document_number,),
        limit=500,
    )


def file_of(field: Any) -> FileRef | None:
    """Return a document as stored in records (as `PaperRef.file`), None while there is none."""
    if field.info is None:
        return None
    found = {name: value for name, value in asdict(field.info).items() if name != "findings"}
    return cast("FileRef", found)


def check_signed(form: Any, field: Any, kind: str, absent: str) -> None:
    """Reject a signed file if no paper exists. Findings say whether the file is that paper."""
    if paper_of(form.given, kind) is None:
        add_error(field, absent)


def unusual_signature(form: Any, kind: str) -> list[str]:
    """Return what may be wrong about a signed paper: its file, its pages, its day."""
    paper, field = paper_of(form.given, kind), form["document"]
    signed_on: date = form["signed_on"].data
    found = [
        f"Nadie revisa después el archivo que subes así. {finding['text']}"
        for finding in (field.info.findings if field.info else ())
        if finding["stops"]
    ]
    if paper and field.info and not field.info.is_stopped and has_fewer_pages(field.info, paper):
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

"""What is true of an issued paper today: in force or not, signed or not, presented or not."""

from __future__ import annotations

from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base.models import FileUse, Filing, IssuedPaper, ProcessInstance, Task
from app.cases.papers.copies import PRESENTED
from app.cases.records.filing import PRESENTATIONS
from forms.papers import MADE

#: `unread`: a scan was registered in which no code is read, and nobody accepted it. `superseded`:
#: another file was presented in its place. `returned`: the entity presents again.
#: From `replaced_filing` on: the outcome of the presentation that it is part of.
Standing = Literal[
    "void",
    "replaced",
    "unsigned",
    "unrecognised",
    "unread",
    "superseded",
    "replaced_filing",
    "not_presented",
    "out_of_scope",
    "not_filed",
    "lapsed",
    "cancelled",
    "observed",
    "returned",
    "in_force",
]
#: Papers that have no effect until they are signed. The report of the demo test needs no signature.
SIGNED = MADE - {"demo_report"}
#: Result of a filing without effect → what is true of its papers.
RESULTS: dict[str, Standing] = {
    "replaced": "replaced_filing",
    "not_presented": "not_presented",
    "out_of_scope": "out_of_scope",
    "not_filed": "not_filed",
    "lapsed": "lapsed",
}
#: Findings that stop a file, although it may be a signed copy.
TOLERATED = frozenset({"other_signer", "other_ruc", "page_order"})
#: Findings that compare a copy with other versions or other files. Its code says which paper it is.
COMPARED = frozenset({"presented", "older_version", "same_file"})
#: Findings of which one says that a file was signed.
SIGNATURES = frozenset({"signature", "handwritten"})


def of(session: Session, paper: IssuedPaper) -> Standing:
    """Return what is true of a paper; the first standing that applies."""
    if paper.void_at or (paper.file and paper.file.void_at):
        return "void"
    if paper.replaced_by:
        return "replaced"
    if paper.kind not in SIGNED:
        return "in_force"
    if paper.signed_id is None:
        return "unsigned"
    if not is_taken_as_signed(paper):
        return "unrecognised"
    found = _presented(session, paper) if paper.kind in PRESENTED else "taken"
    if found == "taken":
        return "in_force" if _has_code(paper) else "unread"
    return found


def signed_copy(paper: IssuedPaper, found: Standing) -> FileUse | None:
    """Return the signed copy of a paper; None for a file that is unread or not recognised."""
    is_known = is_taken_as_signed(paper) and found != "unread"
    return paper.signed if is_known else None


def is_taken_as_signed(paper: IssuedPaper) -> bool:
    """Return whether the file that was registered as its signed copy may be one.

    It has the code of the paper and is signed, or it is a scan in which no code was found: a QR may
    be unreadable. Nothing else that was found says that it is another file. False for a file that
    was not looked at.
    """
    findings = (paper.signed.findings if paper.signed else None) or ()
    found = {one["code"] for one in findings}
    stopping = {one["code"] for one in findings if one["stops"]} - TOLERATED
    if _has_code(paper):
        return bool(found & SIGNATURES) and stopping <= COMPARED
    return "handwritten" in found and stopping <= {"no_code"}


def _has_code(paper: IssuedPaper) -> bool:
    return paper.signed is not None and paper.signed.issued_code == paper.code


def _presented(session: Session, paper: IssuedPaper) -> Standing | Literal["taken"]:
    """Return what is true of a signed paper of the entity, by the outcome of its presentation.

    `taken`: no outcome speaks against it, and nobody accepted it.
    """
    filings = select(Filing).where(Filing.instance_id == paper.instance_id)
    filing = next(
        (
            one
            for one in session.scalars(filings.order_by(Filing.id.desc()))
            if one.signed.get(paper.kind) == paper.signed_id
        ),
        None,
    )
    if filing is None:
        return "superseded"
    if filing.result in RESULTS:
        return RESULTS[filing.result]
    if session.get_one(ProcessInstance, filing.instance_id).status == "cancelled":
        return "cancelled"
    opened = select(Task.step).where(Task.instance_id == filing.instance_id, Task.state == "open")
    steps = set(session.scalars(opened))
    if f"correct_{filing.kind}" in steps:
        return "observed"
    presentation = next(one for one in PRESENTATIONS.values() if one.kind == filing.kind)
    if steps.intersection(presentation.until_filed):
        return "returned"
    return "in_force" if filing.result == "accepted" else "taken"

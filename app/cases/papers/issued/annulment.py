"""Constancias that are void («anuladas»): each keeps its number, and its code says that it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from flask import current_app
from sqlalchemy import select

from app.base import calendar, files
from app.base.models import FileUse, IssuedPaper, Task
from app.cases import papers, records
from app.cases.case import Case
from app.cases.papers import issued
from app.cases.papers.issued import series
from app.cases.papers.issued.marks import Marks


class NoCertificate(Exception):
    """No constancia of the case is in force."""


def of_case(case: Case) -> IssuedPaper | None:
    """Return the constancia in force of a case."""
    return issued.in_force(case.session, case.instance.id, series.KIND)


def annul(case: Case, code: str, number: str, reason: str) -> Marks:
    """Make the constancia void with its signed copy, and issue another with the next number.

    `code`: the constancia to annul. Its place among the void ones keeps the series without gaps.
    Return what the other one shows. Flush only. Raise NoCertificate if it is no longer in force, or
    NumberTaken.
    """
    paper = of_case(case)
    if paper is None or paper.code != code or case.instance.status == "cancelled":
        raise NoCertificate
    pattern = current_app.config["CONSTANCIA_SERIES"]
    if number and not pattern:
        series.take_typed(case.session, number)
    _make_void(case, paper)
    if pattern:
        number = series.next_number(case.session, pattern, calendar.today())
    case.log("certificate.annulled", number=paper.number, next=number, reason=reason)
    shown = Marks(number, calendar.today() if number else None)
    papers.issue(case, series.KIND, shown=shown)
    return shown


def annul_unsigned(case: Case) -> None:
    """Make the papers of a case that nobody signed void: the case ends without effect. No flush."""
    unsigned = select(IssuedPaper).where(
        IssuedPaper.instance_id == case.instance.id,
        IssuedPaper.signed_id.is_(None),
        IssuedPaper.replaced_by.is_(None),
        IssuedPaper.void_at.is_(None),
    )
    for paper in case.session.scalars(unsigned):
        paper.add_act(case.at, void_at=case.at)


def annul_current(case: Case, kinds: Iterable[str]) -> None:
    """Make the papers void that a case has of these kinds now, unless they are signed. Flush only.

    A returned paper keeps its number among the void ones.
    """
    for kind in kinds:
        paper = issued.current(case, kind)
        if paper is not None and paper.signed_id is None:
            _make_void(case, paper)
            case.log("paper.annulled", paper=kind, number=paper.number, file=paper.file_id)


def _make_void(case: Case, paper: IssuedPaper) -> None:
    """Make a paper void, its signed copy, and what was uploaded to the step that signs it."""
    paper.add_act(case.at, void_at=case.at)
    uploads = (
        select(FileUse)
        .join(Task, Task.id == FileUse.task_id)
        .where(
            Task.instance_id == case.instance.id,
            Task.state == "open",
            FileUse.kind == files.UPLOAD,
            FileUse.paper == paper.kind,
        )
    )
    taken = (*case.session.scalars(uploads), *uploads_of(case, paper))
    for use in (paper.file, paper.signed, *taken):
        if use is not None:
            use.void_at = case.at
    case.session.flush()


def waits_for_signature(case: Case) -> IssuedPaper | None:
    """Return the constancia of a case that ended until it is signed, outside of any step.

    It replaced a void one, or came of the last stage, validated. While a case runs, its step signs
    it.
    """
    paper = of_case(case) if case.instance.status == "ended" else None
    return paper if paper and paper.signed_id is None else None


def uploads_of(case: Case, paper: IssuedPaper) -> list[FileUse]:
    """Return what was uploaded outside of any step as the signed copy of a paper."""
    uploads = select(FileUse).where(
        FileUse.instance_id == case.instance.id,
        FileUse.task_id.is_(None),
        FileUse.kind == files.UPLOAD,
        FileUse.paper == paper.kind,
        FileUse.created_at >= paper.issued_at,
        FileUse.void_at.is_(None),
    )
    return list(case.session.scalars(uploads.order_by(FileUse.created_at.desc())))


def sign(
    case: Case,
    paper: IssuedPaper,
    number: str,
    signed_on: date,
    use: FileUse,
    as_they_are: Mapping[str, str],
) -> None:
    """Enter the signed copy of a constancia that waits for it outside of any step. Flush only.

    `as_they_are`: why it is taken although findings stopped it, as in `issued.note_reasons`.
    Raise NumberTaken, with nothing done.
    """
    if number != paper.number:
        series.take_typed(case.session, number, case.instance.id)
    issued.note_reasons(case, as_they_are)
    dated_on = paper.dated_on or signed_on
    issued.note_signed(case, {series.KIND: use.id}, {series.KIND: (number, dated_on)})
    file = records.documents.file_of(use)
    answer = {"number": number, "signed_on": signed_on.isoformat(), "file": file}
    records.write(case, "certificate", answer)
    case.log("certificate.signed_again", number=number, file=use.id, code=paper.code)

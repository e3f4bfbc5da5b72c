"""The dossier of a case: its papers, each with its state, its code and what was found in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.base import calendar, files, formatting
from app.base.files import integrity
from app.base.models import Entity, FileUse, Filing, IssuedPaper, ProcessInstance, StoredFile
from app.base.urls import external_url
from app.cases.papers import copies, issued
from app.cases.papers.copies import NOT_PRESENTED, TO_APPEAR, Copy
from app.cases.papers.issued import standing
from app.cases.status import PROCESS_NAMES
from forms.shapes import own_letters

#: At most this many papers are listed; papers beyond these bytes are listed, and not in the ZIP.
MOST = 500
MOST_BYTES = 300 * 1024 * 1024
NOT_LOOKED_AT, NOTHING_FOUND = "No se revisó", "Sin hallazgos"
AS_IS = "Se subió así"
IN_FORCE, REPLACED, VOID = "Vigente", "Reemplazado", "Sin efecto"
#: Result of a presentation → the state of its signed copies.
OUTCOMES = {
    "replaced": REPLACED,
    "not_filed": "No consta que se presentara",
    "not_presented": "Se tuvo por no presentado",
    "lapsed": VOID,
    "out_of_scope": VOID,
}
TOO_LARGE = "No cabe en el ZIP: descárgalo por separado"
DAMAGED = "El archivo guardado está dañado: no va en el ZIP"


@dataclass(frozen=True)
class Offer:
    """The link to a dossier: its case, the number of its papers, and their size in bytes."""

    instance: ProcessInstance
    papers: int
    size: int


@dataclass(frozen=True)
class Entry:
    """A paper in the dossier. `path` is None for one that is not in the ZIP: `absent` says why."""

    number: int
    name: str
    title: str
    detail: str
    version: int
    state: str
    at: datetime
    pages: int | None
    size: int
    sha256: str
    #: Its code, in groups, and the address that verifies it; "" for a paper without a code.
    code: str
    address: str
    #: What was found in an upload; () for a paper that was made here.
    findings: Sequence[str]
    path: Path | None
    absent: str


@dataclass(frozen=True)
class Dossier:
    """A case's papers in the order of time, and its presentations, the first one first."""

    entity: Entity
    instance: ProcessInstance
    entries: Sequence[Entry]
    filings: Sequence[Filing]

    @property
    def name(self) -> str:
        """The name of the process."""
        return PROCESS_NAMES[self.instance.process]

    @property
    def file_name(self) -> str:
        """The name of the ZIP: the entity's code, and the day on which the case began."""
        began = calendar.lima_day(self.instance.started_at)
        return f"expediente-{self.entity.code}-{began}.zip"


def offers(session: Session, instances: Sequence[ProcessInstance]) -> list[Offer]:
    """Return the cases that have papers, in their order; one statement."""
    counted = session.execute(
        select(FileUse.instance_id, func.count(), func.sum(StoredFile.size))
        .join(StoredFile, StoredFile.sha256 == FileUse.sha256)
        .where(FileUse.instance_id.in_([row.id for row in instances]), copies.IS_LISTED)
        .group_by(FileUse.instance_id)
    )
    found = {case_id: (count, size) for case_id, count, size in counted}
    return [Offer(row, *found[row.id]) for row in instances if row.id in found]


@dataclass(frozen=True)
class _Case:
    """What is known of the files of a case, by their ids; `newest`: version of each document."""

    papers: Mapping[str | None, IssuedPaper]
    own: Mapping[str, str]
    newest: Mapping[tuple[Any, ...], int]


def read(session: Session, entity: Entity, instance: ProcessInstance) -> Dossier:
    """Return the dossier of a case. Files are compared with their hashes, as for any reading."""
    uses = session.scalars(
        select(FileUse)
        .where(FileUse.instance_id == instance.id, copies.IS_LISTED)
        .order_by(FileUse.created_at, FileUse.id)
        .limit(MOST)
    ).all()
    filings = session.scalars(
        select(Filing).where(Filing.instance_id == instance.id).order_by(Filing.id)
    ).all()
    found = copies.copies_of(session, uses)
    newest: dict[tuple[Any, ...], int] = {}
    for copy in found:
        newest[copy.document] = max(copy.version, newest.get(copy.document, 0))
    case = _Case(_papers(session, instance), _own_letters(filings), newest)
    names = copies.download_names(session, uses)
    left, entries = MOST_BYTES, []
    for number, (copy, name) in enumerate(zip(found, names, strict=True), 1):
        left -= copy.use.file.size
        path, absent = _path(copy.use.file) if left >= 0 else (None, TOO_LARGE)
        entries.append(_entry(copy, case, (number, name), path, absent))
    return Dossier(entity, instance, entries, filings)


def _papers(session: Session, instance: ProcessInstance) -> Mapping[str | None, IssuedPaper]:
    """Return the issued papers of a case by their files: as issued, and their signed copies."""
    of_case = issued.WITH_COPIES.where(IssuedPaper.instance_id == instance.id)
    rows = session.execute(of_case).all()
    signed = {copy.id: paper for paper, copy in rows if standing.is_taken_as_signed(paper)}
    return {paper.file_id: paper for paper, _ in rows} | signed


def _path(stored: StoredFile) -> tuple[Path | None, str]:
    try:
        return integrity.whole(stored), ""
    except integrity.Damaged:
        return None, DAMAGED


def _entry(
    copy: Copy, case: _Case, named: tuple[int, str], path: Path | None, absent: str
) -> Entry:
    use, paper = copy.use, case.papers.get(copy.use.id)
    code = issued.in_groups(paper.code) if paper else ""
    number, name = named
    is_upload = use.kind == files.UPLOAD
    return Entry(
        number=number,
        name=f"{number:03}-{name}",
        title=copy.title,
        detail="" if copy.detail == NOT_PRESENTED else copy.detail,
        version=copy.version + 1,
        state=_state(copy, paper, is_newest=copy.version == case.newest[copy.document]),
        at=use.created_at,
        pages=use.file.pages,
        size=use.file.size,
        sha256=use.sha256,
        code=code,
        address=external_url("verification.show", code=code) if code else "",
        findings=_findings(use, case.own.get(use.id, "")) if is_upload else (),
        path=path,
        absent=absent,
    )


def _state(copy: Copy, paper: IssuedPaper | None, *, is_newest: bool) -> str:
    """Return whether a copy counts: in force, replaced by a later one, void, or not presented."""
    void_at = copy.use.void_at or (paper.void_at if paper else None)
    if void_at:
        return f"{VOID} desde el {formatting.day(calendar.lima_day(void_at))}"
    if copy.detail == NOT_PRESENTED:
        return NOT_PRESENTED
    is_replaced = paper is not None and paper.replaced_by is not None
    if is_replaced or not is_newest:
        return REPLACED
    if not copy.is_signed:
        return IN_FORCE
    if copy.detail == TO_APPEAR:
        return TO_APPEAR
    return OUTCOMES.get(copy.filing.result, IN_FORCE) if copy.filing else IN_FORCE


def _findings(use: FileUse, own: str) -> Sequence[str]:
    """Return the findings on an upload as sentences; `own`: what says that it is an own letter.

    The reason for which it was presented all the same is the last one.
    """
    known = (own,) if own else ()
    if use.findings is None:
        return (*known, NOT_LOOKED_AT)
    reason = (f"{AS_IS}: {use.as_is}",) if use.as_is else ()
    return (*known, *map(_sentence, use.findings), *reason) or (NOTHING_FOUND,)


def _own_letters(filings: Sequence[Filing]) -> Mapping[str, str]:
    """Return which files are letters that the entity wrote itself, in words, by their ids."""
    return {
        filing.signed[kind]: f"{own_letters.TITLE}: N.º {own['number']}, del "
        f"{formatting.day(own['dated_on'])}."
        for filing in filings
        for kind, own in (filing.own or {}).items()
        if kind in filing.signed
    }


def _sentence(finding: Mapping[str, Any]) -> str:
    word, text = finding.get("word", ""), finding.get("text", "")
    return f"{word}: {text}" if word else text

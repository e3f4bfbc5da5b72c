"""Copies of papers: which paper a stored file is, of which filing, and in which version.

Versions of a paper are the copies of the same paper, in the same state (signed or not), of the
same filing. A paper of a new filing is another document, not a later version. A signed copy belongs
to the filing that presented it; an upload that none presented belongs to no filing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from app.base import files, formatting
from app.base.models import Draft, Entity, FileUse, Filing, IssuedPaper, Record, Task
from app.cases.records.filing import kind_of
from forms.papers import OFFICIAL, title_of

#: Steps that make a filing, steps that correct the open one, and the papers of both.
FILING = frozenset({"file_designation", "file_personnel"})
CORRECTING = frozenset({"correct_designation", "correct_personnel"})
PRESENTED = frozenset({"oficio_designacion", "sip_rvl_001", "sip_rvl_002", "carta_presentacion"})
LETTER = "oficio_reiteracion"
TO_APPEAR, NOT_PRESENTED = "Todavía sin presentar", "No se presentó"
#: Papers that the Despacho signs.
OF_DESPACHO = frozenset({LETTER, "comunicacion_control", "constancia"})
#: The condition on FileUse that it is a document of its entity. Uploads of the Despacho are drafts
#: until an answer registers one of them as the signed copy; the others stay drafts.
IS_LISTED: ColumnElement[bool] = and_(
    FileUse.kind != files.VISITS,
    or_(
        FileUse.kind != files.UPLOAD,
        FileUse.paper.not_in(OF_DESPACHO),
        select(IssuedPaper.code).where(IssuedPaper.has_copy(FileUse.id)).exists(),
    ),
)


class Step(NamedTuple):
    """The columns that are read of a task."""

    id: int
    instance_id: int
    stage: str
    step: str
    name: str
    state: str
    outcome: str


@dataclass
class Copy:
    """A file as a copy of a paper.

    `round` counts the filings (or letters) of the case before its own; `version` counts the copies
    of the same document, both from 0.
    """

    use: FileUse
    paper: str
    title: str
    round: int
    #: The text that distinguishes documents of the same title; "" if nothing does.
    detail: str
    #: The filing that it belongs to; None for other papers, and before it is presented.
    filing: Filing | None = None
    version: int = 0

    @property
    def is_signed(self) -> bool:
        """Whether it is a signed copy of a paper that the application made."""
        return self.use.kind == files.UPLOAD

    @property
    def document(self) -> tuple[Any, ...]:
        """The key of its document."""
        if not self.paper or self.paper == "validation_ground":
            return (self.use.id,)
        return self.use.instance_id, self.paper, self.is_signed, self.detail, self.round

    @property
    def which(self) -> tuple[str, ...]:
        """The parts of its file name that distinguish it."""
        if self.detail == NOT_PRESENTED:
            return ("sin-presentar", *self._which_version)
        called = "oficio" if self.paper == LETTER else "presentacion"
        found = [f"{called}-{self.round + 1}"] if self.round else []
        return (*found, *self._which_version)

    @property
    def _which_version(self) -> tuple[str, ...]:
        return (f"version-{self.version + 1}",) if self.version else ()


def copies_of(session: Session, uses: Sequence[FileUse]) -> list[Copy]:
    """Return the files as copies of their papers, in their order; at most three statements more.

    Versions are counted among these files: pass all files of a paper, or all of an entity.
    """
    ids = {use.instance_id for use in uses if use.instance_id is not None}
    cases = _Cases(session, ids)
    found = [cases.copy(use) for use in uses]
    counted: dict[tuple[Any, ...], int] = defaultdict(int)
    for copy in sorted(found, key=lambda one: (one.use.created_at, one.use.id)):
        copy.version = counted[copy.document]
        counted[copy.document] += 1
    return found


def download_names(session: Session, uses: Sequence[FileUse]) -> list[str]:
    """Return the names under which files of one entity are saved, in their order.

    Versions are counted among these files and those that are listed.
    """
    if not uses:
        return []
    instance_id = uses[0].instance_id
    every = list(uses)
    if instance_id is not None:
        counts = or_(IS_LISTED, FileUse.id.in_([use.id for use in uses]))
        of_case = select(FileUse).where(FileUse.instance_id == instance_id, counts)
        every = list(session.scalars(of_case))
    copies = {copy.use.id: copy for copy in copies_of(session, every)}
    code = session.get_one(Entity, uses[0].entity_id).code
    return [
        files.download_name(use, code, copies[use.id].paper, *copies[use.id].which) for use in uses
    ]


def certificates(session: Session, instance_ids: Iterable[int]) -> dict[int, FileUse]:
    """Return the signed constancia of each onboarding that has one, by the case's id.

    One that was annulled does not count.
    """
    records = select(Record).where(
        Record.instance_id.in_(instance_ids), Record.name == "certificate"
    )
    held = {
        record.instance_id: (record.data.get("file") or {}).get("id", "")
        for record in session.scalars(records.order_by(Record.id))
    }
    if not held:
        return {}
    uses = select(FileUse).where(FileUse.id.in_(held.values()), FileUse.void_at.is_(None))
    found = {use.id: use for use in session.scalars(uses)}
    return {
        case_id: found[file_id]
        for case_id, file_id in held.items()
        if case_id is not None and file_id in found
    }


class _Cases:
    """The tasks and filings of some cases."""

    def __init__(self, session: Session, ids: set[int]) -> None:
        self.session = session
        self.steps: dict[int, Step] = {}
        #: (instance, stage) → tasks that made a filing; instance → letters that were signed.
        self.filed: dict[tuple[int, str], list[int]] = defaultdict(list)
        self.signed_letters: dict[int, list[int]] = defaultdict(list)
        self.filings: dict[tuple[int, str], list[Filing]] = defaultdict(list)
        #: Id of a signed copy → its paper; and the newest filing that has it.
        self.signed: dict[str, str] = {}
        self.filing_of: dict[str, Filing] = {}
        columns = (getattr(Task, name) for name in Step._fields)
        for row in session.execute(select(*columns).where(Task.instance_id.in_(ids))):
            self._note(Step(*row))
        filings = select(Filing).where(Filing.instance_id.in_(ids)).order_by(Filing.id)
        for filing in session.scalars(filings):
            self.filings[filing.instance_id, filing.kind].append(filing)
            self.signed |= {file_id: kind for kind, file_id in filing.signed.items()}
            self.filing_of |= dict.fromkeys(filing.signed.values(), filing)

    def _note(self, step: Step) -> None:
        self.steps[step.id] = step
        if step.step in FILING and step.state == "completed":
            self.filed[step.instance_id, step.stage].append(step.id)
        if step.step == "sign_letter" and step.outcome == "signed":
            self.signed_letters[step.instance_id].append(step.id)

    def copy(self, use: FileUse) -> Copy:
        """Return a file as a copy of its paper."""
        step = self.steps.get(use.task_id or 0)
        paper = files.paper_of(use) or self.signed.get(use.id, "")
        is_signed = use.kind == files.UPLOAD
        if paper in OFFICIAL:
            title = title_of(paper, is_signed=is_signed)
        else:
            title = use.title or (f"Documento de «{step.name}»" if step else "Documento")
        if is_signed and paper in PRESENTED:
            return Copy(use, paper, title, *self._presented(use, paper, step))
        return Copy(use, paper, title, *self._round(paper, step))

    def _presented(
        self, use: FileUse, paper: str, step: Step | None
    ) -> tuple[int, str, Filing | None]:
        """Return the same as `_round`, by the filing or the answer that presented a signed copy."""
        if filing := self.filing_of.get(use.id):
            earlier = self.filings[filing.instance_id, filing.kind].index(filing)
            return earlier, _called(filing), filing
        if step and step.state == "open" and use.void_at is None:
            return self._round(paper, step)[0], TO_APPEAR, None
        answered = self._answered.get(use.id)
        return self._round(paper, answered) if answered else (0, NOT_PRESENTED, None)

    @cached_property
    def _answered(self) -> dict[str, Step]:
        """Signed copies of the answers that made or corrected a filing: id → the newest step.

        A correction replaces files of its filing; the draft of each answer stays.
        """
        tasks = [
            one.id
            for one in self.steps.values()
            if one.step in FILING | CORRECTING and one.state == "completed"
        ]
        drafts = select(Draft).where(Draft.task_id.in_(tasks)).order_by(Draft.task_id)
        return {
            value: self.steps[draft.task_id]
            for draft in self.session.scalars(drafts)
            for key, value in draft.pairs
            if key.startswith("signed_")
        }

    def _round(self, paper: str, step: Step | None) -> tuple[int, str, Filing | None]:
        """Return how many filings or letters came before, the text for this one, and a filing."""
        if step is None:
            return 0, "", None
        if paper == LETTER:
            signed = self.signed_letters[step.instance_id]
            count = sum(one < step.id for one in signed)
            return count, f"{count + 1}.º oficio", None
        if paper not in PRESENTED:
            return 0, "", None
        filed = self.filed[step.instance_id, step.stage]
        count = sum(one < step.id for one in filed)
        count = max(count - 1, 0) if step.step in CORRECTING else count
        filings = self.filings[step.instance_id, kind_of(step.stage)]
        if count >= len(filings):
            return count, TO_APPEAR, None
        return count, _called(filings[count]), filings[count]


def _called(filing: Filing) -> str:
    return f"Presentación {filing.number}, {formatting.day(filing.presented_at)}"

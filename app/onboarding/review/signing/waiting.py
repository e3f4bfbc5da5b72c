"""The papers that wait for the signature of the Despacho: the open steps of a user, and papers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload

import forms
from app.base import db
from app.base.definitions import definition_of
from app.base.models import IssuedPaper, ProcessInstance, Task, User
from app.cases.papers import issued
from app.people import access
from forms.papers import OFFICIAL

#: Step → the paper that it signs.
SIGNED: Mapping[str, str] = {
    "sign_letter": "oficio_reiteracion",
    "sign_control_notice": "comunicacion_control",
    "sign_certificate": "constancia",
}
#: Papers on the page, and in a ZIP.
MOST = 200
#: Conditions of a paper that can be signed here.
IN_FORCE = (
    IssuedPaper.replaced_by.is_(None),
    IssuedPaper.void_at.is_(None),
    IssuedPaper.signed_id.is_(None),
    IssuedPaper.file_id.is_not(None),
)


@dataclass(frozen=True)
class Waiting:
    """A paper that waits for a signature, with its step."""

    task: Task
    paper: IssuedPaper

    @property
    def title(self) -> str:
        """Its official title."""
        return OFFICIAL[self.paper.kind].title

    @property
    def code(self) -> str:
        """Its code, as people read it."""
        return issued.in_groups(self.paper.code)

    @property
    def is_numbered(self) -> bool:
        """Whether its number and date are typed before it is signed."""
        return self.paper.kind in forms.steps()[self.task.step].form.numbered

    @property
    def can_be_returned(self) -> bool:
        """Whether its step can be answered with a return: the case's diagram reads its outcome."""
        return self.task.step in definition_of(self.task.instance.deployment).deciding

    def is_version_of(self, shown: IssuedPaper | None) -> bool:
        """Return whether it is a paper that a page showed, or that one with another number."""
        if shown is None or shown.void_at is not None:
            return False
        own = self.paper
        return (shown.instance_id, shown.document) == (own.instance_id, own.document)


def of_user(
    session: Session, user: User | None, task_ids: Collection[int] | None = None
) -> list[Waiting]:
    """Return the papers that wait for a user, the earliest date first; at most MOST.

    `task_ids` narrows them. A step whose paper has a signed copy already is answered by itself.
    """
    query = (
        select(Task)
        .where(access.answerable(user), _has_paper())
        .options(joinedload(Task.entity), joinedload(Task.instance))
        .order_by(Task.due_at, Task.id)
        .limit(MOST)
    )
    if task_ids is not None:
        query = query.where(Task.id.in_(task_ids))
    tasks = session.scalars(query).all()
    papers = _in_force(session, [task.instance_id for task in tasks])
    found = ((task, papers.get((task.instance_id, SIGNED[task.step]))) for task in tasks)
    return [Waiting(task, paper) for task, paper in found if paper is not None]


def still_waits(session: Session, one: Waiting) -> bool:
    """Lock a case; return whether it still has this paper in force, unsigned."""
    case_id = one.task.instance_id
    db.locked(session, ProcessInstance, case_id)
    paper = _in_force(session, [case_id]).get((case_id, one.paper.kind))
    return paper is not None and paper.code == one.paper.code


def left_out(session: Session, user: User | None) -> int:
    """Return how many steps of signatures the page leaves out: beyond MOST."""
    count = select(func.count()).select_from(Task).where(access.answerable(user), _has_paper())
    return max((session.scalar(count) or 0) - MOST, 0)


def _has_paper() -> ColumnElement[bool]:
    """Condition of a task: its step signs a paper in force that has no signed copy."""
    papers = select(IssuedPaper.code).where(IssuedPaper.instance_id == Task.instance_id, *IN_FORCE)
    return or_(
        *(
            and_(Task.step == step, papers.where(IssuedPaper.kind == kind).exists())
            for step, kind in SIGNED.items()
        )
    )


def _in_force(session: Session, case_ids: Collection[int]) -> Mapping[tuple[int, str], IssuedPaper]:
    """Return the newest paper in force of each case and kind that has a file and no signature."""
    rows = session.scalars(
        select(IssuedPaper)
        .where(
            IssuedPaper.instance_id.in_(case_ids),
            IssuedPaper.kind.in_(SIGNED.values()),
            *IN_FORCE,
        )
        .options(joinedload(IssuedPaper.file))
        .order_by(IssuedPaper.issued_at, IssuedPaper.code)
    )
    return {(row.instance_id, row.kind): row for row in rows if row.instance_id is not None}

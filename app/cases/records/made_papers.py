"""`papers` and `by_series`: the papers that the application made, and who gives their numbers."""

from __future__ import annotations

from collections.abc import Collection
from typing import cast

from flask import current_app
from sqlalchemy import bindparam, select

import forms
from app.base import files
from app.base.models import FileUse, IssuedPaper, Task
from app.cases.case import Case
from forms.records import FileRef, PaperRef

#: The papers of an instance that are not void, the oldest first, with their numbers.
PAPERS = (
    select(FileUse, IssuedPaper, Task.step)
    .outerjoin(Task, Task.id == FileUse.task_id)
    .outerjoin(IssuedPaper, IssuedPaper.file_id == FileUse.id)
    .where(
        FileUse.instance_id == bindparam("instance_id"),
        FileUse.kind != files.UPLOAD,
        FileUse.void_at.is_(None),
    )
    .order_by(FileUse.created_at, FileUse.id)
)


def read(case: Case) -> list[PaperRef]:
    """Return the newest paper of each kind that the application made in this instance.

    A version with another number or date, made in the step that signs it, keeps the time of the one
    that came to that step: either may be presented.
    """
    renewing = {step.id for step in forms.steps().values() if step.form.numbered}
    found: dict[str, PaperRef] = {}
    came_at: dict[str, str] = {}
    for use, paper, step in case.session.execute(PAPERS, {"instance_id": case.instance.id}):
        issued = cast("IssuedPaper | None", paper)
        if step not in renewing or use.kind not in came_at:
            came_at[use.kind] = use.created_at.isoformat()
        found[use.kind] = {
            "kind": use.kind,
            "title": use.title,
            "made_at": came_at[use.kind],
            "number": issued.number if issued else "",
            "dated_on": issued.dated_on.isoformat() if issued and issued.dated_on else "",
            "file": file_of(use),
        }
    return list(found.values())


def read_by_series(case: Case) -> bool:
    """Return whether a series gives the constancia its number, so that nobody types it."""
    return bool(current_app.config["CONSTANCIA_SERIES"])


def void(case: Case, kinds: Collection[str], task: Task) -> None:
    """Make the papers void that a task was to present, and what was uploaded to it."""
    rows = case.session.execute(PAPERS, {"instance_id": case.instance.id})
    made = {use.kind: use for use, *_ in rows}
    uploads = select(FileUse).where(FileUse.task_id == task.id, FileUse.kind == files.UPLOAD)
    for use in (*(made[kind] for kind in kinds if kind in made), *case.session.scalars(uploads)):
        use.void_at = case.at


def file_of(use: FileUse, name: str = "") -> FileRef:
    """Return a file as steps read it, under another name where one is given."""
    described = files.describe(use)
    return cast("FileRef", described | {"name": name or described["name"]})

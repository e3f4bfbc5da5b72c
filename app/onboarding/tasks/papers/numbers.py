"""The number and the date of an oficio, asked for where it is downloaded to be signed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import url_for

from app.base import db
from app.base.models import FileUse, ProcessInstance
from app.cases import papers
from app.cases.papers import issued
from app.cases.papers.issued import marks
from app.cases.papers.issued.marks import Marks
from app.cases.papers.issued.number_form import NumberForm
from app.onboarding.tasks.loading import TaskPage
from forms import Page
from forms.papers import OFFICIAL


@dataclass(frozen=True)
class Numbered:
    """The form of a paper: where it posts, and what is printed on the paper now."""

    kind: str
    title: str
    url: str
    form: NumberForm
    printed: Marks


def on_page(task_page: TaskPage, page: Page) -> Mapping[str, Numbered]:
    """Return the forms of the papers that a page of a step has to be signed, by kind."""
    if task_page.on_behalf:
        return {}
    kinds = _kinds_on(task_page, page)
    return {kind: of(task_page, kind) for kind in kinds}


def of(task_page: TaskPage, kind: str, posted: Any = None) -> Numbered:
    """Return the form of a paper."""
    case = task_page.case
    newest = issued.in_force(case.session, case.instance.id, kind)
    return Numbered(
        kind,
        OFFICIAL[kind].title,
        url_for("tasks.number_paper", task_id=task_page.task.id, kind=kind),
        NumberForm.of(Marks.of(newest), posted, task_page.given["today"]),
        Marks.of(newest if newest and newest.signed_id is None else None),
    )


def page_of(task_page: TaskPage, kind: str) -> Page | None:
    """Return the page on which a paper is downloaded and uploaded signed; None if there is none."""
    return next((one for one in task_page.pages if kind in _kinds_on(task_page, one)), None)


def _kinds_on(task_page: TaskPage, page: Page) -> Iterator[str]:
    form = task_page.form
    fields = (form[name] for name in page.fields if name in form)
    there = {getattr(field, "paper", "") for field in fields}
    made = {paper["kind"] for paper in task_page.given.get("papers") or ()}
    return (kind for kind in form.numbered if kind in there & made)


def offered(task_page: TaskPage) -> list[tuple[str, str]]:
    """Return the papers that a correction makes again from its draft: kind and title."""
    if task_page.on_behalf or not task_page.step.form.papers:
        return []
    found: list[tuple[str, str]] = task_page.form.offered_papers()
    return found


def downloads(task_page: TaskPage) -> dict[str, str]:
    """Return where the papers of a correction are downloaded, by kind."""
    number = task_page.task.id
    return {
        kind: url_for("tasks.download_paper", task_id=number, kind=kind)
        for kind, _ in offered(task_page)
    }


def issued_file(task_page: TaskPage, kind: str) -> str:
    """Return the id of the file of a paper as the draft gives it, which is issued if it is new.

    Flush only. Raise LookupError if the task was closed meanwhile.
    """
    _hold(task_page)
    case, answer = task_page.case, _answer(task_page, kind)
    presented = papers.presented_version(case, kind, answer)
    if presented is not None:
        return presented
    made = papers.renew(case, kind, answer, marks.of_current(case, kind))
    current = issued.current(case, kind)
    file_id = made.id if made else current.file_id if current else None
    if file_id is None:
        raise LookupError(kind)
    return file_id


def _answer(task_page: TaskPage, kind: str) -> Mapping[str, Any] | None:
    """Return the draft of a correction, from which its papers are made; None in other steps."""
    if kind not in task_page.step.form.papers:
        return None
    task_page.form.validate()
    return task_page.form.draft_answer()


def _hold(task_page: TaskPage) -> None:
    """Wait for others who make papers of the case. Raise LookupError if the task was closed."""
    session, task = task_page.session, task_page.task
    db.locked(session, ProcessInstance, task.instance_id)
    session.refresh(task)
    if task.state != "open":
        raise LookupError(task.state)


def renew(task_page: TaskPage, kind: str, shown: Marks) -> FileUse | None:
    """Make a paper anew with its number and date; None if it has them already.

    Flush only. Two at once wait for each other. Raise LookupError if the task was closed meanwhile.
    """
    _hold(task_page)
    return papers.renew(task_page.case, kind, _answer(task_page, kind), shown)

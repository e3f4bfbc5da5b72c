"""Files that are uploaded to a step: stored, with what was found in them."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from typing import Any

from flask import abort, request

from app.base import files
from app.base.files import Owner, uploads
from app.base.models import FileUse
from app.cases.papers.preflight import examining, reading
from app.cases.papers.preflight.judging import Context
from app.onboarding.tasks.loading import TaskPage, info_of
from forms import FileInfo
from forms.drafts import Pair, walk
from forms.fields.documents import verdict_of
from forms.fields.rules import AS_IS
from forms.shapes.own_letters import is_own


def of_post(task_page: TaskPage) -> Any:
    """Return the files of the post; in a dictation none for documents: the entity brings those."""
    posted = uploads.of_request()
    if not task_page.on_behalf:
        return posted
    if request.form.get("action", "").startswith("drop:"):
        abort(400)
    documents = {f.name for f in walk(task_page.form) if getattr(f, "kind", "") == "document"}
    return {name: file for name, file in posted.items() if name not in documents}


def keeper(task_page: TaskPage) -> Callable[[Any, str], FileInfo]:
    """Return a function that stores an upload of the task as the paper that its field takes."""
    task = task_page.task

    def keep(upload: Any, paper: str) -> FileInfo:
        upload.stream.seek(0)
        verdict = verdict_of(upload)
        use = files.keep(
            task_page.session,
            upload.stream,
            paper=paper,
            media_type="application/pdf",
            owner=Owner(task.entity_id, task.instance_id, task.id, task_page.user.id),
            pages=verdict.pages,
        )
        examining.note(task_page.case, use, verdict.facts)
        uploads.release(task.id, upload)
        task_page.case.log("file.uploaded", name=files.title_of(use), file=use.id)
        task_page.files[use.id] = info_of(use)
        return task_page.files[use.id]

    return keep


def judge_drafted(task_page: TaskPage, before: Sequence[Pair] | None = None) -> bool:
    """Judge the documents of the draft as the case is now; return whether a finding changed.

    A paper that was made anew, or a document that was removed, changes what is said of others.
    `before`: an earlier draft; nothing is read again if it had the same documents, and the same of
    them were the entity's own letters.
    """
    if before is not None and not _changes_documents(task_page, before):
        return False
    form = task_page.form
    fields = [one for one in form if getattr(one, "kind", "") == "document" and one.data]
    session, titles, changed = task_page.session, dict[str, str](), False
    touched, answer = _corrected(task_page)
    for field in fields:
        use = session.get(FileUse, field.data)
        facts = reading.facts_of(session, use) if use else None
        if use is None or facts is None:
            continue
        same_as = titles.setdefault(use.sha256, "")
        titles[use.sha256] = files.title_of(use)
        own = is_own(form, use.paper)
        context = Context(same_as, answer, must_be_new=use.paper in touched, is_own=own)
        changed |= examining.judge(task_page.case, use, facts, context)
    if changed:
        session.flush()
        task_page.forget_files()
    return changed


def _changes_documents(task_page: TaskPage, before: Sequence[Pair]) -> bool:
    """Return whether the draft has other documents than an earlier one, or other own letters."""
    fields = [one for one in task_page.blank_form if getattr(one, "kind", "") == "document"]
    names = {name for one in fields for name in (one.name, f"own_{one.paper}")}
    then, now = (
        {name: value for name, value in pairs if value and name in names}
        for pairs in (before, task_page.pairs)
    )
    return then != now


def _corrected(task_page: TaskPage) -> tuple[Container[str], Mapping[str, Any]]:
    """Return the papers that a correction changes, and the records of its draft."""
    if not task_page.step.form.papers:
        return (), {}
    form: Any = task_page.judged_form
    return form.touched_papers(), form.draft_answer()


def without_old_reasons(task_page: TaskPage, merged: list[Pair]) -> list[Pair]:
    """Return a draft without the reasons for files that were changed or removed since."""
    before, after = dict(task_page.pairs), dict(merged)
    changed = {
        f"{AS_IS}{name}"
        for name in {*before, *after}
        if f"{AS_IS}{name}" in after and before.get(name) != after.get(name)
    }
    return [pair for pair in merged if pair[0] not in changed] if changed else merged

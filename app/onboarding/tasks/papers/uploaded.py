"""Files that are uploaded to a step: stored, with what was found in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import abort, request

from app.base import files
from app.base.files import Owner, uploads
from app.base.models import FileUse
from app.cases.papers.preflight import examining
from app.onboarding.tasks.loading import TaskPage, info_of
from forms import FileInfo
from forms.drafts import Pair, walk
from forms.fields.documents import verdict_of


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
    task, brought = task_page.task, list[FileUse]()

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
        examining.note(
            task_page.case, use, upload.stream, verdict.facts, _same(task_page, use, brought)
        )
        brought.append(use)
        uploads.release(task.id, upload)
        task_page.case.log("file.uploaded", name=files.title_of(use), file=use.id)
        task_page.files[use.id] = info_of(use)
        return task_page.files[use.id]

    return keep


def _same(task_page: TaskPage, use: FileUse, brought: Sequence[FileUse]) -> str:
    """Return the title of another paper of the task with the same file; "" if there is none."""
    session = task_page.session
    in_draft = [session.get(FileUse, value) for _, value in task_page.pairs if len(value) == 32]
    others = [one for one in (*in_draft, *brought) if one and one.paper != use.paper]
    same = next((one for one in others if one.sha256 == use.sha256), None)
    return files.title_of(same) if same else ""


def without_old_reasons(task_page: TaskPage, merged: list[Pair]) -> list[Pair]:
    """Return a draft without the reasons for files that were changed or removed since."""
    before, after = dict(task_page.pairs), dict(merged)
    changed = {
        f"as_is_{name}"
        for name in {*before, *after}
        if f"as_is_{name}" in after and before.get(name) != after.get(name)
    }
    return [pair for pair in merged if pair[0] not in changed] if changed else merged

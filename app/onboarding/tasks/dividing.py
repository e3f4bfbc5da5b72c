"""*Repartir las páginas*: one file with several papers becomes a file for each."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.datastructures import FileStorage

from app.base import db
from app.base.files import integrity
from app.base.models import FileUse, IssuedPaper, ReadFile
from app.cases.papers.preflight import examining
from app.onboarding.tasks import showing, taking
from app.onboarding.tasks.blueprint import blueprint
from app.onboarding.tasks.loading import TaskPage
from app.onboarding.tasks.papers import uploaded
from app.onboarding.tasks.showing import Answer
from app.people import access
from forms import MOST_DIVIDED
from forms.fields import documents, isolated
from forms.fields.foreign.bounds import Damaged, TooLarge
from forms.fields.uploads import Examined
from forms.papers import OFFICIAL

NOWHERE = ""


@dataclass(frozen=True)
class Sheet:
    """A page of the file: its number, its picture, and the paper that it seems to belong to."""

    number: int
    picture: str
    paper: str


@blueprint.route("/tareas/<int:task_id>/repartir/<file_id>", methods=["GET", "POST"])
def divide(task_id: int, file_id: str) -> Answer:
    """Show the pages of an uploaded file, each with the paper that it is of; or divide them."""
    task_page = TaskPage.of(db.session(), task_id, access.me())
    if refuse := showing.refusal(task_page):
        return refuse()
    field = _field_of(task_page, file_id)
    use = task_page.session.get_one(FileUse, file_id)
    if not task_page.form.can_be_divided(field):
        return _page(task_page, field, use, {})
    if request.method != "POST":
        return _page(task_page, field, use, _proposed(task_page, use))
    chosen = {
        number: request.form.get(f"page-{number}", NOWHERE)
        for number in range(1, (use.file.pages or 0) + 1)
    }
    if error := _fault(task_page, chosen):
        return _page(task_page, field, use, chosen, {"": error}), 422
    content = integrity.whole(use.file).read_bytes()
    task_page.session.rollback()  # reading takes a while, in which others must not wait
    try:
        parts = _parts(content, chosen)
    except (Damaged, TooLarge):
        errors = {"": documents.FAULTS["damaged"]}
        return _page(task_page.reloaded(), field, use, chosen, errors), 422
    task_page = task_page.reloaded()
    if refuse := showing.refusal(task_page):  # answered meanwhile
        return refuse()
    try:
        return _store(task_page, file_id, parts)
    except taking.Overtaken:
        task_page.session.rollback()
        errors = {"": "Otra persona guardó el borrador mientras tanto. Inténtalo otra vez."}
        return _page(task_page.reloaded(), field, use, chosen, errors), 409


def _field_of(task_page: TaskPage, file_id: str) -> Any:
    """Return the field that holds a file; 404 if none does, or all its pages are of its paper."""
    form = task_page.form
    held = (one for one in form.made_documents() if one.data == file_id and one.info)
    field = next(held, None) or abort(404)
    return field if form.may_hold_others(field) else abort(404)


def _proposed(task_page: TaskPage, use: FileUse) -> dict[int, str]:
    """Return the paper of each page, as far as their codes say; a page without one continues."""
    session, read = task_page.session, task_page.session.get(ReadFile, use.sha256)
    offered = {field.paper for field in task_page.form.made_documents()}
    found: dict[int, str] = {}
    paper = NOWHERE
    for number, page in enumerate(read.facts["looked"] if read else (), 1):
        rows = [session.get(IssuedPaper, code["code"]) for code in page["codes"]]
        kinds = [row.kind for row in rows if row and row.entity_id == use.entity_id]
        paper = kinds[0] if kinds else paper
        found[number] = paper if paper in offered else NOWHERE
    return found


def _fault(task_page: TaskPage, chosen: Mapping[int, str]) -> str:
    """Return why pages cannot be divided like this; "" if they can."""
    offered = {field.paper for field in task_page.form.made_documents()} | {NOWHERE}
    if not set(chosen.values()) <= offered:
        abort(400)
    if not set(chosen.values()) - {NOWHERE}:
        return "Elige el documento de al menos una página."
    return ""


def _parts(content: bytes, chosen: Mapping[int, str]) -> dict[str, Examined]:
    """Return the parts of a file by paper, examined. Raises Damaged, TooLarge."""
    numbers = defaultdict[str, list[int]](list)
    for number, paper in chosen.items():
        if paper != NOWHERE:
            numbers[paper].append(number)
    parts = {}
    for paper, pages in numbers.items():
        part = FileStorage(io.BytesIO(isolated.part(content, pages)), f"{paper}.pdf", paper)
        verdict = documents.examine(part.stream, examining.read)
        if verdict.fault:
            raise Damaged
        parts[paper] = Examined(part.stream, part.filename, part.name)
        parts[paper].verdict = verdict
    return parts


def _store(task_page: TaskPage, file_id: str, parts: Mapping[str, Examined]) -> Answer:
    """Put the parts into their fields, in place of the file that was divided."""
    field = _field_of(task_page, file_id)
    keep = uploaded.keeper(task_page)
    fields = {one.paper: one.name for one in task_page.form.made_documents()}
    stored = {fields[paper]: keep(part, paper).id for paper, part in parts.items()}
    names = {field.name, *stored}
    rest = [pair for pair in task_page.pairs if pair[0] not in names]
    pairs = [*rest, *stored.items()]
    taking.save_draft(task_page, uploaded.without_old_reasons(task_page, pairs))
    uploaded.judge_drafted(task_page)
    task_page.session.commit()
    flash("Repartimos las páginas entre sus documentos.", "success")
    page = task_page.page_of(field.name)
    url = url_for("tasks.show", task_id=task_page.task.id, key=page.key)
    return redirect(f"{url}#{field.id}", 303)


def _page(
    task_page: TaskPage,
    field: Any,
    use: FileUse,
    chosen: Mapping[int, str],
    errors: Mapping[str, str] | None = None,
) -> str:
    """Show the pages, each with its paper; of a file that is too long, say that it is."""
    papers = [one.paper for one in task_page.form.made_documents()]
    most = MOST_DIVIDED if not task_page.form.can_be_divided(field) else None
    sheets = [
        Sheet(
            number,
            url_for("papers.picture", file_id=use.id, number=number),
            chosen.get(number, NOWHERE),
        )
        for number in range(1, (use.file.pages or 0) + 1)
        if most is None
    ]
    return render_template(
        "tasks/divide.html",
        task=task_page.task,
        entity=task_page.task.entity,
        form=task_page.form,
        field=field,
        key=task_page.page_of(field.name).key,
        sheets=sheets,
        most=most,
        offered=[(NOWHERE, "De ninguno"), *((one, OFFICIAL[one].title) for one in papers)],
        errors=errors or {},
    )

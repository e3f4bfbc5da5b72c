"""Pages of steps: what waits for me, a step's screenfuls, the review, the answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response as AnyResponse

from app import access, calendar, db, files, papers, processes
from app.files import Owner
from app.models import Task
from app.paging import Paging, page_number
from app.records.sessions import SessionFull
from app.tasks import shown
from app.tasks.desk import Desk, Overtaken, keep_draft
from forms import FileInfo, Page
from forms.drafts import Unusable, errors_of, merge

blueprint = Blueprint("tasks", __name__)

PER_PAGE = 50
#: A deadline is the first instant after a day; people read the last minute of that day.
ONE_MINUTE = timedelta(minutes=1)


@blueprint.get("/pendientes")
def inbox() -> str:
    """What waits for me, the earliest date first, 50 a page."""
    session, user, now = db.session(), access.me(), calendar.now()
    mine: ColumnElement[bool] = access.answerable(user)
    if request.args.get("lista") == "mias" and user is not None:
        mine = and_(mine, Task.assignee_id == user.id)
    total, late = session.execute(
        select(func.count(), func.count().filter(Task.due_at <= now)).where(mine)
    ).one()
    paging = Paging(total, page_number(), PER_PAGE)
    tasks = session.scalars(
        select(Task)
        .where(mine)
        .options(joinedload(Task.entity), joinedload(Task.assignee), joinedload(Task.instance))
        .order_by(Task.due_at.is_(None), Task.due_at, Task.id)
        .limit(paging.size)
        .offset(paging.offset)
    ).all()
    drafts = shown.drafts_of(session, tasks)
    several = bool(access.roles_of(user)) or len(access.entities_of(user)) > 1
    return render_template(
        "tasks/inbox.html",
        tasks=[shown.show(session, task, user, drafts, now) for task in tasks],
        total=total,
        late=late,
        page=paging,
        tabs=_tabs(total) if several else [],
        several_entities=several,
    )


def _tabs(count: int) -> list[dict[str, Any]]:
    """All that I may answer, or what I took for myself."""
    own = request.args.get("lista") == "mias"
    here = url_for(".inbox")
    return [
        {"label": "Todas", "url": here, "current": not own, "count": None if own else count},
        {
            "label": "Asignadas a mí",
            "url": f"{here}?lista=mias",
            "current": own,
            "count": count if own else None,
        },
    ]


@blueprint.get("/tareas/<int:task_id>")
def open_step(task_id: int) -> AnyResponse:
    """A step's address in mails: its first screenful."""
    desk = Desk.of(db.session(), task_id, access.me())
    return redirect(url_for(".show", task_id=task_id, key=desk.pages[0].key))


@blueprint.route("/tareas/<int:task_id>/<key>", methods=["GET", "POST"])
def show(task_id: int, key: str) -> AnyResponse | str | tuple[str, int]:
    """A screenful of a step: shown, saved, answered."""
    try:
        return screenful(task_id, key)
    except Overtaken:
        db.session().rollback()
        for upload in request.files.values():
            upload.stream.seek(0)
        return screenful(task_id, key)


def screenful(task_id: int, key: str) -> AnyResponse | str | tuple[str, int]:
    """What `show` does, as things stand now. Raises Overtaken."""
    desk = Desk.of(db.session(), task_id, access.me())
    if desk.task.state != "open" or desk.task.instance.status != "running":
        return closed(desk)
    page = desk.page(key)
    if request.method == "GET":
        return render(desk, page, {})
    return receive(desk, page)


def receive(desk: Desk, page: Page) -> AnyResponse | str | tuple[str, int]:
    """Takes a posted screenful into the draft, and goes where its button leads."""
    stale = _stale(desk)
    try:
        pairs = merge(desk.step.form, page, desk.pairs, request.form, request.files, _keeper(desk))
    except Unusable as fault:
        desk.session.rollback()
        return render(desk, page, {fault.field_name: fault.sentence}), 422
    keep_draft(desk, pairs)
    action = request.form.get("action", "next")
    if stale:
        desk.session.commit()
        flash(stale, "warning")
        return _to(desk, page)
    if action == "save":
        desk.session.commit()
        flash("Guardamos tu borrador.", "success")
        return _to(desk, page)
    if action not in ("next", "submit"):
        desk.session.commit()
        return _to(desk, page)
    return _go_on(desk, page, submits=action == "submit")


def _go_on(desk: Desk, page: Page, *, submits: bool) -> AnyResponse | str | tuple[str, int]:
    form = desk.form()
    valid = form.validate()
    errors = errors_of(form, page)
    if errors and not valid:
        desk.session.commit()
        return render(desk, page, errors, form), 422
    following = desk.after(page)
    if following is not None:
        desk.session.commit()
        return _to(desk, following)
    if len(desk.pages) > 1 and not submits:
        desk.session.commit()
        return redirect(url_for(".review", task_id=desk.task.id), 303)
    return submit(desk)


@blueprint.get("/tareas/<int:task_id>/revisar")
def review(task_id: int) -> AnyResponse | str | tuple[str, int]:
    """All answers of a step with several screenfuls, before they are sent."""
    desk = Desk.of(db.session(), task_id, access.me())
    if desk.task.state != "open" or desk.task.instance.status != "running":
        return closed(desk)
    if len(desk.pages) == 1:
        return _to(desk, desk.pages[0])
    form = desk.form()
    form.validate()
    return render_template(
        "tasks/review.html", **_context(desk, desk.pages[-1], errors_of(form), form)
    )


@blueprint.post("/tareas/<int:task_id>/revisar")
def send(task_id: int) -> AnyResponse | str | tuple[str, int]:
    """Answers a step from its review, or leaves it for later."""
    desk = Desk.of(db.session(), task_id, access.me())
    if desk.task.state != "open" or desk.task.instance.status != "running":
        return closed(desk)
    stale = _stale(desk)
    if stale:
        flash(stale, "warning")
        return redirect(url_for(".review", task_id=task_id), 303)
    if request.form.get("action") == "save":
        flash("Tu borrador está guardado.", "success")
        return redirect(url_for(".inbox"), 303)
    return submit(desk)


def submit(desk: Desk) -> AnyResponse | str | tuple[str, int]:
    """Answers the step with its draft: the whole form is valid, and the task still open."""
    form = desk.form()
    if not form.validate():
        errors = errors_of(form)
        first = next((p for p in desk.pages if errors_of(form, p)), desk.pages[-1])
        desk.session.commit()
        return render(desk, first, errors_of(form, first) or errors, form), 422
    if desk.draft is None:
        keep_draft(desk, desk.pairs)
    try:
        processes.complete(desk.session, desk.task.id, desk.step, form, desk.user.id)
        desk.session.commit()
    except processes.TaskTaken:
        desk.session.rollback()
        return closed(Desk.of(desk.session, desk.task.id, desk.user))
    except processes.TermLapsed:
        return _lapsed(desk)
    except processes.TooDeep as fault:
        return _stuck(desk, fault)
    except SessionFull:
        desk.session.rollback()
        return _full(desk)
    flash(f"Listo: {desk.task.name}.", "success")
    return redirect(url_for(".after", task_id=desk.task.id), 303)


def _lapsed(desk: Desk) -> AnyResponse | str | tuple[str, int]:
    """The answer came after the term: the draft stays, the process goes the late way."""
    pairs, session = desk.pairs, desk.session
    session.rollback()
    again = Desk.of(session, desk.task.id, desk.user)
    keep_draft(again, pairs)
    processes.wake(session, again.task.instance_id)
    session.commit()
    return closed(Desk.of(session, desk.task.id, desk.user), kept=True)


def _stuck(desk: Desk, fault: Exception) -> tuple[str, int]:
    """The process cannot go on: an incident for the coordinators, and the draft stays."""
    pairs, session = desk.pairs, desk.session
    session.rollback()
    again = Desk.of(session, desk.task.id, desk.user)
    keep_draft(again, pairs)
    processes.rest(session, again.task.instance_id, fault)
    session.commit()
    text = (
        "El proceso no puede continuar por ahora y ya avisamos a los coordinadores. Guardamos tu "
        "borrador: envíalo otra vez más tarde."
    )
    return render(again, again.pages[-1], {"": text}), 409


def _full(desk: Desk) -> tuple[str, int]:
    again = Desk.of(desk.session, desk.task.id, desk.user)
    text = "El último cupo de esa sesión se acaba de ocupar. Elige otra."
    return render(again, again.pages[0], {"": text}), 409


@blueprint.get("/tareas/<int:task_id>/listo")
def after(task_id: int) -> AnyResponse:
    """After an answer: the next open step of mine in the same case, else my list."""
    session, user = db.session(), access.me()
    desk = Desk.of(session, task_id, user)
    following = session.scalars(
        select(Task)
        .where(access.answerable(user), Task.instance_id == desk.task.instance_id)
        .order_by(Task.id)
    ).first()
    if following is None:
        return redirect(url_for(".inbox"), 303)
    return redirect(url_for(".open_step", task_id=following.id), 303)


@blueprint.post("/tareas/<int:task_id>/asignar")
def assign(task_id: int) -> AnyResponse:
    """Takes a task for oneself, or gives it back to all."""
    desk = Desk.of(db.session(), task_id, access.me())
    if desk.task.state == "open":
        takes = request.form.get("para") == "mi"
        desk.task.assignee_id = desk.user.id if takes else None
        desk.case.log("task.assigned" if takes else "task.unassigned", name=desk.task.name)
        desk.session.commit()
        flash(
            "La tarea quedó asignada a ti." if takes else "La tarea volvió a la bandeja.",
            "success",
        )
    return redirect(url_for(".open_step", task_id=task_id), 303)


@blueprint.get("/tareas/<int:task_id>/papel/<kind>")
def paper(task_id: int, kind: str) -> AnyResponse:
    """A paper made afresh from the step's draft, to be downloaded and signed."""
    desk = Desk.of(db.session(), task_id, access.me())
    if kind not in desk.step.form.papers or desk.task.state != "open":
        abort(404)
    form = desk.form()
    form.validate()
    values = papers.values_for(desk.case, kind, form.draft_answer())
    content = papers.render(kind, values, calendar.today())
    name = papers.KINDS[kind].file_name
    return Response(
        content,
        mimetype="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@blueprint.get("/tareas/<int:task_id>/documentos.zip")
def documents(task_id: int) -> AnyResponse:
    """The signed documents of a presentation in one file, for the mesa de partes."""
    desk = Desk.of(db.session(), task_id, access.me())
    held = desk.documents()
    if not held:
        abort(404)
    target = files.zipped(desk.session, [info.id for info in held])
    name = f"presentacion-{desk.task.entity.code}.zip"
    return send_file(target, "application/zip", as_attachment=True, download_name=name)


# Parts ----------------------------------------------------------------------------------------


def _keeper(desk: Desk) -> Any:
    """Stores an upload for the task and tells the form of it."""

    def keep(upload: Any) -> FileInfo:
        upload.stream.seek(0)
        use = files.keep(
            desk.session,
            upload.stream,
            name=files.safe_name(upload.filename),
            media_type="application/pdf",
            owner=Owner(desk.task.entity_id, desk.task.instance_id, desk.task.id, desk.user.id),
            pages=files.pages_of(upload.stream),
        )
        desk.case.log("file.uploaded", name=use.name, file=use.id)
        info = FileInfo(**files.describe(use))
        desk.files[use.id] = info
        return info

    return keep


def _stale(desk: Desk) -> str:
    """What to say when the page was opened before the draft was last saved; "" if it was not."""
    seen = request.form.get("revision", "")
    known = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else None
    if desk.draft is None or known is None or known >= desk.draft.revision:
        return ""
    saver = desk.draft.saved_by
    who = (
        "tú, en otra ventana"
        if saver and saver.id == desk.user.id
        else (saver.full_name if saver else "otra persona")
    )
    return (
        f"Mientras escribías, este borrador lo guardó {who}. Conservamos lo último que enviaste: "
        "revisa todo antes de continuar."
    )


def _to(desk: Desk, page: Page) -> AnyResponse:
    return redirect(url_for(".show", task_id=desk.task.id, key=page.key), 303)


def _context(desk: Desk, page: Page, errors: dict[str, str], form: Any) -> dict[str, Any]:
    task, draft = desk.task, desk.draft
    drafts = {task.id} if draft else set()
    return {
        "task": shown.show(desk.session, task, desk.user, drafts, calendar.now()),
        "step": desk.step,
        "form": form,
        "page": page,
        "pages": [(each, _page_state(desk, form, page, each)) for each in desk.pages],
        "errors": errors,
        "reason": task.reason,
        "entity": task.entity,
        "given": desk.given,
        "papers_url": f"/tareas/{task.id}/papel/",
        "draft_saved_at": draft.saved_at if draft else None,
        "draft_revision": draft.revision if draft else 0,
        "actions": _actions(desk),
    }


def _page_state(desk: Desk, form: Any, current: Page, page: Page) -> str:
    if page is current:
        return "current"
    typed = {key.partition("-")[0] for key, _ in desk.draft.pairs} if desk.draft else set()
    begun = not typed.isdisjoint(page.fields)
    return "done" if begun and not form.faults_on(page) else "todo"


def _actions(desk: Desk) -> list[dict[str, Any]]:
    """Taking the task for oneself, or giving it back to all who may answer."""
    mine = desk.task.assignee_id == desk.user.id
    label = "Devolverla a la bandeja" if mine else "Asignarme esta tarea"
    return [
        {
            "label": label,
            "url": url_for(".assign", task_id=desk.task.id),
            "post": True,
            "hidden": {"para": "todos" if mine else "mi"},
        }
    ]


def render(desk: Desk, page: Page, errors: dict[str, str], form: Any = None) -> str:
    """A screenful as HTML."""
    if form is None:
        form = desk.form()
    template = desk.step.template or "tasks/step.html"
    return render_template(template, **_context(desk, page, errors, form))


def closed(desk: Desk, *, kept: bool = False) -> tuple[str, int]:
    """The task cannot be answered (any more): who, when, and what now."""
    task = desk.task
    if task.state == "open":
        return render_template("tasks/standing_still.html", task=task, entity=task.entity), 409
    kinds = {"completed": "answered", "lapsed": "lapsed", "cancelled": "cancelled"}
    ended_at = task.due_at - ONE_MINUTE if task.state == "lapsed" and task.due_at else None
    taken = {
        "by": task.closed_by.full_name if task.closed_by else "",
        "at": ended_at or task.closed_at,
    }
    page = render_template(
        "tasks/taken.html",
        task=task,
        entity=task.entity,
        taken=taken,
        kind=kinds[task.state],
        kept=kept,
    )
    return page, 409

"""Pages of steps: what waits for me, a step's screenfuls, the review, the answer."""

from __future__ import annotations

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
from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response as AnyResponse

from app import access, calendar, db, files, papers
from app.models import Task, User
from app.paging import Paging, page_number
from app.tasks import shown
from app.tasks.answering import receive, stale_notice, submit
from app.tasks.desk import Desk, Overtaken
from app.tasks.pages import closed, context, go_to, render
from forms.drafts import errors_of

blueprint = Blueprint("tasks", __name__)

PER_PAGE = 50


@blueprint.get("/pendientes")
def inbox() -> str:
    """What waits for me, the earliest date first, 50 a page."""
    session, user, now = db.session(), access.me(), calendar.now()
    mine: ColumnElement[bool] = access.answerable(user)
    if request.args.get("lista") == "mias" and user is not None:
        mine = and_(mine, or_(Task.assignee_id == user.id, Task.assignee_id.in_(_replaced(user))))
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
    replaced = set(session.scalars(_replaced(user))) if user else set()
    several = bool(access.roles_of(user)) or len(access.entities_of(user)) > 1
    return render_template(
        "tasks/inbox.html",
        tasks=[shown.show(session, task, user, drafts, now, replaced) for task in tasks],
        total=total,
        late=late,
        page=paging,
        tabs=_tabs(total) if several else [],
        several_entities=several,
    )


def _replaced(user: User) -> Select[int]:
    """The ids of those for whom somebody stands in today: what they took is to be done too."""
    return access.absences.acting_for(user, calendar.today())


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


@blueprint.get("/tareas/<int:task_id>/revisar")
def review(task_id: int) -> AnyResponse | str | tuple[str, int]:
    """All answers of a step with several screenfuls, before they are sent."""
    desk = Desk.of(db.session(), task_id, access.me())
    if desk.task.state != "open" or desk.task.instance.status != "running":
        return closed(desk)
    if len(desk.pages) == 1:
        return go_to(desk, desk.pages[0])
    form = desk.form()
    form.validate()
    return render_template(
        "tasks/review.html", **context(desk, desk.pages[-1], errors_of(form), form)
    )


@blueprint.post("/tareas/<int:task_id>/revisar")
def send(task_id: int) -> AnyResponse | str | tuple[str, int]:
    """Answers a step from its review, or leaves it for later."""
    desk = Desk.of(db.session(), task_id, access.me())
    if desk.task.state != "open" or desk.task.instance.status != "running":
        return closed(desk)
    stale = stale_notice(desk)
    if stale:
        flash(stale, "warning")
        return redirect(url_for(".review", task_id=task_id), 303)
    if request.form.get("action") == "save":
        flash("Tu borrador está guardado.", "success")
        return redirect(url_for(".inbox"), 303)
    return submit(desk)


@blueprint.get("/tareas/<int:task_id>/listo")
def after(task_id: int) -> AnyResponse:
    """After an answer: the next open step of mine in the same case, else my list."""
    session, user = db.session(), access.me()
    task = session.get(Task, task_id)
    # Who gave the role away by this very answer (a successor was registered) is still told.
    if not user or not task or not (access.may_answer(user, task) or task.closed_by_id == user.id):
        abort(404)
    following = session.scalars(
        select(Task)
        .where(access.answerable(user), Task.instance_id == task.instance_id)
        .order_by(Task.id)
    ).first()
    if following is None:
        return redirect(url_for("public.home"), 303)
    return redirect(url_for(".open_step", task_id=following.id), 303)


@blueprint.post("/tareas/<int:task_id>/asignar")
def assign(task_id: int) -> AnyResponse:
    """Takes a task for oneself, or gives it back to all."""
    desk = Desk.of(db.session(), task_id, access.me())
    takes, holder = request.form.get("para") == "mi", desk.task.assignee
    if not takes and request.form.get("para") != "todos":
        abort(400)
    session = desk.session
    free = {desk.user.id, *session.scalars(_replaced(desk.user))}
    if takes and holder and holder.id not in free:
        text = f"La tarea la tiene {holder.full_name}. Pídele que la devuelva a la bandeja."
        flash(text, "warning")
    elif desk.task.state == "open":
        desk.task.assignee_id = desk.user.id if takes else None
        desk.case.log("task.assigned" if takes else "task.unassigned", name=desk.task.name)
        session.commit()
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

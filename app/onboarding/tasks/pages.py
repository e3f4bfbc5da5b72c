"""Pages of steps: a step's screenfuls, the review, the answer."""

from __future__ import annotations

from flask import Response, abort, flash, make_response, redirect, request, send_file, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from app.base import calendar, db, files
from app.base.models import FileUse, Task
from app.cases import copies, papers
from app.onboarding.tasks import receipts, screens
from app.onboarding.tasks.blueprint import blueprint
from app.onboarding.tasks.rendering import barred
from app.onboarding.tasks.screens import Answer
from app.onboarding.tasks.task_page import Desk
from app.people import access


@blueprint.get("/tareas/<int:task_id>")
def open_step(task_id: int) -> AnyResponse:
    """A step's address in mails: its first screenful."""
    desk = _desk(task_id)
    return redirect(url_for(".show", task_id=task_id, key=desk.pages[0].key))


@blueprint.route("/tareas/<int:task_id>/<key>", methods=["GET", "POST"])
def show(task_id: int, key: str) -> Answer:
    """A screenful of a step: shown, saved, answered."""
    if request.method == "GET":
        receipts.opened(_desk(task_id))
    return screens.in_turn(lambda: _desk(task_id), key)


@blueprint.get("/tareas/<int:task_id>/revisar")
def review(task_id: int) -> Answer:
    """All answers of a step, before they are sent."""
    receipts.opened(_desk(task_id))
    return screens.review(_desk(task_id))


@blueprint.post("/tareas/<int:task_id>/revisar")
def send(task_id: int) -> Answer:
    """Answers a step from its review, or leaves it for later."""
    return screens.send(_desk(task_id), url_for(".inbox"))


def _desk(task_id: int) -> Desk:
    return Desk.of(db.session(), task_id, access.me())


@blueprint.get("/tareas/<int:task_id>/listo")
def after(task_id: int) -> AnyResponse:
    """After an answer: the next open step of mine in the same case, else my first page."""
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
    desk = _desk(task_id)
    db.in_turn(desk.session, "roles")  # not while who takes it is being deactivated
    desk.session.refresh(desk.user)
    if not access.may_answer(desk.user, desk.task):
        abort(404)
    takes, holder = request.form.get("para") == "mi", desk.task.assignee
    if takes and desk.bars:
        return make_response(*barred(desk))
    if not takes and request.form.get("para") != "todos":
        abort(400)
    session = desk.session
    free = {desk.user.id, *session.scalars(access.absences.acting_for(desk.user, calendar.today()))}
    held = holder is not None and not access.duties.bars(session, desk.task, holder.id)
    if takes and holder and held and holder.id not in free:
        text = f"La tarea la tiene {holder.full_name}. Pídele que la devuelva a la bandeja."
        flash(text, "warning")
    elif desk.task.state == "open" and takes == (desk.task.assignee_id == desk.user.id):
        where = "asignada a ti" if takes else "en la bandeja"
        flash(f"La tarea ya estaba {where}.", "message")
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
    desk = _desk(task_id)
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
    desk = _desk(task_id)
    held = desk.documents()
    if not held:
        abort(404)
    uses = [desk.session.get_one(FileUse, info.id) for info in held]
    names = copies.download_names(desk.session, uses)
    target = files.zipped(list(zip(names, uses, strict=True)))
    name = f"presentacion-{desk.task.entity.code}.zip"
    return send_file(target, "application/zip", as_attachment=True, download_name=name)

"""Pages of steps: a step's screenfuls, the review, the answer."""

from __future__ import annotations

from flask import (
    Response,
    abort,
    flash,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from app import access, calendar, db, files, papers
from app.models import Task
from app.tasks.answering import receive, stale_notice, submit
from app.tasks.blueprint import blueprint
from app.tasks.desk import Desk, Overtaken
from app.tasks.pages import closed, context, go_to, render
from forms.drafts import errors_of


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
    db.in_turn(desk.session, "roles")  # not while who takes it is being deactivated
    desk.session.refresh(desk.user)
    if not access.may_answer(desk.user, desk.task):
        abort(404)
    takes, holder = request.form.get("para") == "mi", desk.task.assignee
    if not takes and request.form.get("para") != "todos":
        abort(400)
    session = desk.session
    free = {desk.user.id, *session.scalars(access.absences.acting_for(desk.user, calendar.today()))}
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

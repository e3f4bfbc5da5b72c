"""Pages of a step: its form pages, the review, papers, photographed pages."""

from __future__ import annotations

from functools import partial

from flask import (
    Response,
    abort,
    flash,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from sqlalchemy import select
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from app.base import calendar, db, files
from app.base.files import staged
from app.base.models import FileUse, Task
from app.base.urls import number_in
from app.cases import papers
from app.cases.papers import attendance_sheets, copies, sheets
from app.cases.papers.wording import plain_text
from app.onboarding.tasks import receipts, showing, taking
from app.onboarding.tasks.blueprint import QUEUE, blueprint
from app.onboarding.tasks.loading import TaskPage
from app.onboarding.tasks.papers import numbers, uploaded
from app.onboarding.tasks.queue import next_task
from app.onboarding.tasks.showing import Answer
from app.people import access
from forms.drafts import find
from forms.fields import photographs
from forms.shapes.attendance_sheet import HasSheet
from forms.shapes.filing import PresentingStep


def _load(task_id: int, *, locked: bool = False) -> TaskPage:
    return TaskPage.of(db.session(), task_id, access.me(), locked=locked)


@blueprint.get("/tareas/<int:task_id>")
def open_step(task_id: int) -> AnyResponse:
    """Redirect the address of a step in mails to its first page, or to an observation to begin."""
    task_page = _load(task_id)
    if code := request.args.get("observar"):
        return showing.to_observation(task_page, code)
    return redirect(url_for(".show", task_id=task_id, key=task_page.pages[0].key))


@blueprint.route("/tareas/<int:task_id>/<key>", methods=["GET", "POST"])
def show(task_id: int, key: str) -> Answer:
    """Show a page of a step; or save it, and answer the step where the button says so.

    An answer may lead to a step that its author must not decide; they then go where that one leads.
    """
    if request.method == "POST":
        try:
            return taking.take_page(partial(_load, task_id), key)
        except NotFound:
            return taking.take_from_former_lane(task_id, key)
    task_page = _load(task_id)
    led_by = number_in(request.args.get(next_task.LED_BY, ""))
    if led_by and task_page.bars:
        return redirect(url_for(".after", task_id=led_by), 303)
    task_page = receipts.meet_reviewers(receipts.note_opening(task_page))
    if led_by:
        session = task_page.session
        next_task.offer(session, task_page.user, session.get(Task, led_by))
    return showing.show_page(task_page, key)


@blueprint.get("/tareas/<int:task_id>/revisar")
def review(task_id: int) -> Answer:
    """Show all answers of a step before they are sent."""
    return showing.show_review(receipts.note_opening(_load(task_id)))


@blueprint.post("/tareas/<int:task_id>/revisar")
def send(task_id: int) -> Answer:
    """Answer a step from its review, or leave it for later."""
    try:
        return taking.take_review(partial(_load, task_id), url_for(".inbox"))
    except NotFound:
        return taking.take_from_former_lane(task_id)


@blueprint.get("/tareas/<int:task_id>/listo")
def after(task_id: int) -> AnyResponse:
    """Redirect after an answer that opened no step for the user.

    They go to their next open step in the case, or to the home page. A message leads a coordinator
    to the next task, and a list that they work through leads on by itself. It is found here, and
    not in the transaction of the answer, which others wait for.
    """
    session, user = db.session(), access.me()
    task = session.get(Task, task_id)
    # A user whose answer gave the role away (a successor was registered) is redirected as well.
    if not user or not task or not (access.may_answer(user, task) or task.closed_by_id == user.id):
        abort(404)
    following = session.scalars(
        select(Task)
        .where(access.answerable(user), Task.instance_id == task.instance_id)
        .order_by(Task.id)
    ).first()
    if following is None and request.args.get(QUEUE):
        return redirect(url_for(".follow", task_id=task_id), 303)
    next_task.offer(session, user, task)
    if following is None:
        return redirect(url_for("public.home"), 303)
    return redirect(url_for(".open_step", task_id=following.id), 303)


@blueprint.get("/tareas/<int:task_id>/siguiente")
def follow(task_id: int) -> AnyResponse:
    """Redirect to the task that follows in the list from which the step was opened.

    Redirect to the list if it has no other.
    """
    task_page = _load(task_id)
    following = next_task.in_queue(task_page.session, task_page.user, task_page.task)
    if following is None:
        flash("No queda otra tarea en esta lista.", "message")
        return redirect(next_task.list_url(task_page.session, task_page.user), 303)
    return redirect(url_for(".open_step", task_id=following.task.id), 303)


@blueprint.post("/tareas/<int:task_id>/papel/<kind>/descargar")
def download_paper(task_id: int, kind: str) -> Answer:
    """Issue a paper from the draft of a correction, unless it is in force, and send it.

    What is signed has a code, so it is issued when it is downloaded.
    """
    task_page = _load(task_id)
    if kind not in dict(numbers.offered(task_page)):
        abort(404)
    if refuse := showing.refusal(task_page):
        return refuse()
    try:
        file_id = numbers.issued_file(task_page, kind)
    except LookupError:
        db.session().rollback()
        return showing.closed(task_page.reloaded())
    db.session().commit()
    return redirect(url_for("public.file", file_id=file_id), 303)


@blueprint.post("/tareas/<int:task_id>/papel/<kind>")
def number_paper(task_id: int, kind: str) -> Answer:
    """Make a paper anew with the number and the date that were typed, to be downloaded."""
    task_page = _load(task_id)
    page = None if task_page.on_behalf else numbers.page_of(task_page, kind)
    if page is None:
        abort(404)
    if refuse := showing.refusal(task_page):
        return refuse()
    one = numbers.of(task_page, kind, request.form)
    if not one.form.validate():
        errors = {name: messages[0] for name, messages in one.form.errors.items()}
        context = {"one": one, "errors": errors, "task": task_page.task, "page": page}
        return render_template("tasks/paper_number.html", **context), 422
    try:
        made = numbers.renew(task_page, kind, one.form.marks)
        uploaded.judge_drafted(task_page)
    except LookupError:
        db.session().rollback()
        return showing.closed(task_page.reloaded())
    db.session().commit()
    if made:
        flash(f"{one.title}: quedó listo con esos datos. Descárgalo otra vez.", "success")
    else:
        flash(f"{one.title}: ya tenía esos datos.", "message")
    url = url_for(".show", task_id=task_id, key=page.key, _anchor="por-firmar")
    return redirect(url, 303)


@blueprint.get("/tareas/<int:task_id>/texto/<kind>")
def letter_text(task_id: int, kind: str) -> str:
    """Show the whole text of a letter, for an entity that writes its own."""
    task_page = _load(task_id)
    form = task_page.form
    letters = dict(form.letters) if isinstance(form, PresentingStep) else {}
    if kind not in letters or task_page.task.state != "open":
        abort(404)
    form.validate()
    values = papers.values_for(task_page.case, kind, form.draft_answer())
    return render_template(
        "tasks/letter.html",
        task_id=task_id,
        title=letters[kind],
        text=plain_text.text_of(sheets.written(kind, values)),
        entity=task_page.task.entity,
        form=form,
    )


@blueprint.get("/tareas/<int:task_id>/lista-de-asistencia")
def attendance_sheet(task_id: int) -> AnyResponse:
    """Send the attendance sheet of a step, also of one that was answered, to print it."""
    task_page = _load(task_id)
    task_page.read_shown()
    form = task_page.blank_form
    if not isinstance(form, HasSheet):
        abort(404)
    entity, today = task_page.task.entity, calendar.today()
    is_masked = task_page.task.role not in access.ENTITY_ROLES
    content = attendance_sheets.render(entity, form.sheet(), today, is_masked=is_masked)
    name = attendance_sheets.file_name(entity.code)
    return Response(
        content,
        mimetype="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@blueprint.get("/tareas/<int:task_id>/documentos.zip")
def documents(task_id: int) -> AnyResponse:
    """Send the signed documents of a presentation as one ZIP, for the mesa de partes."""
    task_page = _load(task_id)
    session, documents = task_page.session, task_page.documents()
    if not documents:
        abort(404)
    uses = [session.get_one(FileUse, info.id) for info in documents]
    names = copies.download_names(session, uses)
    target = files.zipped(list(zip(names, uses, strict=True)))
    name = f"presentacion-{task_page.task.entity.code}.zip"
    return send_file(target, "application/zip", as_attachment=True, download_name=name)


def _load_for_pages(task_id: int, field: str = "") -> TaskPage:
    """Load an open task that takes a document; 404 for another field, 409 if it is closed."""
    task_page = _load(task_id)
    if field and getattr(find(task_page.form, field), "kind", "") != "document":
        abort(404)
    return task_page if task_page.is_open and not task_page.bars else abort(409)


@blueprint.get("/tareas/<int:task_id>/fotografias")
def staged_pages(task_id: int) -> Response:
    """Return the photographed pages that were sent and wait for their documents, as JSON."""
    _load_for_pages(task_id)
    return jsonify(staged.waiting(db.session(), task_id))


@blueprint.post("/tareas/<int:task_id>/fotografias/<field>")
def stage_page(task_id: int, field: str) -> AnyResponse:
    """Take one photographed page of a document; a repeated request adds it once."""
    _load_for_pages(task_id, field)
    key, upload = request.form.get("key", ""), request.files.get("page")
    if not staged.KEY.fullmatch(key) or upload is None:
        abort(400)
    session = db.session()
    session.rollback()  # nobody waits while the photograph is read
    try:
        (picture,) = photographs.pages_of([upload.stream.read(photographs.LIMIT + 1)])
        task_page = _load_for_pages(task_id, field)
        staged.add(session, task_id, field, key, picture, task_page.user.id)
    except (photographs.Unfit, staged.Full) as fault:
        return make_response(jsonify(fault=str(fault)), 422)
    session.commit()
    return jsonify(staged.waiting(db.session(), task_id))


@blueprint.post("/tareas/<int:task_id>/fotografias/<field>/orden")
def arrange_pages(task_id: int, field: str) -> Response:
    """Remove pages of a document, and put the others into the order of their keys."""
    _load_for_pages(task_id, field)
    session = db.session()
    staged.remove(session, task_id, field, request.form.getlist("gone"))
    staged.arrange(session, task_id, field, request.form.getlist("key"))
    session.commit()
    return jsonify(staged.waiting(db.session(), task_id))

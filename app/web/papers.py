"""Papers page by page, as pictures, for users who may read the file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Flask, Response, abort, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from app.base import calendar, db
from app.base.models import Entity, FileUse
from app.base.paging import Paging, page_number
from app.base.urls import number_in
from app.cases.papers import stored_files
from app.cases.papers.viewing import page_pictures, signature_boxes
from app.cases.papers.viewing.page_pictures import AT_ONCE, LARGE, MOST_PAGES, USUAL
from app.onboarding.tasks import showing
from app.onboarding.tasks.loading import TaskPage
from app.onboarding.tasks.showing import Answer
from app.people import access
from forms.shapes.observing import Observing

blueprint = Blueprint("papers", __name__, url_prefix="/archivos/<file_id>/paginas")

#: Seconds after which a picture that was not made in time is requested again.
RETRY_AFTER = 30


def init_app(app: Flask) -> None:
    """Add the pages."""
    app.register_blueprint(blueprint)


@blueprint.get("")
def show(file_id: str) -> Answer:
    """Show some pages of a paper, each with its text.

    `tarea` in the address: the task whose step shows the paper, to observe its pages.
    """
    task_page = _task_page(file_id)
    if task_page and (refuse := showing.refusal(task_page)):
        return refuse()
    number = page_number()
    paper = _pages(file_id, (number - 1) * AT_ONCE + 1, task_page)
    paging = Paging(min(paper.count, MOST_PAGES), number, AT_ONCE)
    about = _about(file_id, task_page)
    return render_template("papers/show.html", paper=paper, paging=paging, **about)


@blueprint.get("/<int:number>")
def page(file_id: str, number: int) -> Answer:
    """Show one page of a paper as wide as the window allows; `tarea` as in `show`."""
    task_page = _task_page(file_id)
    if task_page and (refuse := showing.refusal(task_page)):
        return refuse()
    paper = _pages(file_id, number, task_page)
    if not paper.count:
        return redirect(paper.url)  # it says why
    found = [one for one in paper.pages if one.number == number]
    if not found:
        abort(404)
    last = min(paper.count, MOST_PAGES)
    return render_template(
        "papers/page.html", paper=paper, page=found[0], last=last, **_about(file_id, task_page)
    )


@blueprint.get("/<int:number>/imagen")
def picture(file_id: str, number: int) -> AnyResponse:
    """Send the picture of a page."""
    return _picture(file_id, number, USUAL)


@blueprint.get("/<int:number>/imagen/grande")
def large_picture(file_id: str, number: int) -> AnyResponse:
    """Send a larger picture of a page."""
    return _picture(file_id, number, LARGE)


@blueprint.get("/firmas/<int:number>")
def signature(file_id: str, number: int) -> AnyResponse:
    """Send the picture of the box of a signature on a scan."""
    use = _use(file_id)
    session = db.session()
    stored_files.log_viewing(session, use, access.me())
    return _sent(use, f"firma-{number}", lambda: signature_boxes.picture(session, use, number))


def _use(file_id: str) -> FileUse:
    """Return the file; answer 404 to a user who may not read it."""
    return stored_files.readable(db.session(), access.me(), file_id) or abort(404)


def _task_page(file_id: str) -> TaskPage | None:
    """Return the task that the address names; None if it names none.

    Answer 404 to a user who may not answer it, and for a file of another entity.
    """
    named = request.args.get("tarea", "")
    if not named:
        return None
    task_page = TaskPage.of(db.session(), number_in(named) or abort(404), access.me())
    if _use(file_id).entity_id != task_page.task.entity_id:
        abort(404)
    return task_page


def _about(file_id: str, task_page: TaskPage | None) -> dict[str, Any]:
    """Return the entity of a paper, since which day it has no effect, and what observes it."""
    use = _use(file_id)
    found: dict[str, Any] = {
        "entity": db.session().get_one(Entity, use.entity_id),
        "void_on": calendar.lima_day(use.void_at) if use.void_at else None,
    }
    if task_page is None:
        return found | {"observing_task": None, "kind": ""}
    form = task_page.form
    kind = form.paper_of(file_id) if isinstance(form, Observing) else ""
    return found | {"observing_task": task_page.task.id, "form": form, "kind": kind}


def _pages(file_id: str, first: int, task_page: TaskPage | None) -> page_pictures.PaperPages:
    task_id = task_page.task.id if task_page else None
    session = db.session()
    found = signature_boxes.pages_of(session, access.me(), file_id, first, task_id=task_id)
    return found or abort(404)


def _picture(file_id: str, number: int, side: int) -> AnyResponse:
    """Send a picture that the browser may keep but has to ask for each time.

    Where there is none, send an image with the reason.
    """
    use = _use(file_id)
    stored_files.log_viewing(db.session(), use, access.me())
    return _sent(use, f"{number}-{side}", lambda: page_pictures.picture(use.file, number, side))


def _sent(use: FileUse, name: str, picture: Callable[[], bytes]) -> AnyResponse:
    """Send a picture of a file under a name."""
    try:
        content = picture()
    except page_pictures.NoPicture as none:
        return _no_picture(str(none))
    response = Response(content, mimetype=page_pictures.media_type_of(content))
    response.headers["Cache-Control"] = "private, no-cache"
    response.set_etag(f"{use.sha256}-{name}")
    return response.make_conditional(request)


def _no_picture(reason: str) -> AnyResponse:
    if reason == "no_page":
        abort(404)
    content = render_template("papers/no_picture.svg", words=page_pictures.FAULTS[reason])
    response = Response(content, mimetype="image/svg+xml")
    if reason == "busy":
        response.status_code = 503
        response.headers["Retry-After"] = str(RETRY_AFTER)
    return response

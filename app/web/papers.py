"""Papers page by page, as pictures, for users who may read the file."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, Response, abort, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from app.base import calendar, db
from app.base.models import Entity, FileUse
from app.base.paging import Paging, page_number
from app.cases.papers import page_pictures, stored_files
from app.cases.papers.page_pictures import AT_ONCE, LARGE, MOST_PAGES, USUAL
from app.people import access

blueprint = Blueprint("papers", __name__, url_prefix="/archivos/<file_id>/paginas")

#: Seconds after which a picture that was not made in time is requested again.
RETRY_AFTER = 30


def init_app(app: Flask) -> None:
    """Add the pages."""
    app.register_blueprint(blueprint)


@blueprint.get("")
def show(file_id: str) -> str:
    """Show some pages of a paper, each with its text."""
    number = page_number()
    paper = _pages(file_id, (number - 1) * AT_ONCE + 1)
    paging = Paging(min(paper.count, MOST_PAGES), number, AT_ONCE)
    return render_template("papers/show.html", paper=paper, paging=paging, **_about(file_id))


@blueprint.get("/<int:number>")
def page(file_id: str, number: int) -> AnyResponse | str:
    """Show one page of a paper as wide as the window allows."""
    paper = _pages(file_id, number)
    if not paper.count:
        return redirect(paper.url)  # it says why
    found = [one for one in paper.pages if one.number == number]
    if not found:
        abort(404)
    last = min(paper.count, MOST_PAGES)
    return render_template(
        "papers/page.html", paper=paper, page=found[0], last=last, **_about(file_id)
    )


@blueprint.get("/<int:number>/imagen")
def picture(file_id: str, number: int) -> AnyResponse:
    """Send the picture of a page."""
    return _picture(file_id, number, USUAL)


@blueprint.get("/<int:number>/imagen/grande")
def large_picture(file_id: str, number: int) -> AnyResponse:
    """Send a larger picture of a page."""
    return _picture(file_id, number, LARGE)


def _use(file_id: str) -> FileUse:
    """Return the file; answer 404 to a user who may not read it."""
    return stored_files.readable(db.session(), access.me(), file_id) or abort(404)


def _about(file_id: str) -> dict[str, Any]:
    """Return the entity of a paper, and since which day it has no effect."""
    use = _use(file_id)
    void_on = calendar.lima_day(use.void_at) if use.void_at else None
    return {"entity": db.session().get_one(Entity, use.entity_id), "void_on": void_on}


def _pages(file_id: str, first: int) -> page_pictures.PaperPages:
    return page_pictures.pages_of(db.session(), access.me(), file_id, first) or abort(404)


def _picture(file_id: str, number: int, side: int) -> AnyResponse:
    """Send a picture that the browser may keep but has to ask for each time.

    Where there is none, send an image with the reason.
    """
    use = _use(file_id)
    stored_files.log_viewing(db.session(), use, access.me())
    try:
        content = page_pictures.picture(use.file, number, side)
    except page_pictures.NoPicture as none:
        return _no_picture(str(none))
    response = Response(content, mimetype=page_pictures.media_type_of(content))
    response.headers["Cache-Control"] = "private, no-cache"
    response.set_etag(f"{use.sha256}-{number}-{side}")
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

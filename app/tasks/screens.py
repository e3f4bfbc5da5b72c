"""A step's screenfuls, on whosever desk: the entity's people, or a coordinator whom they dictate.

Addresses are told apart by their blueprint alone: both have pages of the same names.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import db
from app.files import uploads
from app.tasks.answering import receive, stale_notice, submit
from app.tasks.desk import Desk, Overtaken
from app.tasks.pages import closed, context, go_to, render
from forms.drafts import errors_of

Answer = Response | str | tuple[str, int]


def in_turn(open_desk: Callable[[], Desk], key: str) -> Answer:
    """A screenful, shown or taken; once more where somebody else saved at this very moment."""
    desk = open_desk()
    if request.method == "POST" and desk.is_open:
        form, page = desk.step.form, desk.page(key)
        if uploads.examine(form(), page.fields):
            desk = open_desk()
    try:
        return _screenful(desk, key)
    except Overtaken:
        db.session().rollback()
        for upload in request.files.values():
            upload.stream.seek(0)
        return _screenful(open_desk(), key)


def _screenful(desk: Desk, key: str) -> Answer:
    if not desk.is_open:
        return closed(desk)
    page = desk.page(key)
    if request.method == "GET":
        return render(desk, page, {})
    return receive(desk, page)


def review(desk: Desk) -> Answer:
    """All answers of a step with several screenfuls, before they are sent."""
    if not desk.is_open:
        return closed(desk)
    if len(desk.pages) == 1:
        return go_to(desk, desk.pages[0])
    form = desk.form()
    form.validate()
    return render_template(
        "tasks/review.html", **context(desk, desk.pages[-1], errors_of(form), form)
    )


def send(desk: Desk, later: str) -> Answer:
    """Answers a step from its review, or leaves it for later: then goes to that address."""
    if not desk.is_open:
        return closed(desk)
    stale = stale_notice(desk)
    if stale:
        flash(stale, "warning")
        return redirect(url_for(".review", task_id=desk.task.id), 303)
    if request.form.get("action") == "save":
        flash("Tu borrador está guardado.", "success")
        return redirect(later, 303)
    return submit(desk)

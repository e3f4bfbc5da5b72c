"""A step's screenfuls, on whosever desk: the entity's people, or a coordinator whom they dictate.

Addresses are told apart by their blueprint alone: both have pages of the same names.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.base import db
from app.base.files import uploads
from app.onboarding.tasks import known_people
from app.onboarding.tasks.answering import receive, stale_notice, submit
from app.onboarding.tasks.rendering import barred, closed, context, render
from app.onboarding.tasks.task_page import Desk, Overtaken
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
    if desk.bars:
        return barred(desk)
    page = desk.page(key)
    if request.method == "GET":
        return render(desk, page, {})
    answer = receive(desk, page)
    if isinstance(answer, Response) and (name := known_people.fill(desk, page, _action())):
        db.session().commit()
        flash(f"Escribimos los datos de {name}. Revísalos y completa lo que falte.", "message")
    return answer


def _action() -> str:
    """Which button was pressed."""
    return request.form.get("action", "")


def review(desk: Desk) -> Answer:
    """All answers of a step, before they are sent."""
    if not desk.is_open:
        return closed(desk)
    if desk.bars:
        return barred(desk)
    form = desk.form()
    form.validate()
    return render_template(
        "tasks/review.html", **context(desk, desk.pages[-1], errors_of(form), form)
    )


def send(desk: Desk, later: str) -> Answer:
    """Answers a step from its review, or leaves it for later: then goes to that address."""
    if not desk.is_open:
        return closed(desk)
    if desk.bars:
        return barred(desk)
    stale = stale_notice(desk)
    if stale:
        flash(stale, "warning")
        return redirect(url_for(".review", task_id=desk.task.id), 303)
    action = request.form.get("action")
    if action == "submit":
        return submit(desk)
    if action == "save":
        flash("Tu borrador está guardado.", "message")  # it was before: this page has no fields
        return redirect(later, 303)
    return redirect(url_for(".review", task_id=desk.task.id), 303)

"""The page on which the reader of a legal notice confirms that it came.

Opening it confirms nothing, since programs that look for harm open the links of mails. It works
without signing in: the address is the secret that its reader got.
"""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Flask, abort, current_app, redirect, render_template, request
from werkzeug.wrappers import Response

from app.base import calendar, db
from app.base.models import Mail, Task
from app.cases import processes, status
from app.cases.case import Case
from app.cases.processes import notification
from app.cases.processes.terms import receipts
from app.people import access
from workflows.state import UnknownState

blueprint = Blueprint("receipts", __name__)


def init_app(app: Flask) -> None:
    """Add the page."""
    app.register_blueprint(blueprint)
    # A mail program's own window may keep no session; the address itself is the secret.
    app.extensions["csrf"].exempt(confirm)


@blueprint.route("/avisos/recibido/<token>", methods=["GET", "POST"])
def confirm(token: str) -> str | Response:
    """Show the effect of the button, or the state of the notice; the POST confirms the receipt."""
    session = db.session()
    notice = receipts.notice_of(session, token)
    if notice is None or notice.user is None or notice.task_id is None:
        abort(404)
    if request.method == "POST":
        if _is_another_of_the_pcm(notice):
            return redirect(request.path, 303)
        try:
            if processes.acknowledge(session, notice.task_id, "confirmed", notice.user.id):
                session.commit()
        except UnknownState:  # the process has its incident; the link works once it goes on
            session.rollback()
            abort(503)
        return redirect(request.path, 303)
    task = session.get_one(Task, notice.task_id)
    return render_template("sending/receipt.html", **_shown(notice, task))


def _is_another_of_the_pcm(notice: Mail) -> bool:
    """Return whether the reader is a signed-in user of the PCM, and not the notified person.

    Without a mail server the link appears under *Correos*: the notifying user cannot confirm it.
    """
    reader = access.me()
    if reader is None or reader.id == notice.user_id:
        return False
    return bool(access.roles_of(reader) & access.PCM_ROLES)


def _shown(notice: Mail, task: Task) -> dict[str, object]:
    """Return what the page says: the step, and whether its receipt can be, or is, confirmed."""
    waits = status.is_to_be_notified(task) and task.notice_at is not None
    runs = task.state == "open" and task.instance.status == "running"
    case = Case(db.session(), task.entity, task.instance, None, task)
    return {
        "user": notice.user,
        "task": task,
        "can_confirm": waits and runs and not _is_another_of_the_pcm(notice),
        "is_for_another": waits and runs and _is_another_of_the_pcm(notice),
        "stands_still": task.state == "open" and not runs,
        "would_be_due": _would_be_due(task) if waits and runs else None,
        "observations": notification.observations(case) if waits and runs else [],
    }


def _would_be_due(task: Task) -> date:
    """Return the last day of the term if its notice is confirmed now."""
    working = calendar.calendar_of(db.session(), task.entity)
    counted_on = working.counted_on(calendar.now(), current_app.config["CUT_OFF"])
    return working.add(counted_on, task.term_days or 0)

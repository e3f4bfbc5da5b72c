"""Opening a step as a receipt: its legal term runs once one of its people has seen it."""

from __future__ import annotations

from flask import flash, request

from app.base import formatting
from app.cases import processes, status
from app.onboarding.tasks.loading import TaskPage
from app.people import access
from workflows.state import UnknownState


def note_opening(task_page: TaskPage) -> TaskPage:
    """Record that a user opened a step on GET, if that starts its term; commit, and warn them.

    People of the PCM and browsers that prefetch pages do not count. Return the page to show.
    """
    task, user = task_page.task, task_page.user
    waits = task_page.is_open and status.is_to_be_notified(task) and task.notice_at
    of_pcm = access.roles_of(user) & access.PCM_ROLES
    prefetches = "prefetch" in request.headers.get("Sec-Purpose", "")
    if not waits or of_pcm or prefetches or request.method != "GET":
        return task_page
    try:
        noted = processes.acknowledge(task_page.session, task.id, "opened", user.id)
    except UnknownState:  # it has an incident; the page is shown nevertheless
        noted = False
    if noted:
        task_page.session.commit()
        last = formatting.last_day(task.due_at)
        text = f"Al abrir este paso consta que recibiste la notificación: vence el {last}."
        flash(text, "warning")
    else:
        task_page.session.rollback()
    return task_page.reloaded()

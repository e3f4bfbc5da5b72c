"""Opening a step as a receipt: its legal term runs once one of its people has seen it."""

from __future__ import annotations

from flask import flash, request

from app.base import formatting
from app.cases import processes, status
from app.onboarding.tasks.task_page import Desk
from app.people import access
from workflows.state import UnknownState


def opened(desk: Desk) -> None:
    """Notes that one of a step's people opened its page, where that lets its term run; commits.

    A banner tells its reader. People of the PCM and browsers that fetch pages ahead do not count.
    """
    waits = desk.is_open and status.is_to_be_notified(desk.task) and desk.task.notice_at
    of_pcm = access.roles_of(desk.user) & access.PCM_ROLES
    ahead = "prefetch" in request.headers.get("Sec-Purpose", "")
    if not waits or of_pcm or ahead or request.method != "GET":
        return
    try:
        noted = processes.acknowledge(desk.session, desk.task.id, "opened", desk.user.id)
    except UnknownState:  # it has its incident; the page is shown all the same
        noted = False
    if not noted:
        desk.session.rollback()
        return
    desk.session.commit()
    last = formatting.last_day(desk.task.due_at)
    flash(f"Al abrir este paso consta que recibiste la notificación: vence el {last}.", "warning")

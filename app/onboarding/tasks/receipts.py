"""Opening a step: a legal term runs from it, and the reviewers of one case learn of each other."""

from __future__ import annotations

from datetime import timedelta

from flask import current_app, flash, request
from sqlalchemy import bindparam, func, select

from app.base import audit_log, calendar, db, formatting
from app.base.models import LogEntry, ProcessInstance, Task, User
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


#: For this long after it was opened, a review counts as open. It is logged once in this time.
OPEN_FOR = timedelta(minutes=30)


#: The newest code that was issued for the entity of a case since the case began.
CODE_OF_CASE = (
    select(LogEntry)
    .join(ProcessInstance, ProcessInstance.entity_id == LogEntry.entity_id)
    .where(
        ProcessInstance.id == bindparam("id"),
        LogEntry.kind == "code.issued",
        LogEntry.at >= ProcessInstance.started_at,
    )
    .order_by(LogEntry.id.desc())
    .limit(1)
)


def meet_reviewers(task_page: TaskPage) -> TaskPage:
    """Log that a user opened a review, and tell the page who else has it open. Return the page."""
    task, user = task_page.task, task_page.user
    if not task_page.is_open or task_page.bars or task_page.step.form.decides is None:
        return task_page
    openings = task_page.session.execute(
        select(LogEntry.actor_id, func.max(LogEntry.at).label("opened_at"))
        .where(
            LogEntry.instance_id == task.instance_id,
            LogEntry.kind == "review.opened",
            LogEntry.task_id == task.id,
            LogEntry.at > calendar.now() - OPEN_FOR,
        )
        .group_by(LogEntry.actor_id)
    )
    opened = {row.actor_id: row.opened_at for row in openings}
    if opened.pop(user.id, None) is None:
        with db.writing(current_app) as session:
            audit_log.about(session, "review.opened", session.get_one(Task, task.id), user.id)
    for other, at in opened.items():
        name = task_page.session.get_one(User, other).full_name
        sentence = f"{name} tiene abierto este paso: lo abrió a las {formatting.hour(at)}."
        task_page.company.append(sentence)
    issued = task_page.session.scalars(CODE_OF_CASE, {"id": task.instance_id}).first()
    if issued and issued.actor:
        task_page.company.append(f"Emitió el código: {issued.actor.full_name}.")
    draft = task_page.draft
    if draft and draft.saved_by and draft.saved_by_id != user.id:
        when = formatting.moment(draft.saved_at)
        task_page.company.append(f"El borrador lo guardó {draft.saved_by.full_name} el {when}.")
    return task_page

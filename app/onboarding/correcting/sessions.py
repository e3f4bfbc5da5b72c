"""*Elegir otra sesión*: until the day before the session that the entity attends."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select

from app.base import calendar, db
from app.base.models import ProcessInstance, Task
from app.cases import processes, status
from app.cases.history.case_events import TOPICS
from app.cases.processes.returns import sessions
from app.onboarding.correcting.blueprint import CORRECT, blueprint
from app.onboarding.tasks.showing import Answer
from app.people import access
from app.people.access import this_entity


@blueprint.route(
    "/entidades/<code>/procesos/<int:instance_id>/otra-sesion/<topic>", methods=["GET", "POST"]
)
def another_session(code: str, instance_id: int, topic: str) -> Answer:
    """Confirm that the entity leaves its session; it chooses another one at once."""
    user, session = access.require(CORRECT, this_entity()), db.session()
    row = session.get(ProcessInstance, instance_id)
    if row is None or row.entity_id != this_entity().id or topic not in sessions.TIMERS:
        abort(404)
    chose = select(Task).where(Task.instance_id == row.id, Task.step == f"choose_{topic}_session")
    first = session.scalars(chose.limit(1)).first()
    if first is None or not access.may_answer(user, first):
        abort(404)
    error = ""
    if request.method == "POST":
        try:
            opened = sessions.choose_another(session, row.id, topic, user.id)
            session.commit()
        except processes.Refused as refused:
            session.rollback()
            error = str(refused)
        else:
            flash("Dejaste la sesión. Elige otra.", "success")
            return redirect(url_for("tasks.open_step", task_id=opened.id), 303)
    facts = status.read(session, [row], calendar.now())[row.id]
    waits = next((one for one in facts.waits if one.timer == sessions.TIMERS[topic]), None)
    at = waits.at if waits else None
    page: Any = render_template(
        "correcting/session.html",
        entity=this_entity(),
        topic=TOPICS[topic],
        at=at,
        may_leave=at is not None and sessions.can_leave(at),
        errors={"": error} if error else {},
    )
    return (page, 422) if error else page

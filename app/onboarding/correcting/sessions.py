"""*Elegir otra sesión*: until the day before the session that the entity attends."""

from __future__ import annotations

from datetime import datetime

from flask import abort, url_for
from flask_wtf import FlaskForm
from sqlalchemy import select

from app.base import calendar, db, formatting
from app.base.models import ProcessInstance, Task
from app.cases import status
from app.cases.history.case_events import TOPICS
from app.cases.processes.returns import sessions
from app.onboarding.case_admin.acts import carry_out
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
    facts = status.read(session, [row], calendar.now())[row.id]
    waits = next((one for one in facts.waits if one.timer == sessions.TIMERS[topic]), None)
    at = waits.at if waits else None
    return carry_out(
        FlaskForm(),
        "Elige otra sesión",
        _lead(TOPICS[topic], at),
        "Dejar esta sesión y elegir otra",
        lambda session: sessions.choose_another(session, instance_id, topic, user.id),
        "Dejaste la sesión. Elige otra.",
        then=lambda opened: url_for("tasks.open_step", task_id=opened.id),
        template="correcting/session.html",
        may_leave=at is not None and sessions.can_leave(at),
    )


def _lead(topic: str, at: datetime | None) -> str:
    """Return what the reader is about to do, or why it cannot be done."""
    if at is None:
        return f"No hay ninguna sesión de {topic} por venir que cambiar."
    moment = formatting.moment(at)
    if sessions.can_leave(at):
        return (
            f"Tienes un cupo en la sesión de {topic} del {moment}. Al continuar dejas ese cupo y "
            "eliges otra sesión; si ninguna te conviene, lo dices ahí mismo."
        )
    return (
        f"La sesión de {topic} es el {moment}: solo hasta el día anterior se puede elegir otra. Si "
        "no puedes asistir, avisa a tu coordinador."
    )

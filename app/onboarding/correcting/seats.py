"""A seat that is held for an entity: accept it, or give it back."""

from __future__ import annotations

from flask import abort, flash, redirect, request
from flask_wtf import FlaskForm
from sqlalchemy import select

from app.base import calendar, db, formatting
from app.base.models import ProcessInstance, Task, User, WaitingSeat
from app.cases import processes
from app.cases.history.case_events import TOPICS
from app.cases.processes.returns import seating
from app.cases.records.sessions import waiting
from app.onboarding.case_admin.acts import carry_out
from app.onboarding.correcting.blueprint import CORRECT, blueprint
from app.onboarding.tasks.showing import Answer
from app.people import access
from app.people.access import this_entity
from forms.shapes.sessions import place_words


@blueprint.route("/entidades/<code>/lugares/<int:row_id>", methods=["GET", "POST"])
def seat(code: str, row_id: int) -> Answer:
    """Show a held seat; accepting it answers the step to choose the session."""
    row, user = _row(row_id)
    runs = row.closed_at is None and row.offer_ends_at is not None
    runs = runs and row.offer_ends_at > calendar.now()  # type: ignore[operator]
    moment = formatting.moment(row.session.at)
    lead = (
        f"Te guardamos un lugar en la sesión de {TOPICS[row.session.topic]} del {moment} "
        f"({place_words(_place(row))}). Si no lo aceptas "
        f"{_until(row)}, pasa a otra entidad."
        if runs
        else seating.LATE
    )
    return carry_out(
        FlaskForm(),
        "Acepta el lugar que te guardamos",
        lead,
        "Aceptar el lugar",
        lambda session: processes.accept_seat(
            session, row_id, user.id, request.form.get("about", "")
        ),
        f"Tienes un cupo en la sesión del {moment}. La invitación te llega por correo.",
        template="correcting/seat.html",
        row=row,
        runs=runs,
        about=row.session.at.isoformat(),
    )


@blueprint.post("/entidades/<code>/lugares/<int:row_id>/dejar")
def decline_seat(code: str, row_id: int) -> Answer:
    """Give a held seat back, for the next entity of the list."""
    _, user = _row(row_id)
    session = db.session()
    try:
        processes.decline_seat(session, row_id, user.id)
    except processes.Refused as reason:
        session.rollback()
        flash(str(reason), "warning")
    else:
        session.commit()
        flash("Dejaste el lugar para otra entidad.", "success")
    return redirect(this_entity().url, 303)


def _row(row_id: int) -> tuple[WaitingSeat, User]:
    """Return a row of this entity and the user, who may answer its step to choose; or 404."""
    user, session = access.require(CORRECT, this_entity()), db.session()
    row = session.get(WaitingSeat, row_id)
    instance = session.get(ProcessInstance, row.instance_id) if row else None
    if row is None or instance is None or instance.entity_id != this_entity().id:
        abort(404)
    choose, _ = waiting.steps_before(row.session.topic)
    task = session.scalars(
        select(Task).where(Task.instance_id == instance.id, Task.step == choose).limit(1)
    ).first()
    if task is None or not access.may_answer(user, task):
        abort(404)
    return row, user


def _place(row: WaitingSeat) -> dict[str, str]:
    return {"place": row.session.place, "link": row.session.link}


def _until(row: WaitingSeat) -> str:
    if row.offer_ends_at == row.session.at:
        return "antes de que empiece"
    return f"hasta el {formatting.last_day(row.offer_ends_at)}"

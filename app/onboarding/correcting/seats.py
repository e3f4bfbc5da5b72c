"""A seat that is held for an entity, and the lists of full sessions on which it waits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flask import abort, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar, db, formatting
from app.base.models import InductionSession, ProcessInstance, Task, User, WaitingSeat
from app.base.urls import number_in
from app.cases import processes
from app.cases.history.case_events import TOPICS
from app.cases.processes.returns import seating
from app.cases.records.sessions import waiting
from app.cases.status import seats
from app.onboarding.case_admin.acts import carry_out
from app.onboarding.correcting.blueprint import CORRECT, blueprint
from app.onboarding.tasks.showing import Answer
from app.people import access
from app.people.access import this_entity
from forms.shapes.sessions import place_words

LEFT = "Saliste de la lista de espera."


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
        f"{seats.until(row)}, pasa a otra entidad."
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
    """Give a held seat back, for the next entity of the list, or leave the list."""
    _, user = _row(row_id)
    session = db.session()
    try:
        was_held = processes.decline_seat(session, row_id, user.id)
    except processes.Refused as reason:
        session.rollback()
        flash(str(reason), "warning")
    else:
        session.commit()
        done = "Dejaste el lugar para otra entidad." if was_held else LEFT
        flash(done, "success")
    return redirect(this_entity().url, 303)


@dataclass(frozen=True)
class FullSession:
    """A full session: how many wait, and this entity's row on its list with its place."""

    session: InductionSession
    topic: str
    where: str
    waiting: int
    row: WaitingSeat | None
    #: From 1; 0 while it is passed over, or has an offer.
    place: int


@blueprint.route("/entidades/<code>/lista-de-espera", methods=["GET", "POST"])
def waiting_list(code: str) -> Answer:
    """Show the full sessions that the entity may choose; the POST puts it on the list of one."""
    user, session = access.require(CORRECT, this_entity()), db.session()
    choices = _choices(session, user)
    if request.method == "POST":
        _join(session, user, choices)
        return redirect(url_for(".waiting_list", code=code), 303)
    return render_template(
        "correcting/waiting.html",
        entity=this_entity(),
        choices=[task for task in choices.values() if task.state == "open"],
        found=[one for topic, task in choices.items() for one in _full(session, task, topic)],
    )


def _choices(session: Session, user: User) -> dict[str, Task]:
    """Return the user's newest step to choose of each topic, of the case that runs; or 404."""
    case = session.scalars(
        select(ProcessInstance).where(
            ProcessInstance.entity_id == this_entity().id,
            ProcessInstance.process == "onboarding",
            ProcessInstance.status == "running",
        )
    ).first()
    if case is None:
        abort(404)
    newest = {topic: seats.newest_choice(session, case, topic) for topic in waiting.TIMERS}
    found = {
        topic: task for topic, task in newest.items() if task and access.may_answer(user, task)
    }
    return found or abort(404)


def _full(session: Session, task: Task, topic: str) -> Iterator[FullSession]:
    """Yield the full sessions of a topic; if the step is over, those for which the case waits."""
    own = {
        row.session_id: row
        for row in waiting.open_rows(session, [task.entity_id])
        if row.instance_id == task.instance_id
    }
    full = waiting.full_sessions(session, task.instance_id, topic)
    listed = {one.id: one for one in full} | {
        row.session_id: row.session for row in own.values() if row.session.topic == topic
    }
    counts = waiting.counts(session, list(listed))
    for one in sorted(listed.values(), key=lambda one: (one.at, one.id)):
        row = own.get(one.id)
        if row is None and task.state != "open":
            continue
        place = waiting.place_of(session, row)[0] if row and row.offered_at is None else 0
        where = place_words({"place": one.place, "link": one.link})
        yield FullSession(one, TOPICS[topic], where, counts.get(one.id, 0), row, place)


def _join(session: Session, user: User, choices: Mapping[str, Task]) -> None:
    number = number_in(request.form.get("sesion", ""))
    row = session.get(InductionSession, number) if number is not None else None
    task = choices.get(row.topic) if row else None
    if row is None or task is None:
        flash(seating.GONE, "warning")
        return
    try:
        processes.join_list(session, task.instance_id, row.id, user.id)
    except processes.Refused as reason:
        session.rollback()
        flash(str(reason), "warning")
    else:
        session.commit()
        flash("Estás en la lista de espera. Si se libera un lugar, te escribimos.", "success")


def _row(row_id: int) -> tuple[WaitingSeat, User]:
    """Return a row of this entity and the user, who may answer its step to choose; or 404."""
    user, session = access.require(CORRECT, this_entity()), db.session()
    row = session.get(WaitingSeat, row_id)
    instance = session.get(ProcessInstance, row.instance_id) if row else None
    if row is None or instance is None or instance.entity_id != this_entity().id:
        abort(404)
    if not seats.may_answer(session, user, instance, row.session.topic):
        abort(404)
    return row, user


def _place(row: WaitingSeat) -> dict[str, str]:
    return {"place": row.session.place, "link": row.session.link}

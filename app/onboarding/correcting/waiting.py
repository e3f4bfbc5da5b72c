"""The lists of full sessions on which an entity waits: its place, to join and to leave."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import db
from app.base.models import InductionSession, ProcessInstance, Task, User
from app.base.urls import number_in
from app.cases import processes
from app.cases.history.case_events import TOPICS
from app.cases.processes.returns import seating
from app.cases.records.sessions import waiting
from app.cases.status import queues
from app.onboarding.correcting.blueprint import CORRECT, blueprint
from app.onboarding.tasks.showing import Answer
from app.people import access
from app.people.access import this_entity
from forms.shapes.sessions import place_words

JOINED = "Estás en la lista de espera. Si te damos un lugar, te llega la invitación."
LEFT = "Saliste de la lista de espera."


@dataclass(frozen=True)
class FullSession:
    """A full session, how many wait for it, and this entity's place from 1; 0 without one."""

    session: InductionSession
    topic: str
    where: str
    waiting: int
    place: int


@blueprint.route("/entidades/<code>/lista-de-espera", methods=["GET", "POST"])
def waiting_list(code: str) -> Answer:
    """Show the full sessions that the entity may choose; the POST puts it on the list of one."""
    user, session = access.require(CORRECT, this_entity()), db.session()
    choices = _choices(session, user)
    if request.method == "POST":
        return _do(session, user, choices, processes.join_list, JOINED)
    return render_template(
        "correcting/waiting.html",
        entity=this_entity(),
        choices=[task for task in choices.values() if task.state == "open"],
        found=[one for topic, task in choices.items() for one in _full(session, task, topic)],
    )


@blueprint.post("/entidades/<code>/lista-de-espera/salir")
def leave_list(code: str) -> Answer:
    """Take the entity off the list of a session."""
    user, session = access.require(CORRECT, this_entity()), db.session()
    return _do(session, user, _choices(session, user), processes.leave_list, LEFT)


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
    newest = {topic: queues.newest_choice(session, case, topic) for topic in waiting.TIMERS}
    found = {
        topic: task for topic, task in newest.items() if task and access.may_answer(user, task)
    }
    return found or abort(404)


def _full(session: Session, task: Task, topic: str) -> Iterator[FullSession]:
    """Yield the full sessions of a topic; if the step is over, those for which the case waits."""
    full = waiting.full_sessions(session, task.instance_id, topic)
    own = [one for one in waiting.rows_of(session, [task.entity_id]) if one.session.topic == topic]
    found = {one.id: one for one in (*full, *(row.session for row in own))}
    for one in sorted(found.values(), key=lambda one: (one.at, one.id)):
        order = [row.instance_id for row in waiting.of_session(session, one.id)]
        place = order.index(task.instance_id) + 1 if task.instance_id in order else 0
        if place or task.state == "open":
            where = place_words({"place": one.place, "link": one.link})
            yield FullSession(one, TOPICS[topic], where, len(order), place)


def _do(
    session: Session,
    user: User,
    choices: Mapping[str, Task],
    act: Callable[[Session, int, int, int], None],
    done: str,
) -> Answer:
    """Join or leave the list of the session that was posted, and return to the page."""
    number = number_in(request.form.get("sesion", ""))
    row = session.get(InductionSession, number) if number is not None else None
    task = choices.get(row.topic) if row else None
    if row is None or task is None:
        flash(seating.GONE, "warning")
    else:
        try:
            act(session, task.instance_id, row.id, user.id)
        except processes.Refused as reason:
            session.rollback()
            flash(str(reason), "warning")
        else:
            session.commit()
            flash(done, "success")
    return redirect(url_for(".waiting_list", code=this_entity().code), 303)

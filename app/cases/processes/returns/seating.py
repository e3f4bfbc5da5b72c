"""Seats in published sessions that coordinators give, and the lists of those without one.

A coordinator's click answers the step before the session with it: `choose_*` of the entity, or
`schedule_*` of the PCM. Who finds no seat stands on the list of the session, in order of arrival.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import InductionSession, Task, User, WaitingSeat
from app.cases import records
from app.cases.case import Case
from app.cases.processes import acts
from app.cases.processes.case_admin import Refused, running
from app.cases.records.sessions import SessionFull, waiting
from app.cases.records.sessions.waiting import TIMERS
from app.people import access
from forms import steps
from forms.shapes.seats import SeatForm

#: The results of an enrolment.
SEATED, LISTED = "seated", "listed"
GONE = "La sesión ya empezó o se canceló."
FULL = "No quedan cupos en esa sesión."
WAITS = "Ya está en la lista de espera, y todavía no hay un lugar libre para ella."
NO_STEP = "Su paso para elegir o programar la sesión no está abierto."
NOT_LISTED = "Ya no está en esa lista de espera."


def enrol(session: Session, instance_id: int, session_id: int, actor_id: int) -> str:
    """Give a case a seat in a session, or put it on the list. Return which. Raise Refused.

    The coordinator's act answers the step that is open: to choose, or to schedule the session.
    """
    act = running(session, instance_id, actor_id)
    target = ahead(session, session_id, instance_id)
    choose, schedule = waiting.steps_before(target.topic)
    tasks = {task.step: task for task in act.open_rows()}
    task = tasks.get(schedule) or tasks.get(choose)
    if task is None:
        raise Refused(NO_STEP)
    if task.step == schedule and not access.may_answer(session.get(User, actor_id), task):
        raise Refused(f"{scheduled_by(task)}.")
    if _seat(session, task, target, actor_id):
        return SEATED
    if waiting.row_of(session, target.id, instance_id) is not None:
        raise Refused(WAITS)
    _list(act.case, target)
    return LISTED


def give_seat(session: Session, session_id: int, instance_id: int, actor_id: int) -> None:
    """Give a seat to a case on the list of a session. Raise Refused."""
    if waiting.row_of(session, session_id, instance_id) is None:
        raise Refused(NOT_LISTED)
    enrol(session, instance_id, session_id, actor_id)


def join_list(session: Session, instance_id: int, session_id: int, actor_id: int) -> None:
    """Put a case on the list of a full session, for its entity. Raise Refused.

    The step to choose stays open, with its term.
    """
    act = running(session, instance_id, actor_id)
    target = ahead(session, session_id, instance_id)
    choose, _ = waiting.steps_before(target.topic)
    if choose not in {task.step for task in act.open_rows()}:
        raise Refused(NO_STEP)
    if waiting.row_of(session, target.id, instance_id) is not None:
        raise Refused("Ya está en la lista de espera.")
    if target not in waiting.full_sessions(session, instance_id, target.topic):
        raise Refused("Esa sesión tiene un lugar libre: elígela en tu paso.")
    _list(act.case, target)


def leave_list(session: Session, instance_id: int, session_id: int, actor_id: int) -> None:
    """Take a case off the list of a session, for its entity. Raise Refused."""
    act = running(session, instance_id, actor_id)
    row = waiting.row_of(session, session_id, instance_id)
    if row is None:
        raise Refused(NOT_LISTED)
    leave(act.case, row)


def leave(case: Case, row: WaitingSeat) -> None:
    """Delete the row of a case on a list, and log it."""
    _log(case, "session.waiting_left", row.session)
    case.session.delete(row)
    case.session.flush()


def _list(case: Case, target: InductionSession) -> None:
    row = WaitingSeat(session_id=target.id, instance_id=case.instance.id, since_at=calendar.now())
    case.session.add(row)
    _log(case, "session.waiting", target)
    case.session.flush()


def _log(case: Case, kind: str, target: InductionSession) -> None:
    case.log(kind, topic=target.topic, begins_at=target.at.isoformat())


def _seat(session: Session, task: Task, target: InductionSession, actor_id: int) -> bool:
    """Answer the step before a session with it. False if it is full. Raise Refused."""
    form = SeatForm(target.topic, _chosen(target), task.step)
    try:
        with session.begin_nested():
            acts.complete(session, task.id, steps()[task.step], form, actor_id)
    except SessionFull:
        return False
    except (acts.TaskTaken, acts.TermLapsed):
        raise Refused(NO_STEP) from None
    return True


def scheduled_by(task: Task) -> str:
    """Say who schedules the session of a case (Spanish, without a full stop)."""
    return f"Su sesión la programa otra área: {access.lane_title(task.role)}"


def _chosen(target: InductionSession) -> dict[str, Any]:
    return {
        "session": str(target.id),
        "at": target.at.isoformat(),
        "minutes": target.minutes,
        "place": target.place,
        "link": target.link,
    }


def ahead(session: Session, session_id: int, instance_id: int) -> InductionSession:
    """Lock the sessions of a case and one more, which can still be attended. Raise Refused.

    The case must be locked. Return that session, as it is under the lock.
    """
    target = session.get(InductionSession, session_id)
    if target is not None:
        waiting.hold_sessions(session, instance_id, target.topic, session_id)
    if target is None or target.cancelled or target.at <= calendar.now():
        raise Refused(GONE)
    return target


def move_seat(session: Session, instance_id: int, session_id: int, actor_id: int) -> None:
    """Move a case to another session of the same topic; its timer and invitations move too.

    Raise Refused, also if the session has no free seat; then the case keeps its seat.
    """
    act = running(session, instance_id, actor_id)
    target = ahead(session, session_id, instance_id)
    topic = target.topic
    timer = next((t for t in act.engine.waiting() if t.element == TIMERS[topic]), None)
    if timer is None or timer.at <= calendar.now():
        raise Refused("No espera ninguna sesión de ese tema.")
    before = records.read(act.case, f"{topic}_session") or {}
    if before.get("session") == str(target.id):
        raise Refused("Ya tiene cupo en esa sesión.")
    try:
        with session.begin_nested():
            records.write(act.case, f"{topic}_session", _chosen(target))
    except SessionFull:
        raise Refused(FULL) from None
    act.engine.reschedule(TIMERS[topic], target.at)
    new = _chosen(target)
    both = {name: [before.get(name), new[name]] for name in ("at", "minutes", "place", "link")}
    changed = {
        "begins_at" if name == "at" else name: two for name, two in both.items() if two[0] != two[1]
    }
    act.case.log("session.moved", topic=topic, begins_at=new["at"], changed=changed)
    acts.save(act)

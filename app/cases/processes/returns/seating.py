"""Seats in published sessions that coordinators give, and those that wait for them.

A step is answered by a person alone. A coordinator answers `schedule_*`, which is a step of the
PCM, with a published session. An entity that is still to choose gets an offer: a seat is held for
two working days, and the entity accepts it itself. Who finds no seat waits on the list of the
session, in the order of the longest clock; the worker offers the next free seat.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import InductionSession, ProcessInstance, Task, User, WaitingSeat
from app.base.urls import external_url
from app.cases import arrivals, records
from app.cases.case import Case
from app.cases.papers import materials
from app.cases.processes import acts
from app.cases.processes.act import Act
from app.cases.processes.case_admin import Refused, go_back, open_task, running
from app.cases.records.agenda import TOPICS
from app.cases.records.sessions import SessionFull, waiting
from app.cases.records.sessions.waiting import TIMERS
from app.people import access, mail
from app.people.mail import Letter
from forms import steps
from forms.shapes.seats import SeatForm

#: The results of an enrolment.
SEATED, OFFERED, LISTED = "seated", "offered", "listed"
GONE = "La sesión ya empezó o se canceló."
LATE = "El lugar ya no está guardado: venció el plazo para aceptarlo, o la sesión se canceló."
MOVED = "La sesión cambió mientras tanto: mira su nueva fecha antes de aceptar el lugar."
FULL = "No quedan cupos en esa sesión."
STAGE = "induction"
WAITS = "Ya tiene un lugar guardado o está en la lista de espera."
NO_STEP = "Su paso para elegir o programar la sesión no está abierto."


def enrol(session: Session, instance_id: int, session_id: int, actor_id: int) -> str:
    """Give a case a seat in a session, offer it one, or put it on the list. Return which.

    Raise Refused. Where the coordinator's own step is open, this answers it; the step of the entity
    stays open until the entity accepts. A new offer takes the place of one in another session.
    """
    act = running(session, instance_id, actor_id)
    target = ahead(session, session_id, instance_id)
    choose, schedule = waiting.steps_before(target.topic)
    tasks = {task.step: task for task in act.open_rows()}
    if not tasks.keys() & {choose, schedule}:
        raise Refused(NO_STEP)
    if waiting.open_row(session, target.id, instance_id) is not None:
        raise Refused(WAITS)
    if schedule in tasks and _schedule(session, tasks[schedule], target, actor_id):
        return SEATED
    if waiting.hold_seat(session, target.id, in_turn=False):
        waiting.leave(session, instance_id, target.topic, target.id, only_offers=True)
        _offer(act.case, _new_row(act.case, target), target)
        return OFFERED
    _list(act.case, target)
    return LISTED


def join_list(session: Session, instance_id: int, session_id: int, actor_id: int) -> None:
    """Put a case on the list of a full session, for its entity. Raise Refused.

    The step to choose stays open, with its term.
    """
    act = running(session, instance_id, actor_id)
    target = ahead(session, session_id, instance_id)
    choose, _ = waiting.steps_before(target.topic)
    if choose not in {task.step for task in act.open_rows()}:
        raise Refused(NO_STEP)
    if waiting.open_row(session, target.id, instance_id) is not None:
        raise Refused(WAITS)
    if target not in waiting.full_sessions(session, instance_id, target.topic):
        raise Refused("Esa sesión tiene un lugar libre: elígela en tu paso.")
    _list(act.case, target)


def _list(case: Case, target: InductionSession) -> None:
    _new_row(case, target)
    case.session.flush()
    _log(case, "session.waiting", target)
    case.session.flush()


def _new_row(case: Case, target: InductionSession) -> WaitingSeat:
    row = WaitingSeat(
        session_id=target.id,
        instance_id=case.instance.id,
        since_at=calendar.now(),
        by_id=case.actor_id,
    )
    case.session.add(row)
    return row


def _schedule(session: Session, task: Task, target: InductionSession, actor_id: int) -> bool:
    """Answer the coordinator's step with a session. False if it is full. Raise Refused."""
    if not access.may_answer(session.get(User, actor_id), task):
        raise Refused(f"{scheduled_by(task)}.")
    form = SeatForm(target.topic, _chosen(target), "scheduled")
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


# Offers ---------------------------------------------------------------------------------------


def accept_seat(session: Session, row_id: int, actor_id: int, shown_at: str | None = None) -> None:
    """Take the seat that is held for a case: the entity's own answer. Raise Refused.

    If the step to choose has lapsed, the case goes back to it first. `shown_at`: the moment (ISO,
    UTC) of the session that the person saw; if it moved meanwhile, nothing is accepted.
    """
    act, row = _locked(session, row_id, actor_id)
    _must_run(row)
    if shown_at is not None and shown_at != row.session.at.isoformat():
        raise Refused(MOVED)
    act.advance()  # a term that has run out, but was not seen yet
    acts.save(act)
    choose, schedule = waiting.steps_before(row.session.topic)
    opened = {task.step for task in act.open_rows()}
    if choose not in opened:
        if schedule not in opened:
            raise Refused(NO_STEP)
        act.case.came_as = arrivals.ANOTHER_SESSION.id
        go_back(act, choose)
        act.advance()
        acts.save(act)
    task = open_task(act, choose)
    form = SeatForm(row.session.topic, _chosen(row.session), "chosen")
    try:
        acts.complete(session, task.id, steps()[choose], form, actor_id)
    except (acts.TaskTaken, acts.TermLapsed):
        raise Refused(NO_STEP) from None
    except SessionFull:
        raise Refused(LATE) from None


def decline_seat(session: Session, row_id: int, actor_id: int) -> bool:
    """Give a held seat back, for the next case of the list, or leave the list. Raise Refused.

    Return whether a seat was held.
    """
    act, row = _locked(session, row_id, actor_id)
    was_held = row.offered_at is not None
    if was_held:
        _must_run(row)
    elif row.closed_at is not None:
        raise Refused("Ya no estás en esa lista de espera.")
    waiting.close(session, row, "declined" if was_held else "left")
    kind = "session.offer_declined" if was_held else "session.waiting_left"
    _log(act.case, kind, row.session)
    session.flush()
    return was_held


def _locked(session: Session, row_id: int, actor_id: int) -> tuple[Act, WaitingSeat]:
    row = session.get_one(WaitingSeat, row_id)
    act = running(session, row.instance_id, actor_id)
    waiting.hold_sessions(session, row.instance_id, row.session.topic, row.session_id)
    session.refresh(row, with_for_update={"of": WaitingSeat})
    return act, row


def _must_run(row: WaitingSeat) -> None:
    runs = row.closed_at is None and row.offer_ends_at is not None
    if not runs or row.offer_ends_at <= calendar.now() or row.session.cancelled:  # type: ignore[operator]
        raise Refused(LATE)


def offer_next(session: Session, session_id: int) -> bool:
    """Offer a free seat to the case with the longest clock. False if there is nothing to offer.

    False too while another transaction has locked that case: the next tick offers the seat.
    """
    calendar.keep(session)  # before the case is locked, as every act does
    listed = waiting.listed(session_id)
    rows = waiting.in_order(session, session.scalars(listed).all())
    if not rows or not _claim(session, rows[0]):
        return False
    row = session.scalars(
        listed.where(WaitingSeat.id == rows[0].id).with_for_update(of=WaitingSeat)
    ).one_or_none()
    if row is None or not waiting.hold_seat(session, session_id, in_turn=True):
        return False
    _offer(_case(session, row), row, row.session)
    return True


def _claim(session: Session, row: WaitingSeat) -> bool:
    """Lock the case of a row and its sessions. False if another transaction has the case."""
    claimed = session.scalars(
        select(ProcessInstance)
        .where(ProcessInstance.id == row.instance_id)
        .with_for_update(of=ProcessInstance, skip_locked=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if claimed is None:
        return False
    waiting.hold_sessions(session, row.instance_id, row.session.topic, row.session_id)
    return True


def end_wait(session: Session, row_id: int) -> bool:
    """End an offer that has lapsed, or the wait for a session that has begun.

    False if there is nothing to end (any more).
    """
    calendar.keep(session)  # before the case is locked, as every act does
    known = session.get(WaitingSeat, row_id)
    if known is None or not _claim(session, known):
        return False
    row = session.scalars(
        select(WaitingSeat)
        .join(InductionSession)
        .where(WaitingSeat.id == row_id, waiting.is_over(calendar.now()))
        .with_for_update(of=WaitingSeat)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        return False
    was_offered = row.offered_at is not None
    waiting.close(session, row, "lapsed" if was_offered else "over")
    if was_offered:
        _log(_case(session, row), "session.offer_lapsed", row.session)
    return True


def _offer(case: Case, row: WaitingSeat, target: InductionSession) -> None:
    """Note that a seat is held for a case, and write to its people."""
    sending = calendar.calendar_of(case.session, None).next_sending(case.at)
    ends_at = case.calendar.deadline(sending, waiting.OFFER_DAYS)
    row.offered_at, row.offer_ends_at = case.at, min(ends_at, target.at)
    case.session.flush()
    _log(case, "session.offered", target, ends_at=row.offer_ends_at.isoformat())
    write(case, row, target, "offered")


def _log(case: Case, kind: str, target: InductionSession, **data: Any) -> None:
    case.log(kind, topic=target.topic, begins_at=target.at.isoformat(), **data)


def write(case: Case, row: WaitingSeat, target: InductionSession, news: str) -> None:
    """Write to the people who choose for a case: a seat is `offered`, it `moved`, or is `gone`."""
    values = {
        "session": target,
        "topic": TOPICS[target.topic].lower(),
        "news": news,
        "ends_at": row.offer_ends_at,
        "ends_with_session": row.offer_ends_at == target.at,
        "materials": materials.links(case.session, STAGE),
        "url": external_url("correcting.seat", code=case.entity.code, row_id=row.id),
    }
    people = mail.reachable(
        case.session, access.recipients(case.session, "administrator", case.entity)
    )
    for user in people:
        mail.post(case.session, Letter("seat", user.email, values, user=user, entity=case.entity))
    if not people:
        to = case.entity.contact_email
        mail.post(case.session, Letter("seat", to, values, entity=case.entity))


def announce_moved(session: Session, target: InductionSession) -> None:
    """Write to the cases to which a seat is offered that their session moved."""
    for row in _open(session, target):
        if row.offer_ends_at is not None:
            row.offer_ends_at = min(row.offer_ends_at, target.at)
            write(_case(session, row), row, target, "moved")


def withdraw_all(session: Session, target: InductionSession) -> None:
    """Close the list of a cancelled session, and write to the cases that were on it."""
    for row in _open(session, target):
        row.closed_at, row.result = calendar.now(), "withdrawn"
        write(_case(session, row), row, target, "gone")


def _open(session: Session, target: InductionSession) -> list[WaitingSeat]:
    return list(
        session.scalars(
            select(WaitingSeat)
            .where(WaitingSeat.session_id == target.id, waiting.IS_OPEN)
            .order_by(WaitingSeat.id)
            .with_for_update(of=WaitingSeat)
            .execution_options(populate_existing=True)
        )
    )


def _case(session: Session, row: WaitingSeat) -> Case:
    instance = session.get_one(ProcessInstance, row.instance_id)
    return Case(session, instance.entity, instance)

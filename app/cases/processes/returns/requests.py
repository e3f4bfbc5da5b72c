"""Requests of an entity to get a step back, which a coordinator grants or refuses.

A request is a notice to the coordinator in charge. It is made while the PCM has a step open, or
while the case waits after the entity's own step (for a session, for its first day), and ends when
the case goes on. Its task is that step. There is one per process at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import Notice, Task, User
from app.cases import custody, notices
from app.cases.processes.act import Act
from app.cases.processes.case_admin import Refused, hold_open, running, send_back
from app.cases.processes.returns.sessions import TIMERS
from app.people import access, mail
from app.people.mail import Letter
from app.register.facts import open_texts

NOTICE = "return_asked"
#: After these steps the entity chooses another session by itself.
CHOOSE = frozenset(f"choose_{topic}_session" for topic in TIMERS)


def waits_after(tasks: Sequence[Task]) -> Task | None:
    """Return the entity's own step after which an instance with these tasks waits, if it does.

    `tasks`: all tasks of the instance, the oldest first. `app.cases.notices` has the same rule in
    SQL, without the steps about which no request is made.
    """
    path = [one for one in tasks if one.process != "follow_up"]
    if not path or any(one.state == "open" for one in path):
        return None
    last = path[-1]
    own = last.role in access.ENTITY_ROLES and last.process not in custody.SIDE_PROCESSES
    return last if own and last.state == "completed" and last.step not in CHOOSE else None


def is_current(session: Session, task: Task) -> bool:
    """Return whether a return can be requested about a task now, or its request be answered."""
    if task.role not in access.ENTITY_ROLES:
        return task.state == "open"
    if task.instance.ended_at:
        return False
    of_instance = select(Task).where(Task.instance_id == task.instance_id).order_by(Task.id)
    return waits_after(session.scalars(of_instance).all()) is task


def places(session: Session, task: Task) -> list[Task]:
    """Return the entity's answered tasks to which the case can go back from a task, in order.

    The task is one of the PCM, or an answered one of the entity. Corrections within a legal term
    are left out: a legal term is never given twice.
    """
    is_own = task.role in access.ENTITY_ROLES
    if task.process in custody.SIDE_PROCESSES or (is_own and task.state != "completed"):
        return []
    answered = session.scalars(
        select(Task)
        .where(
            Task.instance_id == task.instance_id,
            Task.process == task.process,
            Task.role.in_(access.ENTITY_ROLES),
            Task.state == "completed",
            Task.due_kind != "legal",
        )
        .order_by(Task.id)
    )
    newest = {one.step: one for one in answered}
    return sorted(newest.values(), key=lambda one: one.id)


def newest(session: Session, task: Task) -> Notice | None:
    """Return the newest request that was made about a task, answered or not."""
    return next(iter(of_tasks(session, [task])), None)


def of_tasks(session: Session, tasks: Iterable[Task]) -> list[Notice]:
    """Return the requests that were made about tasks, the newest first."""
    ids = [task.id for task in tasks]
    made = select(Notice).where(Notice.kind == NOTICE, Notice.task_id.in_(ids))
    return list(session.scalars(made.order_by(Notice.id.desc())))


def is_open(session: Session, request: Notice) -> bool:
    """Return whether a request still waits for an answer; False once the case went on."""
    task = request.task
    return request.done_at is None and task is not None and is_current(session, task)


def in_charge(session: Session, task: Task) -> list[User]:
    """Return the coordinators who answer: who is in charge, or all of the party if nobody is."""
    return access.recipients(session, access.reviewing_role(task.stage), task.entity)


def ask(session: Session, task_id: int, element: str, reason: str, actor: User) -> None:
    """Ask to get a step back while a task is current: see `is_current`. Raise Refused."""
    act, task = _hold(session, task_id, actor.id)
    wanted = next((one for one in places(session, task) if one.step == element), None)
    if wanted is None:
        raise Refused("El proceso no puede volver a ese paso.")
    before = newest(session, task)
    if before is not None and is_open(session, before):
        raise Refused("Ya hay un pedido de devolución: espera su respuesta.")
    notices.put(
        session,
        NOTICE,
        str(task.id),
        role=access.reviewing_role(task.stage),
        entity=task.entity,
        task=task,
        name=wanted.name,
        element=element,
        person=actor.full_name,
        person_id=actor.id,
        reason=reason,
    )
    act.case.on_behalf_of = access.on_behalf_of(session, wanted, actor.id)
    act.case.log("return.asked", task=task, name=wanted.name, reason=reason)
    values = {
        "name": wanted.name,
        "person": actor.full_name,
        "reason": open_texts.masked(reason),
        "number": of_tasks(session, [task])[0].id,
    }
    for user in mail.reachable(session, in_charge(session, task)):
        letter = Letter("return_asked", user.email, values, user=user, entity=task.entity)
        mail.post(session, letter)


def _hold(session: Session, task_id: int, actor_id: int) -> tuple[Act, Task]:
    """Lock the process of a task about which a return can be requested. Raise Refused."""
    task = session.get_one(Task, task_id)
    if task.role not in access.ENTITY_ROLES:
        return hold_open(session, task_id, actor_id)
    act = running(session, task.instance_id, actor_id)
    session.refresh(task)
    if not is_current(session, task):
        raise Refused("Mientras tanto, el proceso siguió. Mira en qué está ahora.")
    return act, task


def grant(session: Session, number: int, element: str, comment: str, actor_id: int) -> None:
    """Send the process back to the wanted step, or another one of the entity. Raise Refused."""
    act, request, task = _held(session, number, actor_id)
    wanted = next((one for one in places(session, task) if one.step == element), None)
    if wanted is None:
        raise Refused("El proceso no puede volver a ese paso.")
    send_back(session, task.instance_id, element, comment or request.data["reason"], actor_id)
    _answer(act, request, "granted", comment, wanted.name)


def refuse(session: Session, number: int, comment: str, actor_id: int) -> None:
    """Refuse a request, with the reason. Raise Refused."""
    act, request, _ = _held(session, number, actor_id)
    _answer(act, request, "refused", comment, request.data["name"])


def _held(session: Session, number: int, actor_id: int) -> tuple[Act, Notice, Task]:
    """Lock the process of an open request, so that it is answered once. Raise Refused."""
    request = session.get_one(Notice, number)
    assert request.task is not None  # noqa: S101 - every request has one
    act = running(session, request.task.instance_id, actor_id)
    session.refresh(request)
    session.refresh(request.task)
    if request.done_at is not None:
        raise Refused("El pedido ya tiene respuesta.")
    if not is_current(session, request.task):
        raise Refused("El proceso ya siguió: el pedido quedó sin efecto.")
    return act, request, request.task


def _answer(act: Act, request: Notice, answer: str, comment: str, name: str) -> None:
    """Close a request with its answer, log it, and write to the person who made it."""
    session, case = act.session, act.case
    request.data = {**request.data, "answer": answer, "comment": comment}
    request.done_at, request.done_by_id = calendar.now(), case.actor_id
    session.flush()
    case.log(f"return.{answer}", task=request.task, name=name, reason=comment)
    asker = session.get_one(User, request.data["person_id"])
    values = {"name": name, "answer": answer, "comment": open_texts.masked(comment)}
    letter = Letter("return_answered", asker.email, values, user=asker, entity=case.entity)
    mail.post(session, letter)

"""Who has a task: a user takes it, returns it to the lane, or gives it to a colleague by name.

A task that nobody has is in the pool of its lane. Having one gives no right: everyone in the lane
may answer it. No act here loads an instance.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, joinedload

from app.base import audit_log, calendar, db
from app.base.models import GivenTask, Mail, Task, User
from app.cases.processes.case_admin import Refused
from app.people import access, mail
from app.people.access import duties
from app.people.access.rules import COORDINATORS
from app.people.mail import Letter
from app.register.facts import open_texts

#: The kind of the mail, how long it waits for more tasks, and the most tasks that it names.
KIND = "task_given"
GATHERING = timedelta(minutes=5)
NAMED = 20
#: A task is given this long before its mail is written, at most.
A_MOMENT = timedelta(seconds=1)


def _hold(session: Session, task: Task, *people: User) -> None:
    """Lock a task, and the roles of these people, as they are now."""
    db.in_turn(session, "roles")  # not while one of them is being deactivated
    session.refresh(task, with_for_update={"of": Task})
    for user in people:
        session.refresh(user)


def _may_act_for_holder(session: Session, task: Task, user: User) -> None:
    """Raise Refused if another user has the task and the user may not act in their place.

    A holder who must not decide the task, or is replaced by the user today, stops nobody.
    """
    holder = task.assignee
    if holder is None or holder.id == user.id or duties.bars(session, task, holder.id):
        return
    if holder.id not in session.scalars(access.absences.acting_for(user, calendar.today())).all():
        text = f"La tarea la tiene {holder.full_name}. Pídele que la devuelva a la bandeja."
        raise Refused(text)


def _must_still_answer(user: User, task: Task) -> None:
    """Raise Refused if the user has lost the task's lane since their page was opened."""
    if not access.may_answer(user, task):
        raise Refused("Ya no puedes responder esta tarea.")


def take(session: Session, task: Task, user: User) -> bool:
    """Assign a task to a user; False if it was theirs, or is closed.

    Raise Refused if another user has it or the user may not answer it any more, Barred if the user
    must not decide it.
    """
    _hold(session, task, user)
    _must_still_answer(user, task)
    duties.must_be_free(session, task, user.id)
    _may_act_for_holder(session, task, user)
    if task.state != "open" or task.assignee_id == user.id:
        return False
    task.assignee_id = user.id
    _forget_giver(session, task)
    audit_log.about(session, "task.assigned", task, user.id)
    return True


def put_back(session: Session, task: Task, user: User) -> bool:
    """Return a task to its lane; False if nobody had it, or it is closed.

    Raise Refused if another user has it, or the user may not answer it any more.
    """
    _hold(session, task, user)
    _must_still_answer(user, task)
    _may_act_for_holder(session, task, user)
    if task.state != "open" or task.assignee_id is None:
        return False
    task.assignee_id = None
    _forget_giver(session, task)
    audit_log.about(session, "task.unassigned", task, user.id)
    return True


def _forget_giver(session: Session, task: Task) -> None:
    session.execute(delete(GivenTask).where(GivenTask.task_id == task.id))


def may_give(user: User | None, task: Task) -> bool:
    """Return whether a user may give a task (open or not) to a colleague: a coordinator of it."""
    return task.role in COORDINATORS and access.may_answer(user, task)


def colleagues(session: Session, task: Task, by: User) -> list[User]:
    """Return the colleagues who can get a task from a user, by name.

    They are the others of its lane who are on duty today, may decide it, and do not have it.
    """
    return [
        user
        for user in duties.Watch.of(session, [task]).free(task)
        if user.id not in (by.id, task.assignee_id) and access.may_answer(user, task)
    ]


def give(session: Session, task: Task, to: User, reason: str, by: User) -> None:
    """Give a task to a colleague, who gets a mail with the reason; the log has both. Flush only.

    Raise Refused, with the reason in Spanish.
    """
    _hold(session, task, to, by)
    if task.state != "open":
        raise Refused("La tarea ya se cerró.")
    if not may_give(by, task):
        raise Refused("Ya no puedes dar esta tarea.")
    if task.assignee_id == to.id:
        raise Refused(f"La tarea ya la tiene {to.full_name}.")
    _may_act_for_holder(session, task, by)
    if to.id not in {user.id for user in colleagues(session, task, by)}:
        raise Refused(f"{to.full_name} no puede responder hoy esta tarea.")
    task.assignee_id = to.id
    _forget_giver(session, task)
    now = calendar.now()
    given = GivenTask(task_id=task.id, by_id=by.id, to_id=to.id, reason=reason, at=now)
    session.add(given)
    said = {"to_id": to.id, "to": to.full_name, "reason": reason}
    audit_log.about(session, "task.given", task, by.id, **said)
    session.flush()
    if mail.reachable(session, [to]):
        _write(session, to, now)


def _write(session: Session, to: User, now: datetime) -> None:
    """Write to a colleague about the tasks that they were given, in one mail while it waits.

    It waits for some minutes, so that tasks that are given one after the other share a mail.
    """
    waiting = session.scalars(
        select(Mail)
        .where(Mail.kind == KIND, Mail.state == "waiting", Mail.user_id == to.id)
        .where(Mail.not_before_at > now)
        .with_for_update(skip_locked=True)
        .limit(1)
    ).first()
    since = waiting.created_at - A_MOMENT if waiting else now
    given = (GivenTask.to_id == to.id, GivenTask.at >= since)
    listed = session.execute(
        select(GivenTask, Task)
        .join(Task, Task.id == GivenTask.task_id)
        .where(*given)
        .options(joinedload(Task.entity), joinedload(GivenTask.by).lazyload(User.grants))
        .order_by(GivenTask.at.desc(), GivenTask.task_id)
        .limit(NAMED)
    ).all()
    count = session.scalars(select(func.count()).select_from(GivenTask).where(*given)).one()
    said = [(one.by, open_texts.masked(one.reason), task) for one, task in listed]
    letter = Letter(KIND, to.email, {"given": said, "count": count}, user=to)
    if waiting:
        waiting.subject, waiting.body = mail.render(letter)
    else:
        later = calendar.calendar_of(session, None).next_sending(now + GATHERING)
        mail.post(session, letter, not_before=later)
    session.flush()

"""A reminder that a coordinator sends now, outside the ladder."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.base import audit_log, calendar, formatting
from app.base.db.membership import among
from app.base.models import Mail, Reminder, Task
from app.cases.reminders.digest import compose, mail_of
from app.cases.reminders.holds import Holds, Refused
from app.cases.reminders.people import People, Recipient, dead_addresses, party_of
from app.cases.reminders.reminder_log import enter, lane_word, row_of, rows_with_tasks, state_of

#: At most one per task in this time.
REST = timedelta(hours=4)


def send_now(session: Session, task: Task, actor_id: int) -> str:
    """Remind the people of a task's lane by a separate mail; return when it is sent (Spanish).

    That is now, or in the next hour of sending. Holds do not apply, because a coordinator requests
    it; people who are muted or want no reminders get none. Raise Refused.
    """
    session.refresh(task, with_for_update={"of": Task})
    now = calendar.now()
    if why := refusal(session, task):
        raise Refused(why)
    if task.due_at is None:
        raise LookupError(f"task {task.id} has no date")
    people = People(session, [task.entity])
    rows = _entered(session, task, task.due_at, now, actor_id, _reached(people, task))
    waiting = [row for row in rows if row.state == "waiting"]
    if not waiting:
        raise Refused("No hay a quién escribirle: nadie en este paso recibe recordatorios.")
    at = calendar.calendar_of(session, None).next_sending(now)
    for person, digest in compose(session, waiting, calendar.today(), people).items():
        one = Mail(**mail_of(digest, None), not_before_at=at)
        session.add(one)
        session.flush()
        for row in waiting:
            if row.person == person:
                row.state, row.mail_id = "mailed", one.id
    audit_log.about(session, "reminders.sent_now", task, actor_id)
    session.flush()
    if at == now:
        return "El recordatorio sale ahora."
    return f"El recordatorio saldrá el {formatting.weekday(at)}, a las {formatting.hour(at)}."


def refusal(session: Session, task: Task) -> str:
    """Return why the people of a task cannot be reminded now (Spanish); "" if they can."""
    return refusals(session, [task])[task.id]


def refusals(session: Session, tasks: Collection[Task]) -> dict[int, str]:
    """Return the same for many tasks, by id, in one statement."""
    newest = (
        select(Reminder.task_id, func.max(Reminder.created_at).label("last"))
        .where(
            among(Reminder.task_id, [task.id for task in tasks]), Reminder.rung.startswith("now ")
        )
        .group_by(Reminder.task_id)
    )
    last = {row.task_id: row.last for row in session.execute(newest)}
    return {task.id: _refusal(task, last.get(task.id)) for task in tasks}


def _refusal(task: Task, last: datetime | None) -> str:
    if task.state != "open":
        return "El paso ya no está abierto."
    if task.due_at is None or task.instance.status != "running":
        return "El plazo de este paso no corre ahora: no hay qué recordar."
    if last is not None and calendar.now() < last + REST:
        return (
            f"Ya se envió un recordatorio de este paso a las {formatting.hour(last)}. "
            f"Podrás enviar otro desde las {formatting.hour(last + REST)}."
        )
    return ""


def _entered(
    session: Session,
    task: Task,
    due_at: datetime,
    now: datetime,
    actor_id: int,
    reached: Sequence[Recipient],
) -> list[Reminder]:
    """Return the rows of the lane's people, as they are in the reminder log now."""
    rung = f"now {now.astimezone(UTC).isoformat(timespec='microseconds').replace('+00:00', 'Z')}"
    dead = dead_addresses(session, reached)
    muted = Holds.standing(session).muted(calendar.today())
    rows = [
        row_of(task, due_at, rung, "reminder_now", one, state_of(one, dead, muted))
        for one in reached
    ]
    enter(session, [row | {"by_id": actor_id} for row in rows])
    return list(rows_with_tasks(session, Reminder.task_id == task.id, Reminder.rung == rung))


def _reached(people: People, task: Task) -> Sequence[Recipient]:
    """Return the lane's people; while an entity has none there, the substitutes."""
    day = calendar.today()
    lane = people.recipients(task, (lane_word(task),), day)
    if party_of(task) == "pcm" or any(one.person for one in lane):
        return lane
    return people.recipients(task, ("alternate",), day)

"""How a task is told on pages: its name, whose it is, its state in words, its date."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, case, select
from sqlalchemy.orm import Session

import forms
from app.base import calendar, formatting
from app.base.models import Draft, Entity, ExtensionRequest, ProcessInstance, Task, User
from app.cases import arrivals, status
from app.people import access

#: The date of a task that is joined to its instance; null while that is suspended.
RUNS_TO: ColumnElement[datetime | None] = case(
    (ProcessInstance.status != "suspended", Task.due_at), else_=None
)


@dataclass(frozen=True)
class Shown:
    """A task as templates take it; `url` is empty where its reader may not answer it,
    `extend_url` where its reader may not give it more time, or nobody may; `notify_url` where no
    notice on paper is to be noted; `remind_url` where its people cannot be reminded by hand;
    `dictate_url` where its reader may not enter what the entity dictates."""

    name: str
    heading: str
    url: str
    extend_url: str
    notify_url: str
    remind_url: str
    dictate_url: str
    entity: Entity
    who: str
    state: str
    assignee_name: str
    #: The assignee is away, and the reader stands in.
    replaced: bool
    #: How it came, in a few words; "" in the ordinary course.
    came: str
    due_in: int | None
    due_on: date | None
    due_kind: str
    #: What to say where it has no date; "" where it has.
    no_date: str
    #: How its date comes about.
    why: str


def show(
    session: Session,
    task: Task,
    user: User | None,
    drafts: Collection[int],
    at: datetime,
    replaced: Collection[int] = (),
    why: str = "",
) -> Shown:
    """A task for a reader; `drafts` are the ids of tasks that have a draft, `replaced` those of
    the people for whom the reader stands in; `why` is its term's sentence (`tasks.why`)."""
    due_in, due_on = due(session, task, at)
    return Shown(
        name=task.name,
        heading=forms.steps()[task.step].form.heading or task.name,
        url=f"/tareas/{task.id}" if access.may_answer(user, task) else "",
        extend_url=_extend_url(task, user),
        notify_url=_notify_url(task, user),
        remind_url=_remind_url(task, user),
        dictate_url=_dictate_url(task, user),
        entity=task.entity,
        who=access.lane_title(task.role),
        state=status.state_of(task, has_draft=task.id in drafts),
        assignee_name=task.assignee.full_name if task.assignee else "",
        replaced=task.assignee_id in replaced,
        came=arrivals.of(task.came_as).brief,
        due_in=due_in,
        due_on=due_on,
        due_kind=task.due_kind,
        no_date=_no_date(task, at) if due_on is None else "",
        why=why,
    )


def _extend_url(task: Task, user: User | None) -> str:
    runs = task.instance.status == "running" and task.due_at is not None
    if not runs or task.due_kind == "legal" or not access.may(user, "send_back", task.entity):
        return ""
    return f"{task.entity.url}/tareas/{task.id}/ampliar"


def _remind_url(task: Task, user: User | None) -> str:
    runs = task.instance.status == "running" and task.due_at is not None
    if not runs or not access.may(user, "manage_reminders", task.entity):
        return ""
    return f"/recordatorios/tareas/{task.id}/enviar"


def _dictate_url(task: Task, user: User | None) -> str:
    runs = task.instance.status == "running"
    if not (runs and forms.steps()[task.step].form.dictated and access.may_enter_for(user, task)):
        return ""
    return f"/encargos/{task.id}"


def _notify_url(task: Task, user: User | None) -> str:
    runs = task.instance.status == "running"
    waits = runs and status.is_to_be_notified(task)
    if not waits or not access.may(user, "send_back", task.entity):
        return ""
    return f"{task.entity.url}/tareas/{task.id}/notificar"


def _no_date(task: Task, at: datetime) -> str:
    """What to say of a task without a date that runs."""
    if task.instance.status == "suspended":
        return "El proceso está suspendido"
    if task.paused_days is not None:
        return "Plazo detenido"
    if status.is_to_be_notified(task):
        return calendar.notice_said(task, at) or "Falta notificar"
    return "Sin plazo"


def due(session: Session, task: Task, at: datetime) -> tuple[int | None, date | None]:
    """Working days left (0 on the last day, negative when late) and the last day, as `telling`."""
    return status.due(task, calendar.calendar_of(session, task.entity), at)


def drafts_of(session: Session, tasks: Collection[Task]) -> set[int]:
    """Ids of those tasks that have a draft."""
    ids = [task.id for task in tasks]
    return set(session.scalars(select(Draft.task_id).where(Draft.task_id.in_(ids))))


def request_said(asked: ExtensionRequest, reader: User) -> str:
    """What became of a request for more time, in a sentence."""
    days = formatting.plural(asked.working_days, "día hábil", "días hábiles")
    who = "Pediste" if asked.asked_by_id == reader.id else f"{asked.asked_by.full_name} pidió"
    what = f"{who} {days} más el {formatting.day(asked.asked_at)}"
    comment = f": «{asked.comment}»" if asked.comment else "."
    if asked.answer == "granted":
        return f"{what} y el coordinador amplió el plazo{comment}"
    if asked.answer == "refused":
        return f"{what} y el coordinador no lo amplió{comment}"
    return f"{what}. El coordinador todavía no responde; mientras tanto, el plazo sigue corriendo."

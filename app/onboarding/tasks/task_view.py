"""A task as pages show it: its name, its holder, its state, its date, and the possible acts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import url_for
from sqlalchemy import ColumnElement, case, select
from sqlalchemy.orm import Session, contains_eager, joinedload

import forms
from app.base import calendar, formatting
from app.base.db.membership import among
from app.base.models import (
    Draft,
    Entity,
    ExtensionRequest,
    Notice,
    ProcessInstance,
    Task,
    User,
)
from app.cases import arrivals, status
from app.cases.processes.returns import requests
from app.people import access
from app.register.facts import open_texts

#: The date of a task that is joined to its instance; null while that is suspended.
RUNS_TO: ColumnElement[datetime | None] = case(
    (ProcessInstance.status != "suspended", Task.due_at), else_=None
)
#: The order of tasks that are joined to their instances: the earliest date first.
BY_DATE = (RUNS_TO.is_(None), RUNS_TO, Task.id)


def in_order(session: Session, ids: Sequence[int]) -> list[Task]:
    """Return tasks in the order of their ids, with their entity, assignee and instance.

    A list finds its ids first, because a database sorts them faster than whole rows.
    """
    found = session.scalars(
        select(Task)
        .join(Task.instance)
        .where(among(Task.id, ids))
        .options(joinedload(Task.entity), joinedload(Task.assignee), contains_eager(Task.instance))
    )
    place = {one: number for number, one in enumerate(ids)}
    return sorted(found, key=lambda task: place[task.id])


@dataclass(frozen=True)
class TaskView:
    """A task as templates take it. An address is empty where the reader may not go there, or where
    there is nothing to do: `url` answers the task ("" while its process is suspended, and where the
    separation of duties bars the reader), `extend_url` gives it more time, `notify_url`
    notes a notice on paper, `remind_url` reminds its people manually, `dictate_url` enters what
    the entity dictates."""

    id: int
    name: str
    heading: str
    url: str
    extend_url: str
    notify_url: str
    remind_url: str
    dictate_url: str
    entity: Entity
    #: The people who answer it: the title of its lane.
    who: str
    state: str
    assignee_name: str
    #: True while the reader stands in for its assignee, who is away.
    replaced: bool
    #: How it came, in a few words; "" in the ordinary course.
    came: str
    due_in: int | None
    due_on: date | None
    due_kind: str
    #: The text to show instead of a date; "" if it has a date.
    no_date: str
    #: How its date comes about.
    why: str


def view(
    session: Session,
    task: Task,
    user: User | None,
    drafts: Collection[int],
    at: datetime,
    replaced: Collection[int] = (),
    why: str = "",
    barred: Collection[int] = (),
) -> TaskView:
    """Return the view of a task for a reader.

    `drafts`: ids of the tasks that have a draft; `replaced`: ids of the people that the reader
    stands in for; `why`: the sentence of its term (`tasks.why`); `barred`: ids of the tasks from
    which the reader is barred (`duties.barred_among`).
    """
    due_in, due_on = due(session, task, at)
    dated = (runs := task.instance.status == "running") and task.due_at is not None
    sends_back = access.may(user, "send_back", task.entity)
    extendable = dated and task.due_kind != "legal" and sends_back
    to_notify = runs and status.is_to_be_notified(task) and sends_back
    remindable = dated and access.may(user, "manage_reminders", task.entity)
    form = forms.steps()[task.step].form
    dictated = runs and form.dictated and access.may_enter_for(user, task)

    def url(endpoint: str, allowed: bool, **values: Any) -> str:
        return url_for(endpoint, task_id=task.id, **values) if allowed else ""

    answerable = runs and task.id not in barred and access.may_answer(user, task)
    return TaskView(
        id=task.id,
        name=task.name,
        heading=form.heading or task.name,
        url=url("tasks.open_step", answerable),
        extend_url=url("care.extend", extendable, code=task.entity.code),
        notify_url=url("notification.note", to_notify, code=task.entity.code),
        remind_url=url("ledger.send_now", remindable),
        dictate_url=url("dictation.begin", dictated),
        entity=task.entity,
        who=access.lane_title(task.role),
        state=status.state_of(task, has_draft=task.id in drafts),
        assignee_name=task.assignee.full_name if task.assignee else "",
        replaced=task.assignee_id in replaced,
        came=arrivals.of(task.came_as).brief,
        due_in=due_in,
        due_on=due_on,
        due_kind=task.due_kind,
        no_date="" if due_on else _no_date(task, at),
        why=why,
    )


def _no_date(task: Task, at: datetime) -> str:
    """Return what to show of a task that has no running date."""
    if task.instance.status == "suspended":
        return "El proceso está suspendido"
    if task.paused_days is not None:
        return "Plazo detenido"
    if status.is_to_be_notified(task):
        return calendar.notice_said(task, at) or "Falta notificar"
    return "Sin plazo"


def due(session: Session, task: Task, at: datetime) -> tuple[int | None, date | None]:
    """Return the working days left (0 on the last day, negative when late) and the last day, as
    `status.due` does with the entity's calendar."""
    return status.due(task, calendar.calendar_of(session, task.entity), at)


def drafts_of(session: Session, tasks: Collection[Task]) -> set[int]:
    """Return the ids of the tasks that have a draft."""
    ids = [task.id for task in tasks]
    return set(session.scalars(select(Draft.task_id).where(Draft.task_id.in_(ids))))


def request_text(request: ExtensionRequest, reader: User) -> str:
    """Return a sentence about a request for more time and its answer."""
    days = formatting.plural(request.working_days, "día hábil", "días hábiles")
    who = "Pediste" if request.asked_by_id == reader.id else f"{request.requester.full_name} pidió"
    what = f"{who} {days} más el {formatting.day(request.asked_at)}"
    comment = f": «{request.comment}»" if request.comment else "."
    if request.answer == "granted":
        return f"{what} y el coordinador amplió el plazo{comment}"
    if request.answer == "refused":
        return f"{what} y el coordinador no lo amplió{comment}"
    return f"{what}. El coordinador todavía no responde; mientras tanto, el plazo sigue corriendo."


@dataclass(frozen=True)
class ReturnRequest:
    """A request of the entity to get a step back: who asks for what, and why."""

    name: str
    person: str
    reason: str
    #: "" while it waits; granted, refused.
    answer: str
    comment: str
    #: The page that answers it, "" for readers who may not.
    url: str

    @classmethod
    def of(cls, notice: Notice, *, may_answer: bool) -> ReturnRequest:
        """Return a request as readers see it. Other people's data in its texts are masked."""
        url, data = "", notice.data
        if may_answer and notice.entity:
            url = url_for("correcting.resolve", code=notice.entity.code, number=notice.id)
        reason, comment = map(open_texts.masked, (data["reason"], data.get("comment", "")))
        return cls(data["name"], data["person"], reason, data.get("answer", ""), comment, url)


def return_request(session: Session, task: Task, reader: User) -> ReturnRequest | None:
    """Return the request that waits for an answer while the PCM has a task; None without one."""
    if task.role in access.ENTITY_ROLES or not access.may(reader, "see_history", task.entity):
        return None
    request = requests.newest(session, task)
    if request is None or not requests.is_open(session, request):
        return None
    return ReturnRequest.of(request, may_answer=access.may(reader, "send_back"))

"""What reminders are about: a task, or a question that waits for the PCM.

A question is reminded of as a task of its party is: by the same ladder, log, digests and holds.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_
from sqlalchemy.orm import joinedload
from sqlalchemy.sql.base import ExecutableOption

from app.base import calendar
from app.base.calendar import Calendar
from app.base.models import Entity, ProcessInstance, Question, Reminder, Task
from app.register.facts import open_texts

Subject = Task | Question

#: The stage of a task, or of the step of a question; "" for a question on none.
STAGE: ColumnElement[str] = func.coalesce(Task.stage, "")


def joined(query: Select[Any]) -> Select[Any]:
    """Join Reminder with its entity, and with the task that it or its question is about."""
    return (
        query.outerjoin(Reminder.question)
        .outerjoin(Task, Task.id == func.coalesce(Reminder.task_id, Question.task_id))
        .outerjoin(ProcessInstance, ProcessInstance.id == Task.instance_id)
        .join(Entity, Entity.id == func.coalesce(Question.entity_id, Task.entity_id))
    )


def is_not_suspended() -> ColumnElement[bool]:
    """Return the condition on rows of `joined`: no case is suspended; a question never is."""
    return or_(Reminder.question_id.is_not(None), ProcessInstance.status != "suspended")


def loaded() -> list[ExecutableOption]:
    """Return the options that load what rows of the reminder log are about."""
    task, question = joinedload(Reminder.task), joinedload(Reminder.question)
    return [
        task.options(joinedload(Task.entity), joinedload(Task.instance)),
        question.options(joinedload(Question.entity), joinedload(Question.task)),
    ]


def key_of(about: Subject) -> tuple[str, int]:
    """Return what identifies a subject among tasks and questions."""
    return ("task" if isinstance(about, Task) else "question", about.id)


def name_of(about: Subject) -> str:
    """Return the name in mails and lists; document numbers in a question's are masked."""
    if isinstance(about, Task):
        return about.name
    return f"Responder la consulta «{open_texts.masked(about.subject)}»"


def stage_of(about: Subject) -> str:
    """Return the stage of a task, or of the step of a question; "" for a question on none."""
    task = about if isinstance(about, Task) else about.task
    return task.stage if task else ""


def is_open(about: Subject) -> bool:
    """Return whether it still waits for an answer."""
    return about.state == ("open" if isinstance(about, Task) else "waiting")


def is_suspended(about: Subject) -> bool:
    """Return whether the case of a task is suspended; the term of a question goes on."""
    return isinstance(about, Task) and about.instance.status == "suspended"


def is_running(about: Subject) -> bool:
    """Return whether the case of a task is running; the term of a question always is."""
    return isinstance(about, Question) or about.instance.status == "running"


def came_on(about: Subject, working: Calendar) -> date:
    """Return the working day on which it came to its people; a legal term: was notified.

    A task that came back and continues its term came when they first had it.
    """
    if isinstance(about, Question):
        return working.on_or_after(calendar.lima_day(about.waiting_since_at))
    if about.due_kind == "legal" and about.counted_on is not None:
        return about.counted_on
    return working.on_or_after(about.had_since_on or calendar.lima_day(about.opened_at))


def has_own_mail(about: Subject) -> bool:
    """Return whether a separate mail says that it came: of legal terms, and of questions."""
    return isinstance(about, Question) or about.due_kind == "legal"

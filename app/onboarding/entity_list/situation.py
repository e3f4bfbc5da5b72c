"""The standing of entities, in SQL: the conditions and values of filters and orders.

`Standing` computes the same for a row that was read; a test compares the two.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    Subquery,
    and_,
    case,
    func,
    null,
    or_,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

import forms
from app.base import calendar
from app.base.models import Draft, Entity, ProcessInstance, Question, Task
from app.cases import arrivals
from app.cases.custody import RECEPTION, SIDE_PROCESSES
from app.cases.status import LOUDEST, REVIEWS
from app.onboarding.entity_list.standing import Window
from app.people.access.rules import OPEN
from workflows.paths import SetDay

#: The onboarding that says where an entity stands: the newest.
Here = aliased(ProcessInstance, name="here")
Later = aliased(ProcessInstance, name="later")
Last = aliased(Task, name="last")

#: Steps in which a coordinator reviews something and decides.
LOOKED_AT = tuple(sorted(step for step in forms.steps() if step.startswith(REVIEWS)))


def begun() -> Select[int]:
    """Select the ids of entities with an onboarding."""
    return select(ProcessInstance.entity_id).where(ProcessInstance.process == "onboarding")


def is_extinct() -> ColumnElement[bool]:
    """Return the condition on Entity: a norm ended it. Such an entity is not active."""
    return Entity.extinct_on.is_not(None)


def newest() -> ColumnElement[bool]:
    """Return the condition on Here: the newest onboarding of its entity."""
    later = select(Later.id).where(
        Later.entity_id == Here.entity_id,
        Later.process == "onboarding",
        Later.id > Here.id,
    )
    return and_(Here.process == "onboarding", ~later.correlate(Here).exists())


def joined() -> ColumnElement[bool]:
    """Return the condition of the outer join of Entity and Here."""
    return and_(Here.entity_id == Entity.id, newest())


def of_path() -> ColumnElement[bool]:
    """Return the condition on Task: open, and on the path of Here."""
    return and_(
        Task.state == OPEN,
        Task.entity_id == Here.entity_id,
        Task.instance_id == Here.id,
        Task.process.not_in(sorted(SIDE_PROCESSES)),
    )


def waits_for(timer: SetDay, stage: str) -> ColumnElement[bool]:
    """Return the condition on Here: it waits for a day in a stage, as `app.cases.status` does."""
    newest_around = (
        select(func.max(Last.id))
        .where(
            Last.instance_id == Here.id,
            Last.stage == stage,
            Last.step.in_(sorted(timer.before | timer.after)),
            Last.state != "cancelled",
        )
        .correlate(Here)
        .scalar_subquery()
    )
    answered = select(Task.id).where(
        Task.id == newest_around, Task.state == "completed", Task.step.in_(sorted(timer.before))
    )
    return and_(Here.ended_at.is_(None), Here.stage == stage, answered.correlate(Here).exists())


def dated() -> Select[int]:
    """Select entity ids by open tasks with a running date, on the path or in side processes."""
    return (
        select(Task.entity_id)
        .join(Task.instance)
        .where(Task.state == OPEN, ProcessInstance.status != "suspended")
    )


def dated_questions() -> Select[int]:
    """Select entity ids by questions that wait for the PCM: these have a running date too."""
    return select(Question.entity_id).where(Question.state == "waiting")


def has_due(dates: Window) -> ColumnElement[bool]:
    """Return the condition on Entity: a task or a question has a running date in a window."""
    return or_(
        Entity.id.in_(dated().where(*due_within(Task.due_at, dates))),
        Entity.id.in_(dated_questions().where(*due_within(Question.due_at, dates))),
    )


def window(session: Session, when: str) -> Window:
    """Return the window of dates of a URL value of `plazo`.

    "Since yesterday": since the last working day of the PCM before today began.
    """
    now, today = calendar.now(), calendar.today()
    if when == "hoy":
        return now, calendar.end_of(today)
    if when == "semana":
        return now, calendar.end_of(today + timedelta(days=7))
    if when == "desde-ayer":
        return calendar.midnight(calendar.calendar_of(session, None).before(today)), now
    return None, now


def due_within(
    date: InstrumentedAttribute[datetime | None], dates: Window
) -> list[ColumnElement[bool]]:
    """Return the conditions on the date of tasks or questions: it is within a window."""
    after, until = dates
    found = [] if until is None else [date <= until]
    return found if after is None else [*found, date > after]


def first_dues(dates: Window) -> tuple[Subquery, Subquery]:
    """Return the earliest dates within a window, of open tasks and of questions that wait.

    Both have a row (`entity_id`, `at`) for each entity that has such a date. They are to be joined:
    all dates together are found sooner than those of one entity after the other.
    """
    tasks = dated().where(*due_within(Task.due_at, dates)).group_by(Task.entity_id)
    questions = dated_questions().where(*due_within(Question.due_at, dates))
    questions = questions.group_by(Question.entity_id)
    return (
        tasks.add_columns(func.min(Task.due_at).label("at")).subquery(),
        questions.add_columns(func.min(Question.due_at).label("at")).subquery(),
    )


def state() -> ColumnElement[str]:
    """Return the state of Here: an id of `app.base.formatting.STATES`; null without Here."""
    return case(
        (Here.id.is_(None), null()),
        (Here.status == "suspended", "suspended"),
        (Here.status == "cancelled", "cancelled"),
        (and_(Here.ended_at.is_not(None), Here.end_name == "No corresponde"), "out_of_scope"),
        (Here.ended_at.is_not(None), "accepted"),
        else_=case(
            dict(enumerate(LOUDEST)),
            value=_loudest(),
            else_=case((Here.holder == "date", "awaiting_date"), else_="pending"),
        ),
    )


def _loudest() -> ScalarSelect[int]:
    """Return the lowest place in LOUDEST of the states of open tasks on the path of Here.

    The states are those of `app.cases.status.state_of`.
    """
    place = {name: number for number, name in enumerate(LOUDEST)}
    of_task = case(
        (Task.paused_days.is_not(None), place["awaiting_date"]),
        (Draft.task_id.is_not(None), place["draft"]),
        (Task.step.in_(RECEPTION), place["filed"]),
        (Task.step.in_(LOOKED_AT), place["in_review"]),
        *(
            (Task.came_as.in_(arrivals.ids_with(state)), place[state])
            for state in sorted({one.state for one in arrivals.ARRIVALS.values()} - {"pending"})
        ),
        else_=place["pending"],
    )
    return (
        select(func.min(of_task))
        .select_from(Task)
        .outerjoin(Draft, Draft.task_id == Task.id)
        .where(of_path())
        .correlate(Here)
        .scalar_subquery()
    )

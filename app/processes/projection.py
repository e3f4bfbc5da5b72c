"""Writes what happened in an act to the rows that pages read: tasks, log, where it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import func, select

import forms
from app import access, calendar, mail, records
from app.access.grants import redesignation_is_open
from app.mail import Letter
from app.models import Incident, PlannedStart, Task
from app.processes.act import Act
from workflows.journal import Happening

#: Writes what happened; returns the task that it opened, to be announced.
Writer = Callable[[Act, Happening], Task | None]

#: After the onboarding, and after each cycle, roster and decision-makers are asked again.
UPKEEP_EVERY = timedelta(days=90)
#: Where a timer waits that stands still: far enough that only resuming brings it back.
STANDSTILL = timedelta(days=3650)

LAPSE_REASON = (
    "Venció el plazo para subsanar. La presentación se tiene por no presentada; la obligación "
    "continúa. Lo que escribiste se conserva: revísalo y vuelve a presentar."
)


def save(act: Act) -> None:
    """Writes state, tasks, log and moments; flushes, so that a lost race fails here."""
    with act.session.no_autoflush:
        opened = [
            task
            for happening in act.engine.happenings()
            if (task := WRITERS[happening.kind](act, happening))
        ]
        _carry_out_starts(act)
        act.row.wake_at = wake_at(act)
        act.row.state = act.engine.dump()
    act.session.flush()
    for task in opened:
        _announce(act, task)
    act.session.flush()


def wake_at(act: Act) -> datetime | None:
    """The earliest timer or next try of an incident; none while suspended or after the end."""
    if act.row.status != "running":
        return None
    timer = act.engine.wake_at()
    retry = act.session.scalar(
        select(func.min(Incident.next_try_at)).where(
            Incident.instance_id == act.row.id, Incident.resolved_at.is_(None)
        )
    )
    return min((moment for moment in (timer, retry) if moment), default=None)


# One writer per kind of happening -------------------------------------------------------------


def _opened(act: Act, happening: Happening) -> Task | None:
    if happening.task_id:
        return _open_task(act, happening)
    if happening.stage:
        act.row.stage = happening.stage
        act.row.stage_since_at = calendar.now()
        act.case.log("stage.entered", stage=happening.stage, name=happening.name)
    return None


def _open_task(act: Act, happening: Happening) -> Task:
    drawn = act.definition.user_tasks[happening.element]
    deadline = act.deadline(happening.element)
    task = Task(
        instance_id=act.row.id,
        entity_id=act.row.entity_id,
        engine_id=happening.task_id,
        step=happening.element,
        name=drawn.name,
        role=access.LANES[drawn.lane],
        process=drawn.process,
        stage=happening.stage,
        opened_at=calendar.now(),
        due_at=deadline.at,
        due_kind=deadline.kind,
        due_basis=deadline.basis,
        reason=act.case.reason,
    )
    task.entity = act.row.entity
    act.session.add(task)
    act.case.log("task.opened", task=task, step=task.step, name=task.name)
    if stands_still(act, task):
        pause(act, task)
    return task


def _announce(act: Act, task: Task) -> None:
    """The mail that says a step has come; what is known of the step is in its `ask.txt`."""
    ask = forms.steps()[task.step].ask.format(entity=task.entity.name)
    for user in access.recipients(act.session, task):
        values = {"ask": ask, "task": task, "due_on": _due_on(task)}
        mail.post(act.session, Letter("task", user.email, values, user=user, entity=task.entity))


def _due_on(task: Task) -> str:
    return calendar.last_day(task.due_at).isoformat() if task.due_at else ""


def _closed(state: str) -> Writer:
    def write(act: Act, happening: Happening) -> None:
        if not happening.task_id:
            _closed_beside(act, happening)
            return
        task = _task_of(act, happening.task_id)
        task.state = state
        task.closed_at = calendar.now()
        task.closed_by_id = act.case.actor_id if state == "completed" else None
        task.outcome = happening.outcome
        kind = f"task.{state}"
        act.case.log(kind, task=task, step=task.step, name=task.name, outcome=task.outcome)
        if state == "lapsed":
            act.case.reason = LAPSE_REASON
            if "filing" in forms.steps()[task.step].gives:
                records.filing.close(act.case, "lapsed")

    return write


def _task_of(act: Act, engine_id: str) -> Task:
    """The row of a task: new in this act, already loaded, or in the database."""
    known = (*act.session.new, *act.session.identity_map.values())
    for one in known:
        if isinstance(one, Task) and one.engine_id == engine_id:
            return one
    return act.session.scalars(select(Task).where(Task.engine_id == engine_id)).one()


def _closed_beside(act: Act, happening: Happening) -> None:
    """A service task, or a stage that was left."""
    if happening.element in act.definition.service_tasks:
        if happening.kind == "completed":
            act.case.log("service.done", element=happening.element, name=happening.name)
    elif happening.stage and happening.kind == "completed":
        act.case.log("stage.left", stage=happening.stage, name=happening.name)


def _came_back(act: Act, happening: Happening) -> None:
    end = act.definition.element_name(happening.outcome)
    act.case.log("called.ended", element=happening.element, name=happening.name, end=end)


def _passed(act: Act, happening: Happening) -> None:
    act.case.log("timer.fired", element=happening.element, name=happening.name)


def _validated(act: Act, happening: Happening) -> None:
    act.case.log("stage.left_by_validation", stage=happening.stage, name=happening.name)


def _returned(act: Act, happening: Happening) -> None:
    act.case.log("process.sent_back", element=happening.element, name=happening.name)


def _ended(act: Act, happening: Happening) -> None:
    row = act.row
    row.status = "ended"
    row.end, row.end_name = happening.element, happening.name
    row.stage, row.stage_since_at = "", None
    row.ended_at = calendar.now()
    act.case.log("process.ended", process=row.process, end=row.end, name=row.end_name)
    if row.process == "upkeep" or (row.process == "onboarding" and _is_complete(act)):
        plan_start(act, "upkeep", calendar.now() + UPKEEP_EVERY)


def _is_complete(act: Act) -> bool:
    """Whether the onboarding came to its good end: constancia signed, or its stage validated."""
    return (
        act.engine.outcome("sign_certificate") == "signed" or "interest_acts" in act.row.validated
    )


WRITERS: Mapping[str, Writer] = {
    "opened": _opened,
    "completed": _closed("completed"),
    "lapsed": _closed("lapsed"),
    "cancelled": _closed("cancelled"),
    "passed": _passed,
    "came_back": _came_back,
    "validated": _validated,
    "returned": _returned,
    "ended": _ended,
}


# What follows ---------------------------------------------------------------------------------


def _carry_out_starts(act: Act) -> None:
    for effects in act.effects:
        for start in effects.starts:
            plan_start(act, start.process, start.at or calendar.now())
    act.effects = []


def plan_start(act: Act, process: str, at: datetime) -> None:
    """A process of the entity is to begin at a moment; an earlier plan is brought forward."""
    planned = act.session.scalars(
        select(PlannedStart).where(
            PlannedStart.entity_id == act.row.entity_id, PlannedStart.process == process
        )
    ).first()
    if planned is None:
        act.session.add(PlannedStart(entity_id=act.row.entity_id, process=process, at=at))
    else:
        planned.at = min(planned.at, at)


# Standing still while the administrator is being replaced ---------------------------------------


def stands_still(act: Act, task: Task) -> bool:
    """Whether a task waits for a new administrator; legal terms never stand still."""
    return (
        task.role == "administrator"
        and task.due_kind != "legal"
        and act.row.process != "redesignation"
        and redesignation_is_open(act.session, act.row.entity_id)
    )


def pause(act: Act, task: Task) -> None:
    """Lets a task's date and the timers on it stand still."""
    if task.due_at is None:
        return
    days = act.case.calendar
    # As a term is given: what comes on a day off has come on the next working day.
    task.paused_days = days.between(
        days.on_or_after(calendar.today()), calendar.last_day(task.due_at)
    )
    task.due_at = None
    move_timers(act, task.step, calendar.now() + STANDSTILL)


def resume(act: Act, task: Task) -> None:
    """Gives a task that stood still the working days that it had left, and at least one."""
    if task.paused_days is None:
        return
    task.due_at = act.case.calendar.deadline(calendar.now(), max(task.paused_days, 1))
    task.paused_days = None
    move_timers(act, task.step, task.due_at)


def move_timers(act: Act, step: str, at: datetime) -> None:
    """Reschedules the timers that sit on a step."""
    for element in {w.element for w in act.engine.waiting() if w.host == step}:
        act.engine.reschedule(element, at)


def later(act: Act, moment: datetime, working_days: int) -> datetime:
    """A date or timer, so many working days on; at the end of a day unless there are none."""
    if not working_days:
        return moment
    return calendar.end_of(act.case.calendar.add(calendar.last_day(moment), working_days))


def catch_up(act: Act, since: datetime) -> int:
    """Moves dates and timers by the working days since a suspension began; returns how many.

    What was ahead then is ahead still, if only until the end of the day. A session is held on
    its day all the same, and its timer stays.
    """
    now, working = calendar.now(), act.case.calendar
    here = working.on_or_after(calendar.lima_day(now))
    # Counted as terms are: what comes on a day off has come on the next working day.
    days = working.between(working.on_or_after(calendar.lima_day(since)), here)

    def moved(moment: datetime) -> datetime:
        new = later(act, moment, days)
        return calendar.end_of(here) if since < moment and new <= now else new

    for task in open_tasks(act):
        if task.due_at:
            task.due_at = moved(task.due_at)
    for timer in act.engine.waiting():
        if not timer.element.endswith("_session_arrives"):
            act.engine.reschedule(timer.element, moved(timer.at))
    return days


def open_tasks(act: Act) -> Iterable[Task]:
    """The open task rows of the instance."""
    return act.session.scalars(
        select(Task).where(Task.instance_id == act.row.id, Task.state == "open")
    ).all()

"""Projects an act onto the rows that pages read: tasks, log, stage and party."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select

import forms
from app.base import calendar
from app.base.models import PlannedStart, Task
from app.base.urls import external_url
from app.cases import arrivals, custody, meetings, notices, records
from app.cases.arrivals import Arrival
from app.cases.papers import copies, materials
from app.cases.processes import notification
from app.cases.processes.act import Act
from app.cases.processes.terms import continued_terms, due_dates
from app.cases.records import agenda
from app.cases.records.progress import control
from app.cases.reminders import announcements
from app.people import access, proposals
from workflows.journal import Happening

#: Projects a happening.
Writer = Callable[[Act, Happening], None]

#: Roster and decision-makers are reviewed this long after the onboarding and after each cycle.
UPKEEP_EVERY = timedelta(days=90)
#: The end of a cycle that was not answered: its coordinator gets a notice.
LAPSED_UPKEEP = "upkeep_lapsed"


def save(act: Act) -> None:
    """Write state, tasks, log and moments; flush, so that a lost race fails here."""
    was_in, before = act.row.stage, len(act.opened)
    with act.session.no_autoflush:
        for happening in act.engine.happenings():
            WRITERS[happening.kind](act, happening)
        _carry_out_starts(act)
        act.drop_incidents()
        act.row.wake_at = wake_at(act)
        act.row.state = act.engine.dump()
    for task in act.opened[before:]:
        if task.counted_from == "notification":
            act.session.flush()
            notification.notify(act, task)
    with act.session.no_autoflush:
        custody.hand_over(act.session, act.row, was_in, party(act), act.case.at)
    if {was_in, act.row.stage} & agenda.STAGES:
        update_meetings(act)
    act.session.flush()


def update_meetings(act: Act) -> None:
    """Bring the calendars of the guests of future sessions up to date."""
    timers = () if act.row.ended_at else act.engine.waiting()
    planned = agenda.planned(act.case, {timer.element for timer in timers})
    meetings.update(act.case, [_with_materials(act, one) for one in planned])


def _with_materials(act: Act, planned: meetings.Planned) -> meetings.Planned:
    stage = agenda.stage_of(planned.key)
    return replace(planned, materials=lambda: materials.links(act.session, stage))


def party(act: Act) -> str:
    """Return the party that holds the instance after the act; "" after its end."""
    return "" if act.row.ended_at else act.holder()


def wake_at(act: Act) -> datetime | None:
    """Return the earliest timer or retry of an incident; None if suspended or ended."""
    if act.row.status != "running":
        return None
    moments = [act.engine.wake_at(), *(incident.next_try_at for incident in act.incidents())]
    return min((moment for moment in moments if moment), default=None)


# One writer per kind of happening -------------------------------------------------------------


def _opened(act: Act, happening: Happening) -> None:
    if happening.task_id:
        open_task(act, happening)
    elif happening.stage:
        act.row.stage = happening.stage
        act.row.stage_since_at = act.case.at
        act.case.log("stage.entered", stage=happening.stage, name=happening.name)


def open_task(act: Act, happening: Happening) -> None:
    """Add the row of a user task that opened, with its term."""
    node = act.definition.user_tasks[happening.element]
    term, came = act.term(happening.element), _arrival(act, happening)
    task = Task(
        instance_id=act.row.id,
        entity_id=act.row.entity_id,
        engine_id=happening.task_id,
        step=happening.element,
        name=node.name,
        role=access.LANES[node.lane],
        process=node.process,
        stage=happening.stage,
        state="open",
        opened_at=act.case.at,
        counted_from=term.counted_from,
        counted_on=term.counted_on,
        term_days=term.days,
        added_days=0,
        regular_days=term.days,
        due_kind=term.kind,
        due_basis=term.basis,
        reason="" if came is arrivals.NEXT else came.text(_typed(act, happening)),
        came_as=came.id,
    )
    task.entity = act.row.entity
    act.session.add(task)
    act.opened.append(task)
    act.case.log(
        "task.opened",
        task=task,
        step=task.step,
        name=task.name,
        role=task.role,
        process=task.process,
        came_as=task.came_as,
    )
    due_dates.set_due_date(act, task)
    if continued_terms.comes_by_itself(act, happening.source, task.step):
        continued_terms.continue_term(act, task)
    elif before := continued_terms.under_correction(act, task):
        continued_terms.take_term(act, task, before)
    if since := due_dates.stands_still_since(act, task):
        due_dates.pause(act, task, since)


def _arrival(act: Act, happening: Happening) -> Arrival:
    """Return the arrival of a task: the way in its diagram, or the act that opens it again."""
    process, source = act.definition.process_of(happening.element), happening.source
    opens_it = source in ("", f"{process}_starts", *act.definition.service_tasks)
    if act.case.came_as and opens_it and process != "follow_up":
        return arrivals.of(act.case.came_as)
    return arrivals.by_way(source, happening.element, _typed(act, happening))


def _typed(act: Act, happening: Happening) -> str:
    """Return the text typed for a task that opens; "" for a task that a timer opens too.

    Of the timer after a returned communication it is what the Despacho typed.
    """
    if happening.source == "return_day_passes":
        return control.reason_of_return(act.case)
    by_people = happening.source in {*act.definition.user_tasks, *arrivals.TYPED_IN}
    is_meant = act.case.came_as or by_people
    return act.case.reason if is_meant else ""


def _closed(kind: str) -> Writer:
    state = kind.removeprefix("task.")

    def write(act: Act, happening: Happening) -> None:
        if not happening.task_id:
            _closed_other(act, happening)
            return
        task = _task_of(act, happening.task_id)
        task.state = state
        task.closed_at = act.case.at
        task.closed_by_id = act.case.actor_id if state == "completed" else None
        task.outcome = happening.outcome
        act.case.log(kind, task=task, step=task.step, name=task.name, outcome=task.outcome)
        if state == "lapsed" and "filing" in forms.steps()[task.step].gives:
            records.filing.close(act.case, "lapsed")

    return write


def _task_of(act: Act, engine_id: str) -> Task:
    """Return the row of a task: new in this act, already loaded, or in the database."""
    known = (*act.session.new, *act.session.identity_map.values())
    for one in known:
        if isinstance(one, Task) and one.engine_id == engine_id:
            return one
    return act.session.scalars(select(Task).where(Task.engine_id == engine_id)).one()


def _closed_other(act: Act, happening: Happening) -> None:
    """Log a finished service task, or a stage that was left."""
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
    row.ended_at = act.case.at
    act.case.log("process.ended", process=row.process, end=row.end, name=row.end_name)
    proposals.end_of_process(act.session, row.id)
    if row.end == LAPSED_UPKEEP:
        notices.put(act.session, "upkeep_lapsed", str(row.id), role="sip", entity=row.entity)
    complete = row.process == "onboarding" and _is_complete(act)
    if complete:
        _post_completed(act)
    if row.process == "upkeep" or complete:
        plan_start(act, "upkeep", calendar.now() + UPKEEP_EVERY)


def _post_completed(act: Act) -> None:
    signed = copies.certificates(act.session, [act.row.id]).get(act.row.id)
    certificate = records.read(act.case, "certificate") or {}
    values = {
        "certificate": external_url("public.file", file_id=signed.id) if signed else "",
        "number": certificate.get("number", "") if signed else "",
    }
    announcements.post(act.case, "completed", announcements.everyone(act.case), values)


def _is_complete(act: Act) -> bool:
    """Return whether the onboarding ended well: constancia signed, or its stage validated."""
    return (
        act.engine.outcome("sign_certificate") == "signed" or "interest_acts" in act.row.validated
    )


WRITERS: Mapping[str, Writer] = {
    "opened": _opened,
    "completed": _closed("task.completed"),
    "lapsed": _closed("task.lapsed"),
    "cancelled": _closed("task.cancelled"),
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
    """Plan a process of the entity at a moment; an existing plan is only brought forward."""
    planned = act.session.scalars(
        select(PlannedStart).where(
            PlannedStart.entity_id == act.row.entity_id, PlannedStart.process == process
        )
    ).first()
    if planned is None:
        act.session.add(PlannedStart(entity_id=act.row.entity_id, process=process, at=at))
    else:
        planned.at = min(planned.at, at)

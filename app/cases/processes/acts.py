"""Acts of people: starting a process, answering a step."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta

from flask import current_app
from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from app.base import audit_log, calendar, db
from app.base.definitions import in_force
from app.base.models import Dictation, Entity, PlannedStart, ProcessInstance, Record, Task
from app.cases import records, reminders
from app.cases.case import Case
from app.cases.papers import issued
from app.cases.papers.issued import annulment, series
from app.cases.processes import dictation, projection
from app.cases.processes.act import Act
from app.cases.processes.terms import due_dates
from app.cases.records.mandate import entry
from app.cases.reminders import announcements
from app.people import access
from app.register.registers import environments
from forms import Step, StepForm
from workflows.instance import NotOpen

#: Side process → the record without which it cannot start.
STANDS_ON = {
    "redesignation": "administrator",
    "change_authority": "authority",
    "upkeep": "roster",
    "change_personnel": "roster",
}


#: A plan is tried again after this long, while no user could answer the steps.
TRIED_AGAIN = timedelta(days=1)
#: The process of which an entity may have several: each change of its people.
CHANGES = "change_personnel"


class AlreadyRunning(Exception):
    """The entity already has an open process of this kind."""


class NotStartable(Exception):
    """The process cannot start for this entity yet; the message (Spanish) says why."""


class NobodyAnswers(NotStartable):
    """No user of the entity could answer the steps of the process now."""


class TaskTaken(Exception):
    """The task cannot be answered: another user, or another window, was faster.

    `task` says who answered; if it is still open, its process is suspended.
    """

    def __init__(self, task: Task) -> None:
        super().__init__(f"task {task.id} is {task.state}")
        self.task = task


class TermLapsed(Exception):
    """The task's term ran out before the answer came; the draft is kept."""

    def __init__(self, task: Task) -> None:
        super().__init__(f"the term of task {task.id} has run out")
        self.task = task


def start(
    session: Session,
    entity: Entity,
    process: str,
    actor_id: int | None,
    *,
    answered: bool = False,
) -> ProcessInstance:
    """Start a process for an entity on the version in force.

    `answered`: a change of personnel whose step is answered in the same act: a person left. Neither
    a change that is being written nor a missing register prevents it.
    Raise AlreadyRunning (one of each kind at a time) and NotStartable.
    """
    if process == CHANGES:
        db.in_turn(session, f"start {process} {entity.id}")
        if not answered and _is_being_recorded(session, entity):
            raise AlreadyRunning(process)
    _may_start(session, entity, process, answered=answered)
    deployment = in_force(session)
    row = ProcessInstance(
        entity_id=entity.id,
        deployment_id=deployment.id,
        process=process,
        state=b"",
        validated={},
        norm_version=current_app.config["NORM_VERSION"],
        started_at=calendar.now(),
    )
    row.entity, row.deployment = entity, deployment
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:
        raise AlreadyRunning(process) from None
    act = Act.begin(session, row, actor_id)
    row.started_at = act.case.at
    act.case.log("process.started", process=process)
    act.advance()
    projection.save(act)
    if process == "redesignation":
        stand_still(session, entity, actor_id)
    return row


def can_start(session: Session, entity: Entity, process: str, *, answered: bool = False) -> bool:
    """Return whether a process could start for an entity now. `answered` is that of `start`."""
    try:
        _may_start(session, entity, process, answered=answered)
    except NotStartable:
        return False
    if answered:
        return True
    if process == CHANGES:
        return not _is_being_recorded(session, entity)
    return not session.scalar(
        select(
            exists().where(
                ProcessInstance.entity_id == entity.id,
                ProcessInstance.process == process,
                ProcessInstance.ended_at.is_(None),
            )
        )
    )


def _may_start(session: Session, entity: Entity, process: str, *, answered: bool = False) -> None:
    if not entity.active and not (process == "redesignation" and _is_under_way(session, entity)):
        raise NotStartable("La entidad está desactivada en el catálogo.")
    if answered:
        return
    needed = STANDS_ON.get(process)
    if needed and not session.scalar(
        select(exists().where(Record.entity_id == entity.id, Record.name == needed))
    ):
        raise NotStartable("La entidad todavía no tiene conforme la designación que esto supone.")
    if process == CHANGES and not environments.of_entities(session, [entity.id]):
        raise NotStartable("La entidad todavía no tiene un registro abierto.")
    if process == "redesignation" and not designation_is_done(session, entity):
        raise NotStartable("La designación todavía no está conforme ni convalidada.")
    if process == "upkeep":
        _may_confirm(session, entity)


def _may_confirm(session: Session, entity: Entity) -> None:
    """Check that an entity has a register to confirm, and a user who can. Raise NotStartable."""
    if environments.find(session, entity, "production") is None:
        raise NotStartable("La entidad todavía no tiene abierto su registro en producción.")
    if access.vacancies.is_vacant(session, ("administrator", entity.id)):
        raise NobodyAnswers("La entidad no tiene quien responda los pasos del administrador.")


def _is_being_recorded(session: Session, entity: Entity) -> bool:
    """Return whether a change of personnel is open for its people to write.

    Other changes may be under way.
    """
    step = exists().where(
        Task.entity_id == entity.id, Task.state == "open", Task.step == "record_personnel_change"
    )
    return bool(session.scalar(select(step)))


def _is_under_way(session: Session, entity: Entity) -> bool:
    """Return whether the entity has an open process, active in the catalogue or not."""
    running = exists().where(
        ProcessInstance.entity_id == entity.id, ProcessInstance.ended_at.is_(None)
    )
    return bool(session.scalar(select(running)))


def designation_is_done(session: Session, entity: Entity) -> bool:
    """Return whether an onboarding of the entity has left the stage of the designation."""
    rows = session.scalars(
        select(ProcessInstance).where(
            ProcessInstance.entity_id == entity.id, ProcessInstance.process == "onboarding"
        )
    )
    return any(
        "designation" in row.validated
        or (row.stage not in ("", "designation"))
        or (row.ended_at is not None and row.end_name != "No corresponde")
        for row in rows
        if row.status != "cancelled"
    )


def complete(
    session: Session,
    task_id: int,
    step: Step,
    form: StepForm,
    actor_id: int | None,
    dictated: Dictation | None = None,
    *,
    imported_from: str = "",
    in_batch: int = 0,
    known: Case | None = None,
    bars: Collection[str] | None = None,
) -> Act:
    """Answer a step with a valid form: records, outcome and all that follows, in one act.

    `dictated`: who dictated the answer to the coordinator who enters it; the entity is informed.
    `imported_from`: the document by which a coordinator answers for many entities at once.
    `in_batch`: the number of the batch whose row is this answer; 0 for an answer by itself.
    `known`, `bars`: what was read of the case and why the actor must not decide, if both were read
    after the case was locked.
    Raise TaskTaken, TermLapsed, duties.Barred, NumberTaken, and what the records raise; then
    nothing is done.
    """
    task = session.get_one(Task, task_id)
    act = Act.hold(session, task.instance_id, actor_id)
    act.case.task, act.case.imported_from, act.case.in_batch = task, imported_from, in_batch
    act.case.memo = known.memo if known else {}
    theirs = access.recipients(session, task.role, act.row.entity) if dictated else []
    _note_who_answers(act, task, dictated, bars)
    act.advance()
    outcome = form.outcome()
    if outcome not in step.outcomes:
        raise ValueError(f"{step.id} gave the outcome {outcome}, which it does not declare")
    answer = form.answer()
    for name in step.gives:
        records.write(act.case, name, answer[name])
    _note_papers(act, form)
    act.case.reason = form.reason()
    try:
        act.engine.complete(task.engine_id, outcome)
    except NotOpen:
        raise TermLapsed(task) from None
    act.advance()
    act.case.task = None
    _save_first(act, task)
    announcements.announce(act.case, task, outcome)
    if dictated is not None:
        dictation.notify_people(session, dictated, task, theirs)
    return act


def _note_who_answers(
    act: Act, task: Task, dictated: Dictation | None, bars: Collection[str] | None
) -> None:
    """Store the users who answer, are replaced, or gave permission.

    Raise TaskTaken, duties.Barred.
    """
    session, case, actor_id = act.session, act.case, act.case.actor_id
    if dictated is not None:
        case.dictated_by = dictation.facts(dictated)
    elif act.facts.is_substitute:
        case.on_behalf_of = access.on_behalf_of(session, task, actor_id)
    if act.row.status != "running" or not act.is_open(task.engine_id):
        session.refresh(task)
        raise TaskTaken(task)
    access.duties.must_be_free(session, task, actor_id, bars)
    if act.facts.has_allowance:
        case.allowed_by = access.duties.allowed_by(session, task, actor_id)


def _note_papers(act: Act, form: StepForm) -> None:
    """Enter what an answer says of issued papers. Raise NumberTaken."""
    if number := form.certificate_number():
        series.take_typed(act.session, number, act.row.id)
    issued.note_signed(act.case, form.signed_papers(), form.signed_marks())
    issued.note_reasons(act.case, form.as_they_are())
    annulment.annul_current(act.case, form.void_papers())


def _save_first(act: Act, task: Task) -> None:
    """Save the act that answers a task. Raise TaskTaken if another act was faster."""
    try:
        save(act)
    except StaleDataError:
        raise TaskTaken(task) from None


def save(act: Act) -> None:
    """Write an act back. The end of a redesignation resumes the tasks that it paused; that of a
    change of authority closes what its code opened.
    """
    projection.save(act)
    ended = act.row.process if act.row.ended_at else ""
    if ended == "redesignation":
        go_on(act.session, act.row.entity, act.case.actor_id)
    elif ended == "change_authority":
        entry.close(act.case)


# Pausing during a redesignation ----------------------------------------------------------------


def stand_still(session: Session, entity: Entity, actor_id: int | None) -> None:
    """Pause the administrator's steps of the entity's other processes."""
    for act in _others(session, entity, actor_id):
        for task in due_dates.open_tasks(act):
            if since := due_dates.stands_still_since(act, task):
                due_dates.pause(act, task, since)
                act.case.log("task.paused", task=task, name=task.name)
        projection.save(act)


def go_on(session: Session, entity: Entity, actor_id: int | None) -> None:
    """Restore the dates of paused steps."""
    for act in _others(session, entity, actor_id):
        last_days = due_dates.last_days(act)
        before = {task.id: day for task, day in last_days}
        for task in due_dates.open_tasks(act):
            if task.paused_days is not None:
                due_dates.resume(act, task)
                act.case.log(
                    "task.resumed", task=task, name=task.name, changed=_moved(before, task)
                )
        projection.save(act)
        reminders.announce_all_moved(session, last_days)


def _moved(before: Mapping[int, date], task: Task) -> dict[str, list[str]]:
    """Return the last day before and after; nothing if it is the same, or there is none."""
    old, new = before.get(task.id), task.due_at and calendar.last_day(task.due_at)
    return {"due_on": [old.isoformat(), new.isoformat()]} if old and new and old != new else {}


def _others(session: Session, entity: Entity, actor_id: int | None) -> list[Act]:
    ids = session.scalars(
        select(ProcessInstance.id)
        .where(
            ProcessInstance.entity_id == entity.id,
            ProcessInstance.process != "redesignation",
            ProcessInstance.ended_at.is_(None),
        )
        .order_by(ProcessInstance.id)
    ).all()
    return [Act.hold(session, instance_id, actor_id) for instance_id in ids]


def begin_planned(session: Session, planned: PlannedStart) -> None:
    """Start a planned process that is due. If it cannot start, log that and drop the plan.

    While no user could answer its steps, the plan is tried again the next day.
    """
    entity, process = planned.entity, planned.process
    session.delete(planned)
    session.flush()
    try:
        start(session, entity, process, None)
    except NobodyAnswers:
        later = calendar.now() + TRIED_AGAIN
        session.add(PlannedStart(entity_id=entity.id, process=process, at=later))
    except (AlreadyRunning, NotStartable) as reason:
        audit_log.write(
            session,
            "process.not_started",
            actor_id=None,
            entity_id=entity.id,
            process=process,
            reason=str(reason),
        )

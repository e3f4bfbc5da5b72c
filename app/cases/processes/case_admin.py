"""Acts of coordinators on an instance: suspend, resume, extend, send back, validate, cancel."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar, db, formatting
from app.base.definitions import definition_of
from app.base.models import ProcessInstance, Task, User
from app.cases import arrivals, records, reminders
from app.cases.papers import issued
from app.cases.papers.issued import annulment, series
from app.cases.processes import notification
from app.cases.processes.act import Act
from app.cases.processes.acts import save
from app.cases.processes.terms import due_dates, receipts
from app.cases.reminders import announcements
from app.people import access, proposals
from app.people.proposals import Refused as Refused
from forms import Step, StepForm, steps
from workflows.definition import Definition
from workflows.instance import NotOpen

logger = logging.getLogger(__name__)

#: What a validated stage would have left, by its own steps and service tasks: the forms that the
#: validation shows, then the service tasks that the system performs.
LEFT_BY: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "designation": (("designate_administrator", "list_personnel"), ("open_accounts",)),
    "induction": ((), ("open_demo_register", "open_operator_accounts")),
    "training": ((), ()),
    "demo_test": ((), ()),
    "resubmission": (("update_personnel",), ()),
    "production": (
        ("load_production_personnel",),
        ("open_production_register", "open_production_accounts"),
    ),
    "interest_acts": (("define_decision_makers",), ("open_interest_acts", "issue_certificate")),
}


NEEDS_TWO = "La última etapa la convalidan dos personas: una la propone y otra la confirma."
#: Stage → the one that needs its results. If that was validated before, its tasks are redone.
FOLLOWS = {"resubmission": "production"}


def running(session: Session, instance_id: int, actor_id: int) -> Act:
    """Lock a process that runs, and load it. Raise Refused."""
    act = Act.hold(session, instance_id, actor_id)
    if act.row.ended_at:
        raise Refused("El proceso ya terminó.")
    if act.row.status == "suspended":
        raise Refused("El proceso está suspendido: reanúdalo primero.")
    return act


def hold_open(session: Session, task_id: int, actor_id: int) -> tuple[Act, Task]:
    """Lock the process of a task that must still be open, and load both. Raise Refused."""
    task = session.get_one(Task, task_id)
    act = running(session, task.instance_id, actor_id)
    session.refresh(task)
    if not act.is_open(task.engine_id):
        raise Refused(
            f"«{task.name}» ya no está en curso: mientras tanto, alguien la respondió o el proceso "
            "siguió por otro camino. Mira en qué está ahora."
        )
    return act, task


def go_back(act: Act, element: str) -> None:
    """Return the engine to a step or stage, as the first part of an act. Raise Refused."""
    try:
        act.engine.send_back(element)
    except NotOpen:
        raise Refused("El proceso no ha pasado por ese paso.") from None


def open_task(act: Act, step: str) -> Task:
    """Return the open task of a step to which an act returned, once it is saved."""
    return act.session.scalars(
        select(Task).where(Task.instance_id == act.row.id, Task.step == step, Task.state == "open")
    ).one()


def suspend(session: Session, instance_id: int, reason: str, actor_id: int) -> None:
    """Suspend the whole instance: no timer fires, no date runs. Raise Refused."""
    act = running(session, instance_id, actor_id)
    act.row.status = "suspended"
    act.row.suspended_at = act.case.at
    act.case.log("process.suspended", process=act.row.process, reason=reason)
    save(act)


def resume(session: Session, instance_id: int, reason: str, actor_id: int) -> None:
    """Resume it; dates and timers move by the suspended working days. Raise Refused."""
    act = Act.hold(session, instance_id, actor_id)
    if act.row.status != "suspended" or act.row.suspended_at is None:
        raise Refused("El proceso no está suspendido.")
    last_days = due_dates.last_days(act)
    days = due_dates.catch_up(act, act.row.suspended_at)
    act.row.status, act.row.suspended_at = "running", None
    act.case.log("process.resumed", process=act.row.process, reason=reason, working_days=days)
    act.session.flush()  # terms of tasks that open now read the log
    act.advance()
    save(act)
    reminders.announce_all_moved(session, last_days)


def cancel(
    session: Session, instance_id: int, reason: str, actor_id: int | None, *, proposer: str = ""
) -> None:
    """End the instance without effect; its open tasks are void. Raise Refused.

    `proposer`: the name of the person who proposed it, where another one confirms.
    """
    act = Act.hold(session, instance_id, actor_id)
    if act.row.ended_at:
        raise Refused("El proceso ya terminó.")
    if act.row.process == "redesignation" and act.row.entity.extinct_on is None:
        _must_have_administrator(act)
    for task in due_dates.open_tasks(act):
        task.state, task.closed_at = "cancelled", act.case.at
        act.case.log("task.cancelled", task=task, step=task.step, name=task.name)
    act.row.status, act.row.ended_at = "cancelled", act.case.at
    act.row.end_name = "Anulado"
    for topic in records.sessions.TOPICS:
        records.sessions.leave_seats(act.case, topic)
    annulment.annul_unsigned(act.case)
    proposals.end_of_process(session, instance_id)
    act.case.log("process.cancelled", process=act.row.process, reason=reason, proposer=proposer)
    save(act)


def annul_certificate(
    session: Session, instance_id: int, code: str, number: str, reason: str, actor_id: int
) -> None:
    """Make the constancia void and issue another with the next number, to be signed.

    `code`: the constancia that the user saw. `number`: the next one's typed number; "" where a
    series gives it. The process may have ended. Raise Refused.
    """
    act = Act.hold(session, instance_id, actor_id)
    if act.row.status == "suspended":
        raise Refused("El proceso está suspendido: reanúdalo primero.")
    void = issued.find(session, code)
    try:
        made = annulment.annul(act.case, code, number, reason)
    except annulment.NoCertificate:
        raise Refused(
            "Esa constancia ya no está vigente: alguien la anuló mientras tanto. Mira cuál vale."
        ) from None
    except series.NumberTaken:
        raise Refused(f"El número {number} ya es de otra constancia.") from None
    if void is not None:
        announcements.certificate_annulled(act.case, void, made.number)


def _must_have_administrator(act: Act) -> None:
    """Raise Refused if no user could answer the steps that the redesignation has paused."""
    db.in_turn(act.session, "roles")
    if access.vacancies.is_vacant(act.session, ("administrator", act.row.entity_id)):
        raise Refused(
            "La entidad no tiene administrador ni alterno: sin esta designación nadie respondería "
            "sus pasos. Da antes una de esas funciones a alguien."
        )


def extend(session: Session, task_id: int, working_days: int, reason: str, actor_id: int) -> None:
    """Give a task and the timers on it more working days; its people are informed.

    Raise Refused for legal terms, for dates that do not run, and if it would still be late.
    """
    task = session.get_one(Task, task_id)
    act = running(session, task.instance_id, actor_id)
    session.refresh(task)
    if task.state == "open" and task.due_kind == "legal":
        raise Refused("El plazo es legal: no se amplía.")
    if task.state != "open" or task.due_at is None:
        raise Refused("La tarea ya no está abierta o no tiene plazo en curso.")
    old, new = task.due_at, due_dates.later(act, task.due_at, working_days)
    if working_days < 1 or new <= calendar.now():
        raise Refused("Con esos días el plazo seguiría vencido: da más días hábiles.")
    task.added_days += working_days
    due_dates.set_due_date(act, task)
    due_dates.move_timers(act, task)
    act.case.log(
        "task.extended",
        task=task,
        name=task.name,
        reason=reason,
        working_days=working_days,
        changed={"due_on": [calendar.last_day(d).isoformat() for d in (old, new)]},
    )
    save(act)
    reminders.announce_moved(session, task, calendar.last_day(old))


def renew_term(session: Session, task_id: int, actor_id: int | None) -> None:
    """Let the term of an open step run anew from today, since there is a new reason for it.

    A suspended process keeps its dates until it is resumed. Flush only.
    """
    task = session.get_one(Task, task_id)
    act = Act.hold(session, task.instance_id, actor_id)
    session.refresh(task)
    if act.row.status == "running" and act.is_open(task.engine_id):
        due_dates.restart(act, task)
        save(act)


def notified_on_paper(
    session: Session, task_id: int, at: datetime, how: str, actor_id: int
) -> None:
    """Start a legal term at the moment at which its people were notified on paper.

    `at` is an aware moment, to the minute; `how` is the proof of the notification. Raise Refused
    for other terms, for moments outside the step's time, and if the step was notified already.
    """
    task = session.get_one(Task, task_id)
    act = running(session, task.instance_id, actor_id)
    session.refresh(task)
    if task.state != "open" or task.counted_from != "notification":
        raise Refused("La tarea ya no está abierta o su plazo no corre desde una notificación.")
    if task.notified_at is not None:
        raise Refused("La notificación ya está anotada: el plazo corre.")
    if at > calendar.now():
        raise Refused("Ese momento todavía no llega: anota la notificación cuando esté hecha.")
    if at < task.opened_at.replace(second=0, microsecond=0):
        raise Refused(
            f"El paso se abrió el {formatting.moment(task.opened_at)}: no pudo ser antes."
        )
    old = task.due_at
    notification.let_run(act, task, at, "paper")
    act.case.log("task.notified", task=task, name=task.name, notified_at=at.isoformat(), how=how)
    notification.take_down(session, task, actor_id)
    save(act)
    if old is not None:
        reminders.announce_moved(session, task, calendar.last_day(old))


def acknowledge(session: Session, task_id: int, how: str, actor_id: int) -> bool:
    """Start a legal term now: one of its people confirmed the notice, or opened the step.

    `how` is a key of `receipts.HOW`. Return False, with nothing done, if no mail notifies of the
    step, its term runs already, or its process is suspended.
    """
    task = session.get_one(Task, task_id)
    act = Act.hold(session, task.instance_id, actor_id)
    session.refresh(task)
    waits = task.state == "open" and task.notice_at is not None and task.notified_at is None
    if not waits or act.row.status != "running":
        return False
    act.case.on_behalf_of = access.on_behalf_of(session, task, actor_id)
    at = act.case.at
    notification.let_run(act, task, at, how)
    act.case.log(
        "task.notified",
        task=task,
        name=task.name,
        notified_at=at.isoformat(),
        how=receipts.HOW[how],
        notified_how=how,
    )
    notification.take_down(session, task, actor_id)
    save(act)
    return True


def send_back(session: Session, instance_id: int, element: str, reason: str, actor_id: int) -> None:
    """Return the instance to an earlier step or stage, which starts again. Raise Refused."""
    act = running(session, instance_id, actor_id)
    act.case.reason, act.case.came_as = reason, arrivals.SENT_BACK.id
    go_back(act, element)
    step = steps().get(element)
    if step and "filing" in step.needs:
        records.filing.reopen(act.case)
    act.case.log("process.returned", process=act.row.process, element=element, reason=reason)
    act.advance()
    save(act)


def ways_back(session: Session, row: ProcessInstance) -> list[tuple[str, str]]:
    """Return the steps and stages that it can be sent back to: (element, name), in order."""
    definition = definition_of(row.deployment)
    ways = []
    if row.process == "onboarding" and row.stage in definition.stages:
        before = definition.stages[: definition.stages.index(row.stage) + 1]
        ways = [
            (f"stage_{stage}", f"Etapa: {definition.element_name(stage)}")
            for stage in before
            if stage not in row.validated
        ]
    answered = session.scalars(
        select(Task)
        .where(
            Task.instance_id == row.id,
            Task.state == "completed",
            Task.stage == row.stage,
            Task.process != "follow_up",
        )
        .order_by(Task.id)
    )
    drawn = definition.user_tasks  # the case may come from a version with other steps
    steps = {task.step: f"Paso: {task.name}" for task in answered if task.step in drawn}
    return ways + list(steps.items())


def retry(session: Session, instance_id: int, actor_id: int | None) -> None:
    """Retry what failed. Raise Refused, also if the instance still cannot continue."""
    act = Act.hold(session, instance_id, actor_id)
    if act.row.status != "running":
        raise Refused("El proceso no está en curso.")
    try:
        act.advance()
    except Exception as error:
        logger.exception("instance %s still cannot go on", instance_id)
        raise Refused("El proceso todavía no puede continuar. Avisa a la mesa de ayuda.") from error
    save(act)


def validate_stage(
    session: Session,
    instance_id: int,
    stage: str,
    *,
    reason: str,
    document_id: str,
    answers: Mapping[Step, StepForm],
    actor_id: int,
    proposer: User | None = None,
) -> None:
    """Mark a stage as validated, before or while it runs, and produce its results.

    `answers` are valid forms of the steps in LEFT_BY. The last stage, which ends the process, needs
    a `proposer` other than the actor. The constancia that it leaves waits for the Despacho. Raise
    Refused.
    """
    act = running(session, instance_id, actor_id)
    _must_be_to_validate(act, stage, proposer)
    if proposer is None and ends(act.definition, stage):
        raise Refused(NEEDS_TWO)
    now = calendar.now().isoformat()
    entry = {"reason": reason, "document": document_id, "at": now, "by": actor_id}
    act.row.validated = {**act.row.validated, stage: entry}
    act.case.log(
        "stage.validated",
        stage=stage,
        name=act.definition.element_name(stage),
        reason=reason,
        document=document_id,
        proposer=proposer.full_name if proposer else "",
    )
    for form in answers.values():
        for name, value in form.answer().items():
            records.write(act.case, name, value)
    after = FOLLOWS.get(stage, "")
    anew = LEFT_BY[after][1] if act.validated(after) else ()
    for name in (*LEFT_BY[stage][1], *anew):
        _perform(act, name)
    if stage == "induction":
        for topic in records.sessions.TOPICS:
            records.sessions.leave_seats(act.case, topic)
    if act.row.stage == stage:
        act.engine.validate(stage)
    act.advance()
    save(act)
    if paper := annulment.waits_for_signature(act.case):
        announcements.certificate_to_sign(act.case, paper.number, "la última etapa se convalidó")


def ends(definition: Definition, stage: str) -> bool:
    """Return whether the validation of a stage ends the process: it is the last one."""
    return stage == definition.stages[-1]


def must_be_to_validate(session: Session, instance_id: int, stage: str, actor_id: int) -> None:
    """Raise Refused if a user may not validate, or propose to validate, a stage now."""
    _must_be_to_validate(running(session, instance_id, actor_id), stage, None)


def _must_be_to_validate(act: Act, stage: str, proposer: User | None) -> None:
    """Raise Refused if the stage cannot be validated, or not by this user.

    One of two people who do it has the role that reviews the stage.
    """
    reviewer = access.reviewing_role(stage)
    actor = act.session.get_one(User, act.case.actor_id)
    if reviewer not in access.roles_of(actor) | access.roles_of(proposer):
        raise Refused(f"Esta etapa la convalida la {reviewer.upper()}, que es quien la revisa.")
    stages = act.definition.stages
    if act.row.process != "onboarding" or stage not in stages:
        raise Refused("Solo se convalidan etapas de la implementación.")
    if act.validated(stage):
        raise Refused("La etapa ya está convalidada.")
    if act.row.stage and stages.index(stage) < stages.index(act.row.stage):
        raise Refused("La etapa ya se cumplió.")
    for user in filter(None, (actor, proposer)):
        if why := access.duties.bars_from_stage(act.session, act.row.id, stage, user.id):
            who = "No puedes" if user is actor else f"{user.full_name} no puede"
            reasons = formatting.listed([access.duties.WHY[one][0] for one in why])
            raise Refused(f"{who} convalidar esta etapa: {reasons}. Que lo haga otro coordinador.")


def _perform(act: Act, name: str) -> None:
    try:
        act.perform(name)
    except Exception as error:
        logger.exception("%s failed for instance %s", name, act.row.id)
        what = act.definition.element_name(name)
        raise Refused(f"El sistema no pudo hacer esto: {what}. Inténtalo más tarde.") from error

"""The return of a recorded attendance: while nothing rests on it yet, its step opens again."""

from __future__ import annotations

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.base.models import Draft, Grant, Task
from app.cases import arrivals
from app.cases.processes.act import Act
from app.cases.processes.acts import save
from app.cases.processes.case_admin import Refused, go_back, running

#: The stage of inductions: a step of a stage that has ended is not opened again by itself.
STAGE = "induction"
#: The step that follows an attendance, where there is one before the branches join.
NEXT = {"record_technical_induction": ("load_demo_personnel",)}
STAGE_ENDED = "Ya terminó su etapa de inducción: devuelve el proceso desde su página."
OPEN_AGAIN = "Su paso ya está abierto otra vez."
RECORDED_AGAIN = "Ya se registró otra vez."
SUSPENDED = "El proceso está suspendido: reanúdalo primero."
ENDED = "El proceso ya terminó."


def why_not(session: Session, task: Task) -> str:
    """Return why a recorded attendance cannot be returned (Spanish); "" if it can.

    That is so while the step that follows has no draft, no answer, and no account was opened.
    """
    row = task.instance
    if row.ended_at:
        return ENDED
    if row.status != "running":
        return SUSPENDED
    if task.state != "completed":
        return OPEN_AGAIN
    topic = task.step.split("_")[1]
    before = (f"choose_{topic}_session", f"schedule_{topic}_induction", task.step)
    steps = (*before, *NEXT.get(task.step, ()))
    later = session.scalars(
        select(Task)
        .where(Task.instance_id == row.id, Task.id > task.id, Task.step.in_(steps))
        .order_by(Task.id)
    ).all()
    for one in later:
        if one.step == task.step:
            return RECORDED_AGAIN if one.state == "completed" else OPEN_AGAIN
        if one.state == "completed":
            return f"Ya se respondió «{one.name}»."
        if session.get(Draft, one.id) is not None:
            return f"Ya se empezó a responder «{one.name}»."
    if row.stage != STAGE:
        return STAGE_ENDED
    return "Ya se abrieron las cuentas de sus operadores." if _has_accounts(session, task) else ""


def _has_accounts(session: Session, task: Task) -> bool:
    """Return whether accounts of operators were opened since the attendance was recorded."""
    opened = exists().where(
        Grant.entity_id == task.entity_id,
        Grant.role == "operator",
        Grant.since_at >= task.closed_at,
    )
    return task.step == "record_technical_induction" and bool(session.scalar(select(opened)))


def take_back(
    session: Session, task_id: int, reason: str, actor_id: int, *, in_batch: int = 0
) -> None:
    """Open the step of a recorded attendance again. Raise Refused. Flush only."""
    task = session.get_one(Task, task_id)
    act: Act = running(session, task.instance_id, actor_id)
    session.refresh(task)
    if fault := why_not(session, task):
        raise Refused(fault)
    act.case.reason, act.case.came_as = reason, arrivals.SENT_BACK.id
    act.case.in_batch = in_batch
    go_back(act, task.step)
    act.case.log("process.returned", process=act.row.process, element=task.step, reason=reason)
    act.advance()
    save(act)

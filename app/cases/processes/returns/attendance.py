"""The return of a recorded attendance: while nothing rests on it yet, its step opens again."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.base.db.membership import among
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


@dataclass(frozen=True)
class After:
    """What followed recorded attendances: later steps by instance, steps with a draft, and when
    an account of an operator was last opened, by entity."""

    tasks: Mapping[int, Sequence[Task]]
    drafts: Container[int]
    opened_at: Mapping[int, datetime]

    @classmethod
    def of(cls, session: Session, tasks: Sequence[Task]) -> Self:
        """Read it; the number of statements does not depend on that of the tasks."""
        steps = {step for task in tasks for step in _steps_after(task)}
        instances = {task.instance_id for task in tasks}
        rows = session.scalars(
            select(Task)
            .where(among(Task.instance_id, instances), Task.step.in_(steps))
            .order_by(Task.id)
        ).all()
        found: dict[int, list[Task]] = {instance_id: [] for instance_id in instances}
        for row in rows:
            found[row.instance_id].append(row)
        drafts = select(Draft.task_id).where(among(Draft.task_id, [row.id for row in rows]))
        opened = (
            select(Grant.entity_id, func.max(Grant.since_at))
            .where(
                among(Grant.entity_id, {task.entity_id for task in tasks}),
                Grant.role == "operator",
            )
            .group_by(Grant.entity_id)
        )
        opened_at = {entity_id: at for entity_id, at in session.execute(opened) if entity_id}
        return cls(found, set(session.scalars(drafts)), opened_at)


def _steps_after(task: Task) -> tuple[str, ...]:
    topic = task.step.split("_")[1]
    before = (f"choose_{topic}_session", f"schedule_{topic}_induction", task.step)
    return (*before, *NEXT.get(task.step, ()))


def why_not(session: Session, tasks: Sequence[Task]) -> dict[int, str]:
    """Return why a recorded attendance cannot be returned (Spanish), by task; "" if it can.

    It can while the step that follows has no draft, no answer, and no account was opened.
    """
    after = After.of(session, tasks)
    return {task.id: _why_not(task, after) for task in tasks}


def _why_not(task: Task, after: After) -> str:
    row = task.instance
    if row.ended_at:
        return ENDED
    if row.status != "running":
        return SUSPENDED
    if task.state != "completed":
        return OPEN_AGAIN
    steps = _steps_after(task)
    for one in after.tasks[row.id]:
        if one.id <= task.id or one.step not in steps:
            continue
        if one.step == task.step:
            return RECORDED_AGAIN if one.state == "completed" else OPEN_AGAIN
        if one.state == "completed":
            return f"Ya se respondió «{one.name}»."
        if one.id in after.drafts:
            return f"Ya se empezó a responder «{one.name}»."
    if row.stage != STAGE:
        return STAGE_ENDED
    opened_at = after.opened_at.get(task.entity_id)
    has_accounts = (
        opened_at is not None and task.closed_at is not None and opened_at >= task.closed_at
    )
    is_technical = task.step == "record_technical_induction"
    return "Ya se abrieron las cuentas de sus operadores." if is_technical and has_accounts else ""


def take_back(
    session: Session, task_id: int, reason: str, actor_id: int, *, in_batch: int = 0
) -> None:
    """Open the step of a recorded attendance again. Raise Refused. Flush only."""
    task = session.get_one(Task, task_id)
    act: Act = running(session, task.instance_id, actor_id)
    session.refresh(task)
    if fault := why_not(session, [task])[task.id]:
        raise Refused(fault)
    act.case.reason, act.case.came_as = reason, arrivals.SENT_BACK.id
    act.case.in_batch = in_batch
    go_back(act, task.step)
    act.case.log("process.returned", process=act.row.process, element=task.step, reason=reason)
    act.advance()
    save(act)

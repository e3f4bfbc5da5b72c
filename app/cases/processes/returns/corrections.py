"""Corrections of papers by the entity itself, before and after it has presented them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base.models import Task
from app.cases import arrivals
from app.cases.arrivals import Arrival
from app.cases.processes.act import Act
from app.cases.processes.acts import save
from app.cases.processes.case_admin import Refused, running
from app.cases.records.filing import PRESENTATIONS
from app.people import access
from workflows.instance import NotOpen


def can_correct_before_filing(task: Task) -> bool:
    """Return whether the papers of an open task are made, and not presented yet."""
    presentation = PRESENTATIONS.get(task.process)
    return (
        presentation is not None
        and task.step == presentation.files
        and task.state == "open"
        and task.instance.status == "running"
    )


def typed_tasks(session: Session, task: Task) -> list[Task]:
    """Return the answered tasks in which the papers of this presentation were typed, in order."""
    steps = PRESENTATIONS[task.process].typed
    answered = session.scalars(
        select(Task)
        .where(
            Task.instance_id == task.instance_id,
            Task.process == task.process,
            Task.step.in_(steps),
            Task.state == "completed",
        )
        .order_by(Task.id)
    )
    newest = {one.step: one for one in answered}
    return [newest[step] for step in steps if step in newest]


def before_filing(session: Session, task_id: int, element: str, actor_id: int) -> Task:
    """Return from a step that presents papers to one that typed them; return the open task.

    The term goes on: it is that of the step that presents. Raise Refused.
    """
    act, task = _held(session, task_id, actor_id)
    if not can_correct_before_filing(task) or element not in PRESENTATIONS[task.process].typed:
        raise Refused("Desde este paso no se vuelve a corregir.")
    act.continues = task
    return _go_back(act, task, element, arrivals.CORRECTED_BEFORE_FILING)


def _held(session: Session, task_id: int, actor_id: int) -> tuple[Act, Task]:
    """Lock the process of a task that must still be open, and load both. Raise Refused."""
    task = session.get_one(Task, task_id)
    act = running(session, task.instance_id, actor_id)
    session.refresh(task)
    if not act.is_open(task.engine_id):
        raise Refused(
            f"«{task.name}» ya no está en curso: mientras tanto, alguien la respondió o el proceso "
            "siguió por otro camino. Mira en qué está ahora."
        )
    act.case.on_behalf_of = access.on_behalf_of(session, task, actor_id)
    return act, task


def _go_back(act: Act, task: Task, element: str, arrival: Arrival) -> Task:
    act.case.came_as = arrival.id
    try:
        act.engine.send_back(element)
    except NotOpen:
        raise Refused("El proceso no ha pasado por ese paso.") from None
    back_to = act.definition.element_name(element)
    act.case.log(f"presentation.{arrival.id}", task=task, name=task.name, back_to=back_to)
    act.advance()
    save(act)
    return act.session.scalars(
        select(Task).where(
            Task.instance_id == task.instance_id, Task.step == element, Task.state == "open"
        )
    ).one()

"""Corrections of papers by the entity itself, before and after it has presented them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

import forms
from app.base import formatting
from app.base.models import Filing, Task
from app.cases import arrivals, notices, records
from app.cases.arrivals import Arrival
from app.cases.case import Case
from app.cases.processes.act import Act
from app.cases.processes.acts import save
from app.cases.processes.case_admin import Refused, go_back, hold_open, open_task
from app.cases.records.filing import PRESENTATIONS, REPLACED
from app.people import access
from forms.shapes.filing import plain_number


def can_correct_before_filing(task: Task) -> bool:
    """Return whether an open task comes after one that typed papers, which are not presented."""
    presentation = PRESENTATIONS.get(task.process)
    return (
        presentation is not None
        and task.step in presentation.until_filed[1:]
        and task.state == "open"
        and task.instance.status == "running"
    )


def typed_tasks(session: Session, task: Task) -> list[Task]:
    """Return the answered tasks in which the papers of a task's presentation were typed, in order.

    For a task that types papers, too: those of the steps before it.
    """
    steps = PRESENTATIONS[task.process].typed
    if task.step in steps:
        steps = steps[: steps.index(task.step)]
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
    """Return from a step before the constancia to one that typed papers; return the open task.

    The term goes on: it is that of the step left. Papers that were to be presented are void.
    Raise Refused.
    """
    act, task = hold_open(session, task_id, actor_id)
    may = can_correct_before_filing(task)
    if not may or element not in {one.step for one in typed_tasks(session, task)}:
        raise Refused("Desde este paso no se vuelve a corregir.")
    act.case.on_behalf_of = access.on_behalf_of(session, task, actor_id)
    act.continues = task
    if task.step == PRESENTATIONS[task.process].files:
        kinds = getattr(forms.steps()[task.step].form, "kinds", ())
        records.documents.void_papers(act.case, kinds, task)
    return _go_back(act, task, element, arrivals.CORRECTED_BEFORE_FILING)


def filed_task(session: Session, task: Task) -> Task | None:
    """Return the task in which the papers were presented that a task of the PCM is about.

    None for a task that is about no presentation.
    """
    presentation = PRESENTATIONS.get(task.process)
    if presentation is None or task.step not in presentation.held:
        return None
    return session.scalars(
        select(Task)
        .where(
            Task.instance_id == task.instance_id,
            Task.process == task.process,
            Task.step == presentation.files,
            Task.state == "completed",
        )
        .order_by(Task.id.desc())
        .limit(1)
    ).first()


def filing_of(session: Session, task: Task, actor_id: int) -> Filing | None:
    """Return the open filing that a task of the PCM is about."""
    return records.filing.open_filing(Case(session, task.entity, task.instance, actor_id, task))


def can_replace(filing: Filing) -> bool:
    """Return whether a corrected version may replace a filing: nobody observed it yet."""
    return not (filing.rounds or filing.desk_observed or filing.closed_at)


def corrected_version(session: Session, task_id: int, element: str, actor_id: int) -> Task:
    """Return from the PCM to a step that typed the papers, to present them again, corrected.

    The filing is replaced; the PCM keeps it. Return the open task. Raise Refused.
    """
    act, task, filing = _presented(session, task_id, actor_id)
    if element not in PRESENTATIONS[task.process].typed:
        raise Refused("Desde este paso no se vuelve a corregir.")
    if not can_replace(filing):
        raise Refused(
            "La presentación ya fue observada: corrige al subsanar, o pide la devolución."
        )
    records.filing.close(act.case, REPLACED)
    _notify(act, task, filing, "version_corrected")
    return _go_back(act, task, element, arrivals.CORRECTED_VERSION, number=filing.number)


def correct_receipt(
    session: Session, task_id: int, number: str, presented_at: datetime, actor_id: int
) -> None:
    """Correct the number and the moment (UTC) of the constancia of an open filing. Raise Refused.

    No term runs from that moment: a review's term runs from the reception.
    """
    act, task, filing = _presented(session, task_id, actor_id)
    _check_receipt(act, filing, number, presented_at)
    changed: dict[str, list[str]] = {}
    if number != filing.number:
        changed["receipt"] = [filing.number, number]
    if presented_at != filing.presented_at:
        changed["presented_at"] = [filing.presented_at.isoformat(), presented_at.isoformat()]
    if not changed:
        raise Refused("No cambiaste ni el número ni la hora de la constancia.")
    filing.number, filing.presented_at = number, presented_at
    act.case.log("presentation.receipt_corrected", task=task, name=task.name, changed=changed)
    _notify(act, task, filing, "receipt_corrected")
    save(act)


def _check_receipt(act: Act, filing: Filing, number: str, presented_at: datetime) -> None:
    """Raise Refused for a constancia that cannot be: its moment, or a number that was used."""
    if presented_at > act.case.at:
        raise Refused("La constancia no puede ser de un momento que todavía no llega.")
    made = [
        datetime.fromisoformat(paper["made_at"]).replace(second=0, microsecond=0)
        for paper in records.documents.read_papers(act.case)
        if paper["kind"] in filing.signed
    ]
    if made and presented_at < max(made):
        raise Refused(
            f"Los documentos se emitieron el {formatting.moment(max(made))}: la constancia no "
            "puede ser anterior."
        )
    received_at = filing.reception_at
    if received_at and presented_at > received_at:
        raise Refused(
            f"La mesa de partes la recibió el {formatting.moment(received_at)}: la constancia no "
            "puede ser posterior."
        )
    used = records.filing.read_used_receipts(act.case, but=filing)
    if plain_number(number) in map(plain_number, used):
        raise Refused(f"El número {number} es de otra presentación de la entidad.")


def _presented(session: Session, task_id: int, actor_id: int) -> tuple[Act, Task, Filing]:
    """Lock the process of a task in which the PCM has a presentation. Raise Refused."""
    act, task = hold_open(session, task_id, actor_id)
    filing, filed = records.filing.open_filing(act.case), filed_task(session, task)
    if filed is None or filing is None:
        raise Refused("La PCM no tiene ninguna presentación que corregir en este paso.")
    act.case.on_behalf_of = access.on_behalf_of(session, filed, actor_id)
    return act, task, filing


def _notify(act: Act, task: Task, filing: Filing, kind: str) -> None:
    """Add a notice for the coordinator in charge, who has the presentation."""
    role = access.reviewing_role(task.stage)
    notices.put(
        act.session, kind, str(filing.id), role=role, entity=act.case.entity, number=filing.number
    )


def _go_back(act: Act, task: Task, element: str, arrival: Arrival, **data: str) -> Task:
    act.case.came_as = arrival.id
    go_back(act, element)
    back_to = act.definition.element_name(element)
    kind = f"presentation.{arrival.id}"
    act.case.log(kind, task=task, name=task.name, back_to=back_to, **data)
    act.advance()
    save(act)
    return open_task(act, element)

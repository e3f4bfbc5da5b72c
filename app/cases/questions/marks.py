"""«No puedo seguir sin la respuesta»: the step counts as in the PCM's hands until it is answered.

Only custody changes, from the mark to the answer, by entries of the log: dates and timers of the
step stay. A legal term cannot be marked. A step outside the path of the onboarding has no clocks:
there the mark says whose the step is, and no days are counted.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import ProcessInstance, Question, Task
from app.cases import custody
from app.cases.case import Case
from app.people import access


def can_block(task: Task | None) -> bool:
    """Return whether a question of a step can be marked as blocking: the step needs its answer."""
    return (
        task is not None
        and task.state == "open"
        and task.role in access.ENTITY_ROLES
        and task.due_kind != "legal"
        and task.instance.ended_at is None
    )


def has_clocks(task: Task | None) -> bool:
    """Return whether the days of a step are counted: it is on the path of the onboarding."""
    return (
        task is not None
        and task.process not in custody.SIDE_PROCESSES
        and task.instance.process == "onboarding"
    )


def legal_day(task: Task | None) -> tuple[bool, date | None]:
    """Return whether a step's term is a legal one, which no question stops, and its last day.

    The day is None while the term does not run.
    """
    if task is None or task.state != "open" or task.due_kind != "legal":
        return False, None
    return True, calendar.last_day(task.due_at) if task.due_at else None


def block(session: Session, question: Question, actor_id: int) -> None:
    """Mark a question; do nothing if the step can no longer be marked.

    Lock the instance of the step until the transaction ends.
    """
    case = _hold(session, question, actor_id)
    if case is None or case.task is None or not can_block(case.task):
        return
    task = case.task
    question.blocks_since_at = question.blocks_since_at or case.at
    if task.question_since_at is None:
        task.question_since_at = case.at
        role = access.reviewing_role(task.stage)
        case.log("task.question_blocks", name=task.name, role=role, question=question.id)
    _hand_over(case)


def unblock(session: Session, question: Question, actor_id: int | None, reason: str = "") -> None:
    """End the mark of a question: it is answered or closed, or a coordinator differs (`reason`).

    The step is the entity's again, unless another question still keeps it.
    """
    if question.blocks_since_at is None:
        return
    question.blocks_since_at = None
    session.flush()
    case = _hold(session, question, actor_id)
    if case is None or case.task is None or case.task.question_since_at is None:
        return
    others = select(Question.id).where(
        Question.task_id == case.task.id, Question.blocks_since_at.is_not(None)
    )
    if case.task.state == "open" and session.scalar(others.limit(1)) is None:
        case.task.question_since_at = None
        data: dict[str, Any] = {"reason": reason} if reason else {}
        case.log("task.question_over", name=case.task.name, question=question.id, **data)
        _hand_over(case)


def _hold(session: Session, question: Question, actor_id: int | None) -> Case | None:
    """Lock the instance of a question's step, and read the step as it is now."""
    if question.task is None:
        return None
    instance = session.get_one(
        ProcessInstance, question.task.instance_id, with_for_update=True, populate_existing=True
    )
    session.refresh(question.task)
    return Case(session, question.task.entity, instance, actor_id, question.task)


def _hand_over(case: Case) -> None:
    """Hand the case over, outside an act on its engine: its instance is locked."""
    case.session.flush()
    row = case.instance
    party = custody.party_from_rows(case.session, row)
    custody.hand_over(case.session, row, row.stage, party, case.at)
    case.session.flush()

"""*Corregir la lista*: the attendance of many entities is returned, to be recorded again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import Batch, Entity, Task, User
from app.cases import processes
from app.cases.processes.returns import attendance
from app.onboarding.batches.kind import Data, Entry, Kind, Plan, Refused, Row
from app.onboarding.batches.kinds.attendance.recording import NOT_YOURS, page_values, tasks_of
from app.onboarding.batches.kinds.locks import lock_onboarding
from app.people import access

RETURNED = "Su asistencia se puede registrar otra vez."
TOO_LATE = "El plazo para corregir la lista ya pasó: devuelve el proceso desde su página."


def _judge(session: Session, batch: Batch, rows: Sequence[Row]) -> list[Plan]:
    """Plan the rows: which entities go back, and why the others cannot."""
    tasks = tasks_of(session, rows)
    user = session.get(User, batch.confirmed_by_id or batch.by_id)
    faults = attendance.why_not(session, list(tasks.values()))
    return [_plan(tasks[data["task"]], faults[data["task"]], data, user) for _, data in rows]


def _plan(task: Task, fault: str, data: Data, user: User | None) -> Plan:
    if not access.may_answer(user, task):
        return Plan("refused", NOT_YOURS)
    if fault == attendance.OPEN_AGAIN:
        return Plan("same", fault)
    if not fault and calendar.now() >= datetime.fromisoformat(data["until"]):
        fault = TOO_LATE
    return Plan("refused", fault) if fault else Plan("do", RETURNED)


def _do(session: Session, batch: Batch, entity: Entity, data: Data) -> str:
    """Open the step of an entity again."""
    reason, actor_id = batch.data["reason"], batch.confirmed_by_id or 0
    try:
        attendance.take_back(session, data["task"], reason, actor_id, in_batch=batch.id)
    except processes.Refused as fault:
        raise Refused(str(fault)) from None
    return RETURNED


ATTENDANCE_FIX = Kind(
    id="attendance_fix",
    slug="correccion-de-asistencia",
    name="Corrección de una lista de asistencia",
    action="publish_sessions",
    fresh=False,
    verb="Vas a devolver el registro de asistencia de",
    summary="Devuelve la asistencia que se acaba de registrar, para registrarla otra vez.",
    judge=_judge,
    do=_do,
    lock=lock_onboarding,
    entry=Entry("Corregir una lista de asistencia", "sessions.list_sessions", {}),
    template="batches/attendance.html",
    page_values=page_values,
)

"""Reminders of many tasks, sent now. Holds and muted people apply, unlike for a single one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import Batch, Entity, Task
from app.cases import reminders
from app.cases.reminders.holds import Holds
from app.onboarding.batches.kind import Choosing, Data, Kind, Plan, Row
from app.onboarding.batches.kinds.acts import tasks

NONE = "No tiene ningún paso con plazo en curso: no hay qué recordar."
HELD = "Los recordatorios de esta entidad, de su etapa o de su región están retenidos."


def _judge(session: Session, batch: Batch, rows: Sequence[Row]) -> list[Plan]:
    def planner(found: Sequence[Task]) -> Callable[[Task], Plan]:
        standing, today = Holds.standing(session), calendar.today()
        refused = reminders.manual.refusals(session, found)

        def plan(task: Task) -> Plan:
            if standing.holds(task, today):
                return Plan("refused", HELD)
            if why := refused[task.id]:
                return Plan("refused", why)
            return Plan("do", "Se envía un recordatorio a quienes tienen el paso.")

        return plan

    return tasks.judge(session, rows, planner, NONE)


def _do(session: Session, batch: Batch, entity: Entity, data: Data) -> str:
    with tasks.refusing():
        task = session.get_one(Task, data["task"])
        return reminders.send_now(session, task, batch.confirmed_by_id or 0)


REMIND = Kind(
    id="remind",
    slug="recordar",
    name="Recordatorios",
    action="manage_reminders",
    fresh=False,
    verb="Vas a recordar el vencimiento de",
    summary="Escribe ahora a quienes tienen un paso pendiente, sin esperar al siguiente aviso.",
    counted=tasks.COUNTED,
    choosing=Choosing(label="Enviar un recordatorio", rows=tasks.rows_where(tasks.DATED)),
    judge=_judge,
    do=_do,
    details=tasks.details,
)

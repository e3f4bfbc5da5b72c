"""Suspend and resume the processes of many entities, with a reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app.base.db.membership import among
from app.base.models import Batch, Entity, ProcessInstance
from app.cases import processes
from app.cases.status import PROCESS_NAMES
from app.onboarding.batches.kind import Choosing, Data, Kind, Plan, Row, Selection
from app.onboarding.batches.kinds.acts.reasons import ReasonForm, reason_facts, reason_of
from app.onboarding.batches.kinds.acts.tasks import refusing

COUNTED = ("proceso", "procesos")
RUNS = "El proceso ya está en marcha."
SUSPENDED = "El proceso ya está suspendido."
ENDED = "El proceso ya terminó."


def _data_of(instance: ProcessInstance) -> Data:
    return {"instance": instance.id, "name": PROCESS_NAMES[instance.process]}


def _rows_where(condition: ColumnElement[bool]) -> Callable[[Session, Selection], list[Row]]:
    """Return how a kind makes its rows: the processes of the chosen tasks, or those of the chosen
    entities that fulfil a condition. An entity without one has a row that says so."""

    def rows(session: Session, selection: Selection) -> list[Row]:
        if selection.tasks is not None:
            found = {task.instance.id: task for task in selection.tasks}
            return [(task.entity, _data_of(task.instance)) for task in found.values()]
        of_entity: dict[int, list[Data]] = defaultdict(list)
        query = select(ProcessInstance).where(
            among(ProcessInstance.entity_id, [entity.id for entity in selection.entities]),
            ProcessInstance.ended_at.is_(None),
            condition,
        )
        for instance in session.scalars(query.order_by(ProcessInstance.id)):
            of_entity[instance.entity_id].append(_data_of(instance))
        return [
            (entity, data) for entity in selection.entities for data in of_entity[entity.id] or [{}]
        ]

    return rows


def _judge(wanted: str, is_so: str, will: str, none: str) -> Callable[..., list[Plan]]:
    """Return how rows are planned: only processes in the status `wanted` change."""

    def judge(session: Session, batch: Batch, rows: Sequence[Row]) -> list[Plan]:
        ids = [data["instance"] for _, data in rows if "instance" in data]
        query = select(ProcessInstance.id, ProcessInstance.status).where(
            among(ProcessInstance.id, ids)
        )
        status = {row.id: row.status for row in session.execute(query)}

        def plan(data: Data) -> Plan:
            if "instance" not in data:
                return Plan("same", none)
            now = status[data["instance"]]
            if now not in ("running", "suspended"):
                return Plan("same", ENDED)
            return Plan("do", will) if now == wanted else Plan("same", is_so)

        return [plan(data) for _, data in rows]

    return judge


def _suspend(session: Session, batch: Batch, entity: Entity, data: Data) -> str:
    with refusing():
        reason, actor_id = batch.data["reason"], batch.confirmed_by_id or 0
        processes.suspend(session, data["instance"], reason, actor_id)
    return "El proceso quedó suspendido: ningún plazo corre."


def _resume(session: Session, batch: Batch, entity: Entity, data: Data) -> str:
    with refusing():
        reason, actor_id = batch.data["reason"], batch.confirmed_by_id or 0
        processes.resume(session, data["instance"], reason, actor_id)
    return "El proceso continúa: los plazos se corrieron por los días suspendidos."


def _details(data: Data) -> list[str]:
    return [data["name"]] if "name" in data else []


SUSPEND = Kind(
    id="suspend",
    slug="suspender",
    name="Suspensión de procesos",
    action="suspend",
    fresh=False,
    verb="Vas a suspender un total de",
    summary="Detén la implementación de muchas entidades, con un motivo. Ningún plazo corre.",
    counted=COUNTED,
    choosing=Choosing(
        label="Suspender",
        about=(
            "Mientras esté suspendido no se responde ninguna tarea ni corre ningún plazo. "
            "De cada entidad se suspende la implementación.",
        ),
        form=ReasonForm,
        common=reason_of,
        rows=_rows_where(ProcessInstance.process == "onboarding"),
    ),
    judge=_judge("running", SUSPENDED, "Se suspende.", "No tiene una implementación en marcha."),
    do=_suspend,
    facts=reason_facts,
    details=_details,
)
RESUME = Kind(
    id="resume",
    slug="reanudar",
    name="Reanudación de procesos",
    action="resume",
    fresh=False,
    verb="Vas a reanudar un total de",
    summary="Reanuda lo que está suspendido. Los plazos se corren por los días suspendidos.",
    counted=COUNTED,
    choosing=Choosing(
        label="Reanudar",
        about=("De cada entidad se reanudan todos los procesos suspendidos.",),
        form=ReasonForm,
        common=reason_of,
        rows=_rows_where(ProcessInstance.status == "suspended"),
    ),
    judge=_judge("suspended", RUNS, "Se reanuda.", "No tiene ningún proceso suspendido."),
    do=_resume,
    facts=reason_facts,
    details=_details,
)

"""More working days for many tasks. Legal terms are left out, and their rows say so."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy.orm import Session

from app.base import formatting
from app.base.models import Batch, Entity, Task
from app.cases import processes
from app.cases.processes import extensions
from app.onboarding.batches.kind import Choosing, Data, Kind, Plan, Row
from app.onboarding.batches.kinds.acts import tasks
from app.onboarding.batches.kinds.acts.reasons import ReasonForm, reason_facts, reason_of
from forms.fields import CountField, Part

NONE = "No tiene ningún paso con plazo en curso: no hay qué ampliar."


class ExtendForm(ReasonForm):
    """The number of working days, and the reason."""

    working_days = CountField(
        "Días hábiles que se agregan", least=1, most=60, needed="Escribe un número de días."
    )


def _common(session: Session, form: Part) -> Data:
    return reason_of(session, form) | {"working_days": form["working_days"].number}


def _judge(session: Session, batch: Batch, rows: Sequence[Row]) -> list[Plan]:
    def planner(found: Sequence[Task]) -> Callable[[Task], Plan]:
        waiting = extensions.open_requests(session, [task.id for task in found])

        def plan(task: Task) -> Plan:
            if task.due_kind == "legal":
                return Plan("refused", f"«{task.name}» tiene un plazo legal: no se amplía.")
            if task.due_at is None:
                return Plan("refused", "El plazo de este paso no corre ahora.")
            days = formatting.plural(batch.data["working_days"], "día hábil", "días hábiles")
            answers = " Así se responde el pedido de la entidad." if task.id in waiting else ""
            return Plan("do", f"Se agregan {days} a su plazo.{answers}")

        return plan

    return tasks.judge(session, rows, planner, NONE)


def _do(session: Session, batch: Batch, entity: Entity, data: Data) -> str:
    days, reason = batch.data["working_days"], batch.data["reason"]
    actor_id = batch.confirmed_by_id or 0
    task_id = data["task"]
    request = extensions.open_requests(session, [task_id]).get(task_id)
    with tasks.refusing():
        if request is not None:
            extensions.grant(session, request.id, days, reason, actor_id)
        else:
            processes.extend(session, task_id, days, reason, actor_id)
    return f"El plazo quedó ampliado en {formatting.plural(days, 'día hábil', 'días hábiles')}."


def _facts(data: Data) -> list[tuple[str, str]]:
    if "working_days" not in data:
        return []
    days = formatting.plural(data["working_days"], "día hábil", "días hábiles")
    return [*reason_facts(data), ("Se agregan", days)]


EXTEND = Kind(
    id="extend",
    slug="ampliar",
    name="Ampliación de plazos",
    action="send_back",
    fresh=False,
    verb="Vas a ampliar el plazo de",
    summary="Da los mismos días hábiles a muchos pasos. Los plazos legales quedan fuera.",
    counted=tasks.COUNTED,
    choosing=Choosing(
        label="Ampliar el plazo",
        about=("Los días se agregan al vencimiento que cada paso tiene ahora.",),
        form=ExtendForm,
        common=_common,
        rows=tasks.rows_where(tasks.DATED),
    ),
    judge=_judge,
    do=_do,
    details=tasks.details,
    facts=_facts,
)

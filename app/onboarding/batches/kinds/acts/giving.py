"""Many tasks given to a colleague by name, with a reason that the colleague reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy.orm import Session

from app.base.models import Batch, Entity, Task, User
from app.cases.processes import assigning
from app.onboarding.batches.kind import Choosing, Data, Kind, Plan, Row
from app.onboarding.batches.kinds.acts import tasks
from app.onboarding.batches.kinds.acts.reasons import ReasonForm, reason_facts, reason_of
from app.people import access
from app.people.access import duties
from app.people.access.rules import COORDINATORS
from forms.fields import Part, SelectOneField

NONE = "No tiene ningún paso abierto de los coordinadores: no hay qué dar."


class GiveForm(ReasonForm):
    """The colleague, and the reason."""

    to = SelectOneField("Colega que la recibe", needed="Elige a quién se la das.")


def _prepare(session: Session, user: User, form: Part) -> None:
    people = {one.id: one for role in sorted(COORDINATORS) for one in access.holders(session, role)}
    others = sorted(people.values(), key=lambda one: (one.surnames, one.id))
    names = [(str(one.id), one.full_name) for one in others if one.id != user.id]
    form["to"].choices = [("", "Elige"), *names]


def _common(session: Session, form: Part) -> Data:
    to = session.get_one(User, int(form["to"].data))
    return reason_of(session, form) | {"to": to.id, "name": to.full_name}


def _judge(session: Session, batch: Batch, rows: Sequence[Row]) -> list[Plan]:
    by = batch.confirmed_by or session.get_one(User, batch.by_id)
    to_id, name = batch.data.get("to"), batch.data.get("name", "")

    def planner(found: Sequence[Task]) -> Callable[[Task], Plan]:
        watch = duties.Watch.of(session, found)

        def plan(task: Task) -> Plan:
            if not assigning.may_give(by, task):
                return Plan("refused", "No puedes dar esta tarea: no es de tu bandeja.")
            if task.assignee_id == to_id:
                return Plan("same", f"La tarea ya la tiene {name}.")
            if to_id not in {one.id for one in watch.free(task)}:
                return Plan("refused", f"{name} no puede responder hoy esta tarea.")
            return Plan("do", f"La recibe {name}.")

        return plan

    return tasks.judge(session, rows, planner, NONE)


def _do(session: Session, batch: Batch, entity: Entity, data: Data) -> str:
    by, to = batch.confirmed_by, session.get_one(User, batch.data["to"])
    if by is None:
        raise LookupError(f"batch {batch.id} was not confirmed")
    with tasks.refusing():
        task = session.get_one(Task, data["task"])
        assigning.give(session, task, to, batch.data["reason"], by)
    return f"La tiene {to.full_name}."


GIVE = Kind(
    id="give",
    slug="dar",
    name="Tareas dadas a un colega",
    action="give_task",
    fresh=False,
    verb="Vas a dar a un colega un total de",
    summary="Da tareas a un colega por su nombre, con un motivo. Le llegan juntas en un correo.",
    counted=tasks.COUNTED,
    choosing=Choosing(
        label="Dar a un colega",
        form=GiveForm,
        prepare=_prepare,
        common=_common,
        rows=tasks.rows_where(Task.role.in_(sorted(COORDINATORS))),
    ),
    judge=_judge,
    do=_do,
    details=tasks.details,
    facts=lambda data: [("Para", data.get("name", "")), *reason_facts(data)],
)

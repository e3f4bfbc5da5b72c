"""Kinds whose rows are tasks: an entity has a row for each. The data of a row name the task."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from app.base.db.membership import among
from app.base.models import ProcessInstance, Task
from app.cases import processes, reminders
from app.onboarding.batches.kind import Data, Plan, Refused, Row, Selection
from app.people import access

SUSPENDED = "El proceso está suspendido: reanúdalo primero."
#: What is counted of such a kind.
COUNTED = ("tarea", "tareas")
#: Steps of an entity that have a date: what the list of entities means by its tasks.
DATED: ColumnElement[bool] = Task.role.in_(sorted(access.ENTITY_ROLES)) & Task.due_at.is_not(None)


def data_of(task: Task) -> Data:
    """Return the data of a row: the task and its name."""
    return {"task": task.id, "name": task.name}


def details(data: Data) -> list[str]:
    """Return what a page shows of a row: the name of its task."""
    return [data["name"]] if "name" in data else []


def rows_where(condition: ColumnElement[bool]) -> Callable[[Session, Selection], list[Row]]:
    """Return how a kind makes its rows: the chosen tasks, or those of the chosen entities.

    `condition`: on Task; of a chosen entity, its open tasks that fulfil it. An entity without one
    has a row without a task, which says so.
    """

    def rows(session: Session, selection: Selection) -> list[Row]:
        if selection.tasks is not None:
            return [(task.entity, data_of(task)) for task in selection.tasks]
        found: dict[int, list[Task]] = defaultdict(list)
        query = select(Task).where(
            among(Task.entity_id, [entity.id for entity in selection.entities]),
            Task.state == "open",
            condition,
        )
        for task in session.scalars(query.order_by(Task.id)):
            found[task.entity_id].append(task)
        return [
            (entity, data)
            for entity in selection.entities
            for data in ([data_of(task) for task in found[entity.id]] or [{}])
        ]

    return rows


def judge(
    session: Session,
    rows: Sequence[Row],
    planner: Callable[[Sequence[Task]], Callable[[Task], Plan]],
    none: str,
) -> list[Plan]:
    """Plan rows by their tasks. `none`: what is said of an entity without one.

    `planner` gets the tasks that may change, so that it reads what it needs of all of them at once.
    """
    ids = [data["task"] for _, data in rows if "task" in data]
    query = (
        select(Task)
        .join(Task.instance)
        .where(among(Task.id, ids))
        .options(
            contains_eager(Task.instance).joinedload(ProcessInstance.deployment),
            joinedload(Task.entity),
        )
        .execution_options(populate_existing=True)
    )
    known = {task.id: task for task in session.scalars(query)}
    running = [one for one in known.values() if one.state == "open" and not _is_suspended(one)]
    plan = planner(running)

    def planned(data: Data) -> Plan:
        if "task" not in data:
            return Plan("same", none)
        task = known[data["task"]]
        if task.state != "open":
            return Plan("same", "El paso ya se cerró: alguien lo respondió o ya no hace falta.")
        if _is_suspended(task):
            return Plan("refused", SUSPENDED)
        return plan(task)

    return [planned(data) for _, data in rows]


def _is_suspended(task: Task) -> bool:
    return task.instance.status == "suspended"


@contextmanager
def refusing() -> Iterator[None]:
    """Let what an act refuses be the message of its row."""
    try:
        yield
    except (processes.Refused, reminders.Refused) as reason:
        raise Refused(str(reason)) from None

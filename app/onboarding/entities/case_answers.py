"""The case on the page of an entity: its open tasks, the answers at the top, its diagram."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from markupsafe import Markup
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.definitions import definition_of
from app.base.models import ProcessInstance, User
from app.cases import custody, status
from app.cases.status import Facts
from app.cases.status.facts import Wait
from app.onboarding import diagrams
from app.onboarding.entities import clocks
from app.onboarding.entities.clocks import ClockTable
from app.onboarding.entity_list.standing import Standing
from app.onboarding.tasks import task_view
from app.onboarding.tasks.task_view import TaskView
from app.onboarding.tasks.why import why_due
from app.people import access


def cases(session: Session, rows: Sequence[ProcessInstance]) -> list[Facts]:
    """Return the facts of the entity's onboarding and of its other open processes."""
    return list(status.read(session, status.say_where(rows), calendar.now()).values())


def tasks(
    session: Session, cases: Sequence[Facts], user: User | None, lanes: Mapping[str, str]
) -> dict[int, TaskView]:
    """Return the open tasks of these cases for a reader, by id, the oldest first.

    `lanes`: who does the steps of each (`access.lane_titles`).
    """
    every = [case for facts in cases for case in (facts, *facts.others)]
    rows = [task for case in every for task in case.tasks if task.state == "open"]
    rows.sort(key=lambda task: (task.opened_at, task.id))
    drafts = frozenset().union(*(case.drafts for case in every))
    now, why = calendar.now(), why_due(session, rows)
    return {
        task.id: replace(
            task_view.view(session, task, user, drafts, now, why=why[task.id]),
            who=lanes[access.ROLES[task.role].lane or ""],
        )
        for task in rows
    }


@dataclass(frozen=True)
class CaseAnswers:
    """The three answers at the top of the page: where it is, who holds it, what is next."""

    where: str
    #: An id of `app.base.formatting.STATES`.
    state: str
    since_on: date
    holder: str
    #: Working days in the same hands; None without a holder.
    holder_days: int | None
    next: TaskView | None
    #: The awaited events, in sentences.
    awaited: Sequence[str]
    #: The step after the next task.
    after: str
    clocks: ClockTable | None


def answers(
    here: Standing, cases: Sequence[Facts], open_tasks: Mapping[int, TaskView]
) -> CaseAnswers | None:
    """Return the three answers about the onboarding; None before it began."""
    instance = here.instance
    if instance is None:
        return None
    count = len(definition_of(instance.deployment).stages)
    where = here.stage_name and f"Etapa {here.stage_number} de {count}: {here.stage_name}"
    if instance.ended_at:
        where = instance.end_name or "Implementación anulada"
    since = instance.ended_at or instance.stage_since_at or instance.started_at
    onboarding = cases[0]
    first = _next(here, onboarding, open_tasks)
    goes_on = _case_of(onboarding, first)
    return CaseAnswers(
        where=where or "Implementación",
        state=here.state,
        since_on=calendar.lima_day(since),
        holder=custody.label_of(here.holder) or "De nadie: terminó",
        holder_days=here.clocks.held if here.holder else None,
        next=open_tasks.get(first) if first is not None else None,
        awaited=_awaited(onboarding),
        after=status.after(goes_on) if goes_on else "",
        clocks=clocks.table(here),
    )


def _awaited(facts: Facts) -> list[str]:
    """Return the awaited events, the nearest first: retries of the system, then set days."""
    tried = [f"El sistema vuelve a intentar: {one.name}" for one in facts.incidents if one.element]

    def how_near(wait: Wait) -> tuple[bool, datetime]:
        return wait.at is None, wait.at or facts.now

    return tried + [status.of_wait(facts, wait) for wait in sorted(facts.waits, key=how_near)]


def diagram(
    session: Session, cases: Sequence[Facts], reader: User | None, lanes: Mapping[str, str]
) -> Markup | None:
    """Return the picture of the current stage, or of the whole; None before the start."""
    if not cases:
        return None
    facts = cases[0]
    process = facts.row.stage or facts.row.process
    return diagrams.of_case(session, facts.row, process, reader, facts, lanes)


def _next(here: Standing, facts: Facts, open_tasks: Mapping[int, TaskView]) -> int | None:
    """Return the id of a task that the reader may answer; if there is none, of the first task due.

    Running tasks come before paused ones, and the path before its side processes.
    """

    def stands_still(key: int) -> bool:
        return open_tasks[key].state == "awaiting_date"

    on_path = [task.id for task in facts.open_tasks]
    in_order = [*on_path, *(key for key in open_tasks if key not in on_path)]
    runs = [key for key in in_order if open_tasks[key].state != "suspended"]
    runs.sort(key=stands_still)
    mine = next((key for key in runs if open_tasks[key].url), None)
    if mine is not None:
        return mine
    first = here.next_task.id if here.next_task else None
    if first is not None and first in open_tasks and not stands_still(first):
        return first
    return next(iter(runs), first)


def _case_of(facts: Facts, task_id: int | None) -> Facts | None:
    """Return the case that continues once a task is answered: the onboarding, or another process.

    None for a follow-up, which nothing follows.
    """
    if task_id is None or any(task.id == task_id for task in facts.open_tasks):
        return facts
    return next((one for one in facts.others if any(t.id == task_id for t in one.tasks)), None)

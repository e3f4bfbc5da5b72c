"""The case on the pages of an entity: its open tasks, the answers at the top, its diagram."""

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
from app.cases.case import Case
from app.cases.papers.issued import annulment
from app.cases.status import Facts, versions
from app.cases.status.facts import Wait
from app.onboarding import diagrams
from app.onboarding.entities import clocks
from app.onboarding.entities.clocks import ClockTable
from app.onboarding.entity_list.standing import Standing
from app.onboarding.tasks import task_view
from app.onboarding.tasks.task_view import TaskView
from app.onboarding.tasks.why import why_due
from app.people import access
from workflows.drawing import ENTRY

#: What is next in a case that ended, while the constancia that replaces a void one is not signed.
TO_SIGN = "El Despacho firma la constancia"


def cases(session: Session, rows: Sequence[ProcessInstance]) -> list[Facts]:
    """Return the facts of the entity's onboarding and of its other open processes."""
    return list(status.read(session, status.say_where(rows), calendar.now()).values())


def tasks(
    session: Session,
    cases: Sequence[Facts],
    user: User | None,
    lanes: Mapping[str, str],
    *,
    explained: bool = False,
) -> dict[int, TaskView]:
    """Return the open tasks of these cases for a reader, by id, the oldest first.

    `lanes`: who does the steps of each (`access.lane_titles`); `explained`: whether to say how
    their dates come about, which takes two statements more. One statement finds the decisions
    from which the reader is barred, if there are any in the reader's lanes.
    """
    every = [case for facts in cases for case in (facts, *facts.others)]
    rows = [task for case in every for task in case.tasks if task.state == "open"]
    rows.sort(key=lambda task: (task.opened_at, task.id))
    drafts = frozenset().union(*(case.drafts for case in every))
    now, why = calendar.now(), why_due(session, rows) if explained else {}
    barred = access.duties.barred_among(session, rows, user)
    return {
        task.id: replace(
            task_view.view(
                session, task, user, drafts, now, why=why.get(task.id, ""), barred=barred
            ),
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
    #: Working days in the same hands; None without a holder, and after the end.
    holder_days: int | None
    next: TaskView | None
    #: The awaited events, in sentences.
    awaited: Sequence[str]
    #: The step after the next task.
    after: str
    #: Other tasks that the reader may answer.
    mine: Sequence[TaskView]


def answers(
    session: Session, cases: Sequence[Facts], open_tasks: Mapping[int, TaskView]
) -> CaseAnswers | None:
    """Return the three answers about the onboarding; None before it began.

    Of one that ended, statements find whether its constancia waits for a signature.
    """
    facts = onboarding_of(cases)
    if facts is None:
        return None
    here, instance = standing_of(facts), facts.row
    count = len(definition_of(instance.deployment).stages)
    where = here.stage_name and f"Etapa {here.stage_number} de {count}: {here.stage_name}"
    if instance.ended_at:
        where = here.end_name or "Implementación anulada"
    to_sign = annulment.waits_for_signature(Case(session, instance.entity, instance))
    since = instance.ended_at or instance.stage_since_at or instance.started_at
    first = _next(here, facts, open_tasks)
    goes_on = _case_of(facts, first)
    return CaseAnswers(
        where=where or "Implementación",
        state=here.state,
        since_on=calendar.lima_day(since),
        holder=custody.label_of("secretary" if to_sign else here.holder) or "De nadie: terminó",
        holder_days=facts.held if here.holder else None,
        next=open_tasks.get(first) if first is not None else None,
        awaited=[TO_SIGN] if to_sign else _awaited(facts),
        after=status.after(goes_on) if goes_on else "",
        mine=[
            view
            for key, view in open_tasks.items()
            if view.url and key != first and view.state != "suspended"
        ],
    )


def onboarding_of(cases: Sequence[Facts]) -> Facts | None:
    """Return the onboarding among the cases of an entity; None before it began."""
    return next((facts for facts in cases if facts.row.process == ENTRY), None)


def standing_of(facts: Facts) -> Standing:
    """Return where an onboarding stands, from its facts, without its dates and clocks."""
    open_tasks = [task for task in facts.tasks if task.state == "open"]
    return Standing(facts.row.entity, facts.row, open_tasks, drafts=facts.drafts)


def clock_table(session: Session, facts: Facts) -> ClockTable:
    """Return the working days of an onboarding by party."""
    counted = custody.clocks_of(session, [facts.row], facts.now)[facts.row.id]
    return clocks.table(facts.row, counted, versions.of_case(session, facts.row))


def _awaited(facts: Facts) -> list[str]:
    """Return the awaited events, the nearest first: retries of the system, then set days."""
    tried = [f"El sistema vuelve a intentar: {one.name}" for one in facts.incidents if one.element]

    def how_near(wait: Wait) -> tuple[bool, datetime]:
        return wait.at is None, wait.at or facts.now

    return tried + [status.of_wait(facts, wait) for wait in sorted(facts.waits, key=how_near)]


def diagram(
    session: Session, cases: Sequence[Facts], reader: User | None, lanes: Mapping[str, str]
) -> Markup | None:
    """Return the picture of the whole path; None before the start."""
    facts = onboarding_of(cases)
    if facts is None:
        return None
    return diagrams.of_case(session, facts.row, ENTRY, reader, facts, lanes)


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

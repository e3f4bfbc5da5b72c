"""The facts of cases: what the projections hold about them, read for many at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.base import calendar
from app.base.calendar import Calendar
from app.base.db.membership import among
from app.base.definitions import definition_of
from app.base.models import Draft, Filing, Incident, ProcessInstance, Task
from app.cases import custody
from app.cases.records import set_days
from workflows import paths
from workflows.definition import Definition
from workflows.drawing import ENTRY


@dataclass(frozen=True)
class Wait:
    """A set day that a case waits for."""

    #: The id of the timer, and the name of its day.
    timer: str
    day: str
    #: The moment at which it comes; None if no record says it.
    at: datetime | None
    #: The steps that open then.
    steps: frozenset[str]


@dataclass
class Facts:
    """A case with its facts at a moment."""

    row: ProcessInstance
    now: datetime
    working: Calendar
    #: Open and closed tasks, the oldest first.
    tasks: list[Task] = field(default_factory=list)
    filings: list[Filing] = field(default_factory=list)
    #: The open incidents.
    incidents: list[Incident] = field(default_factory=list)
    #: Ids of open tasks with a draft.
    drafts: frozenset[int] = frozenset()
    waits: list[Wait] = field(default_factory=list)
    #: The working days, by the clocks, for which its party has held it; None without clocks.
    held: int | None = None
    #: The entity's other open processes.
    others: list[Facts] = field(default_factory=list)

    @property
    def definition(self) -> Definition:
        """The version on which the case runs."""
        return definition_of(self.row.deployment)

    @cached_property
    def newest(self) -> Mapping[str, Task]:
        """The newest task of each step, without those that a return or an end cancelled."""
        return {task.step: task for task in self.tasks if task.state != "cancelled"}

    @property
    def open_tasks(self) -> list[Task]:
        """The open tasks of the path, without tasks of side processes."""
        return [one for one in self.tasks if one.state == "open" and one.process != "follow_up"]

    @property
    def follow_up(self) -> list[Task]:
        """The tasks of the follow-up of the current stage, closed ones too."""
        since = self.row.stage_since_at
        return [
            task
            for task in self.tasks
            if task.process == "follow_up"
            and task.stage == self.row.stage
            and (since is None or task.opened_at >= since)
        ]

    @property
    def is_reported(self) -> bool:
        """Whether the follow-up ended: the control body is informed."""
        signed = (task.step for task in self.follow_up if task.outcome == "signed")
        return "sign_control_notice" in signed

    def filing(self, kind: str) -> Filing | None:
        """Return the newest presentation of a kind."""
        return next((one for one in reversed(self.filings) if one.kind == kind), None)

    def waited_for(self) -> Iterator[paths.SetDay]:
        """Yield the timers of set days that wait: answered before, and nothing opened since."""
        process = self.row.stage or self.row.process
        if self.row.ended_at or process not in self.definition.processes:
            return
        for one in paths.set_days(self.definition, process, self.row.process):
            around = one.before | one.after
            tasks = [t for t in self.tasks if t.step in around and t.stage == self.row.stage]
            last = next((t for t in reversed(tasks) if t.state != "cancelled"), None)
            if last is not None and last.state == "completed" and last.step in one.before:
                yield one
        last = self.follow_up[-1] if self.follow_up else None
        if last is not None and last.state == "completed" and last.outcome == "agreed":
            yield from paths.set_days(self.definition, "follow_up")


def read(session: Session, rows: Sequence[ProcessInstance], now: datetime) -> dict[int, Facts]:
    """Return the facts of cases (newest onboardings, or any) at `now` (UTC), by the case's id.

    At most ten statements for any number of cases. The rows' entities are in the session already.
    """
    others = _side_processes(session, rows)
    every = [*rows, *(one for several in others.values() for one in several)]
    facts = {row.id: Facts(row, now, calendar.calendar_of(session, row.entity)) for row in every}
    _add_tasks(session, facts)
    with_clocks = [row for row in every if row.holder]
    for instance_id, counted in custody.clocks_of(session, with_clocks, now).items():
        facts[instance_id].held = counted.held
    for one in rows:
        facts[one.id].others = [
            facts[other.id] for other in others[one.entity_id] if other.id != one.id
        ]
    _add_set_days(session, facts)
    return {row.id: facts[row.id] for row in rows}


def read_entities(
    session: Session, entity_ids: Collection[int], now: datetime
) -> dict[int, list[Facts]]:
    """Return the facts of the cases that give entities their status, by the entity's id.

    One statement more than `read`. The entities are in the session already.
    """
    every: dict[int, list[ProcessInstance]] = {entity_id: [] for entity_id in entity_ids}
    query = select(ProcessInstance).where(
        among(ProcessInstance.entity_id, every),
        (ProcessInstance.process == ENTRY) | ProcessInstance.ended_at.is_(None),
    )
    for row in session.scalars(query.order_by(ProcessInstance.id)):
        every[row.entity_id].append(row)
    of_each = {entity_id: say_where(rows) for entity_id, rows in every.items()}
    facts = read(session, [row for rows in of_each.values() for row in rows], now)
    return {entity_id: [facts[row.id] for row in rows] for entity_id, rows in of_each.items()}


def say_where(rows: Iterable[ProcessInstance]) -> list[ProcessInstance]:
    """Return the processes of an entity that determine its status.

    They are the newest onboarding or, before the first onboarding, all open
    processes.
    """
    in_order = sorted(rows, key=lambda row: row.id)
    begun = [row for row in in_order if row.process == ENTRY]
    return begun[-1:] or [row for row in in_order if row.ended_at is None]


def _side_processes(
    session: Session, rows: Sequence[ProcessInstance]
) -> Mapping[int, list[ProcessInstance]]:
    """Return the other open processes of the entities of these cases, the oldest first."""
    found: dict[int, list[ProcessInstance]] = defaultdict(list)
    query = (
        select(ProcessInstance)
        .where(
            among(ProcessInstance.entity_id, {row.entity_id for row in rows}),
            ProcessInstance.id.not_in({row.id for row in rows}),
            ProcessInstance.ended_at.is_(None),
        )
        .order_by(ProcessInstance.id)
    )
    for row in session.scalars(query) if rows else ():
        found[row.entity_id].append(row)
    return found


def _add_tasks(session: Session, facts: Mapping[int, Facts]) -> None:
    """Add tasks with their drafts, presentations and incidents."""
    ids = list(facts)
    tasks = session.scalars(
        select(Task)
        .where(among(Task.instance_id, ids))
        .options(joinedload(Task.assignee))
        .order_by(Task.id)
    ).all()
    drafts = select(Draft.task_id).join(Task, Task.id == Draft.task_id)
    typed = session.scalars(drafts.where(among(Task.instance_id, ids), Task.state == "open")).all()
    for task in tasks:
        facts[task.instance_id].tasks.append(task)
    for one in facts.values():
        one.drafts = frozenset(typed)
    filings = select(Filing).where(among(Filing.instance_id, ids)).order_by(Filing.id)
    for filing in session.scalars(filings):
        facts[filing.instance_id].filings.append(filing)
    incidents = select(Incident).where(among(Incident.instance_id, ids)).order_by(Incident.id)
    for incident in session.scalars(incidents.where(Incident.resolved_at.is_(None))):
        facts[incident.instance_id].incidents.append(incident)


def _add_set_days(session: Session, facts: Mapping[int, Facts]) -> None:
    waiting = {key: list(one.waited_for()) for key, one in facts.items()}
    wanted = [(key, timer.day) for key, timers in waiting.items() for timer in timers]
    moments = set_days.read(session, wanted)
    for key, timers in waiting.items():
        facts[key].waits = [
            Wait(timer.timer, timer.day, moments.get((key, timer.day)), timer.after)
            for timer in timers
        ]

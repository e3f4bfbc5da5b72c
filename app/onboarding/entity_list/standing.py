"""Where entities stand, read from the projections: stage, holder, since when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, contains_eager

from app.base import calendar
from app.base.db.membership import among
from app.base.definitions import definition_of
from app.base.models import Draft, Entity, Incident, ProcessInstance, Question, Task
from app.cases import custody
from app.cases.custody import SIDE_PROCESSES, Clocks
from app.cases.entities import extinction
from app.cases.questions import terms
from app.cases.status import loudest, state_of
from app.onboarding.tasks import task_view

#: A window of dates: after a moment, up to a moment; None: without limit.
Window = tuple[datetime | None, datetime | None]
ANY: Window = (None, None)

PER_PAGE = 50


def is_within(at: datetime, window: Window) -> bool:
    """Return whether a date is in a window."""
    after, until = window
    return (after is None or at > after) and (until is None or at <= until)


@dataclass
class Standing:
    """An entity and its onboarding, for a row of the list or the top of its page."""

    entity: Entity
    instance: ProcessInstance | None
    #: The open tasks of the onboarding, the oldest first.
    tasks: list[Task] = field(default_factory=list)
    #: What has a running date: the open tasks of all processes of the entity that are not
    #: suspended, and its questions that wait for the PCM.
    dated: list[Task | Question] = field(default_factory=list)
    #: Ids of open tasks with a draft.
    drafts: frozenset[int] = frozenset()
    #: The working days of the onboarding by holder; empty before it began.
    clocks: Clocks = field(default_factory=Clocks)

    @property
    def state(self) -> str:
        """The id in `app.base.formatting.STATES`, or the name of the end that was reached."""
        row = self.instance
        if self.entity.extinct_on is not None and (row is None or row.status == "cancelled"):
            return "out_of_scope"
        if row is None:
            return "not_yet"
        if row.status == "suspended":
            return "suspended"
        if row.status == "cancelled":
            return "cancelled"
        if row.ended_at:
            return "out_of_scope" if row.end_name == "No corresponde" else "accepted"
        states = {state_of(one, has_draft=one.id in self.drafts) for one in self.path_tasks}
        return loudest(states | ({"awaiting_date"} if self.holder == "date" else set()))

    @property
    def end_name(self) -> str:
        """The end that was reached, or how an extinct entity ended; "" for neither."""
        if self.entity.extinct_on is not None and self.state == "out_of_scope":
            return extinction(self.entity)
        return self.instance.end_name if self.instance else ""

    @property
    def days_held(self) -> int | None:
        """The working days with the current holder; None without one."""
        return self.clocks.held if self.holder else None

    @property
    def days_in_all(self) -> int | None:
        """All working days; None before it began."""
        return self.clocks.total if self.instance else None

    @property
    def path_tasks(self) -> list[Task]:
        """The open tasks that decide who holds it, without the tasks of a follow-up."""
        return [task for task in self.tasks if task.process not in SIDE_PROCESSES]

    @property
    def next_task(self) -> Task | None:
        """The task on the path with the earliest date; without dates, the oldest."""
        dated = [task for task in self.path_tasks if task.due_at]
        if dated:
            return min(dated, key=lambda task: (task.due_at, task.id))
        return next(iter(self.path_tasks), None)

    def first_due(self, window: Window = ANY) -> Task | Question | None:
        """Return what has the earliest date in a window; of equal dates, a task."""
        within = [one for one in self.dated if one.due_at and is_within(one.due_at, window)]
        return min(
            within, key=lambda one: (one.due_at, isinstance(one, Question), one.id), default=None
        )

    @property
    def stage_number(self) -> int:
        """1 to 7; 0 outside a stage."""
        if self.instance is None or not self.instance.stage:
            return 0
        return definition_of(self.instance.deployment).stages.index(self.instance.stage) + 1

    @property
    def stage_name(self) -> str:
        """The name of the stage in the diagram; "" for an extinct entity."""
        if self.instance is None or not self.instance.stage or self.entity.extinct_on:
            return ""
        return definition_of(self.instance.deployment).element_name(self.instance.stage)

    @property
    def holder(self) -> str:
        """The holder: a key of PARTY_NAMES; "" after the end."""
        return self.instance.holder if self.instance else ""


def standings(session: Session, entities: Sequence[Entity]) -> list[Standing]:
    """Return the standing of these entities, in a constant number of statements."""
    ids = [entity.id for entity in entities]
    newest = newest_onboardings().where(among(ProcessInstance.entity_id, ids))
    rows = session.scalars(select(ProcessInstance).where(ProcessInstance.id.in_(newest)))
    instances = {row.entity_id: row for row in rows}
    open_tasks: dict[int, list[Task]] = defaultdict(list)
    dated: dict[int, list[Task | Question]] = defaultdict(list)
    drafts: dict[int, set[int]] = defaultdict(set)
    open_rows = session.execute(
        select(Task, Draft.task_id)
        .join(Task.instance)
        .outerjoin(Draft, Draft.task_id == Task.id)
        .options(contains_eager(Task.instance))
        .where(among(Task.entity_id, ids), Task.state == "open")
        .order_by(Task.opened_at, Task.id)
    )
    for task, draft in open_rows:
        open_tasks[task.instance_id].append(task)
        if draft is not None:
            drafts[task.instance_id].add(task.id)
        if task.due_at and task.instance.status != "suspended":
            dated[task.entity_id].append(task)
    waiting = select(Question).where(among(Question.entity_id, ids), Question.state == "waiting")
    for question in session.scalars(waiting.order_by(Question.id)):
        dated[question.entity_id].append(question)
    clocks = custody.clocks_of(session, instances.values(), calendar.now())
    return [
        Standing(
            entity,
            row,
            open_tasks[row.id],
            dated[entity.id],
            frozenset(drafts[row.id]),
            clocks[row.id],
        )
        if (row := instances.get(entity.id))
        else Standing(entity, None, dated=dated[entity.id])
        for entity in entities
    ]


def due(session: Session, one: Task | Question, at: datetime) -> tuple[int | None, date | None]:
    """Return the working days left (0 on the last day, negative when late) and the last day."""
    if isinstance(one, Question):
        return terms.due(session, one, at)
    return task_view.due(session, one, at)


def name_of(one: Task | Question) -> str:
    """Return the name of what has a date."""
    return one.name if isinstance(one, Task) else terms.NAME


def newest_onboardings() -> Select[int]:
    """Select the id of each entity's newest onboarding among the onboardings that count."""
    return (
        select(func.max(ProcessInstance.id))
        .where(ProcessInstance.process == "onboarding")
        .group_by(ProcessInstance.entity_id)
    )


def instances_of(session: Session, entity: Entity) -> Sequence[ProcessInstance]:
    """Return all processes of an entity, the newest first."""
    return session.scalars(
        select(ProcessInstance)
        .where(ProcessInstance.entity_id == entity.id)
        .order_by(ProcessInstance.id.desc())
    ).all()


def open_incidents(session: Session, entity: Entity | None = None) -> Sequence[Incident]:
    """Return open incidents, of one entity or of all, the oldest first (at most 200)."""
    query = (
        select(Incident)
        .join(ProcessInstance)
        .where(Incident.resolved_at.is_(None), ProcessInstance.ended_at.is_(None))
        .order_by(Incident.id)
    )
    if entity is not None:
        query = query.where(ProcessInstance.entity_id == entity.id)
    return session.scalars(query.limit(200)).all()

"""Which diagram of which case: a process of an entity's newest onboarding, or another process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from flask import url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from app.base import calendar
from app.base.definitions import definition_of
from app.base.models import Entity, ProcessInstance
from app.cases import custody, status
from app.cases.custody import Clocks
from app.cases.status import Facts, StageLine
from app.onboarding.diagrams import course
from app.onboarding.diagrams.course import Course
from workflows.definition import Definition
from workflows.drawing import reached

PATH = "onboarding"
#: Processes that begin by themselves and can be drawn of an entity.
BEGUN = (
    PATH,
    "redesignation",
    "change_authority",
    "change_personnel",
    "upkeep",
    "register_follow_up",
)
FOLLOW_UP = "follow_up"


@dataclass
class View:
    """A process of a case, with the facts of the case."""

    row: ProcessInstance
    process: str
    #: The stage that the process is, or that it follows up; "" for what begins by itself.
    stage: str
    facts: Facts
    course: Course
    clocks: Clocks = field(default_factory=Clocks)

    @property
    def definition(self) -> Definition:
        """The version that the case runs on."""
        return definition_of(self.row.deployment)

    @property
    def entity(self) -> Entity:
        return self.row.entity

    @cached_property
    def stages(self) -> Mapping[str, StageLine]:
        """The stages of an onboarding with their states; none for other processes."""
        if self.row.process != PATH:
            return {}
        return {line.id: line for line in status.stages(self.facts)}

    @property
    def name(self) -> str:
        """The process as drawn; a follow-up with its stage."""
        drawn = self.definition.element_name(self.process)
        if self.process == FOLLOW_UP:
            return f"{drawn}: {self.definition.element_name(self.stage)}"
        return drawn

    @property
    def is_over(self) -> bool:
        """Whether the case has left this process."""
        if self.row.ended_at or self.process == self.row.process:
            return self.row.ended_at is not None
        if self.process == FOLLOW_UP and self.ended_follow_up:
            return True
        if self.row.process != PATH:
            return False
        line = self.stages[self.stage]
        return not line.is_current and line.state != "not_yet"

    @property
    def is_ahead(self) -> bool:
        """Whether the case has not reached this process."""
        if self.process == FOLLOW_UP:
            return not self.began_follow_up
        line = self.stages.get(self.process)
        return line is not None and line.state == "not_yet"

    @property
    def began_follow_up(self) -> bool:
        """Whether a follow-up of the stage began, because it took too long."""
        return bool(self.course.at(self.stage, f"{self.stage}_overdue"))

    @property
    def ended_follow_up(self) -> bool:
        """Whether the follow-up of the stage ended."""
        return bool(self.course.at(self.stage, f"{self.stage}_call_follow_up"))

    def url(self, process: str, stage: str = "") -> str:
        """Return the URL of the diagram of another process of the same case."""
        return url_of(self.row, process, stage)


def url_of(row: ProcessInstance, process: str, stage: str = "") -> str:
    """Return the URL of the diagram of a process of a case."""
    if process == PATH:
        return url_for("diagrams.show_path", code=row.entity.code)
    caller = row.process if row.process not in (PATH, process) else None
    followed = stage if process == FOLLOW_UP else None
    return url_for(
        "diagrams.show", code=row.entity.code, process=process, de=caller, etapa=followed
    )


def newest(session: Session, entity: Entity) -> dict[str, ProcessInstance]:
    """Return the newest process of each kind that the entity has."""
    ids = (
        select(func.max(ProcessInstance.id))
        .where(ProcessInstance.entity_id == entity.id)
        .group_by(ProcessInstance.process)
    )
    rows = session.scalars(
        select(ProcessInstance)
        .where(ProcessInstance.id.in_(ids))
        .options(joinedload(ProcessInstance.deployment))
    )
    return {row.process: row for row in rows}


def find(
    session: Session,
    rows: Mapping[str, ProcessInstance],
    process: str,
    of: str = "",
    stage: str = "",
) -> View | None:
    """Return the view of a process that an entity has (`newest`); None if it has none.

    `of`: the process that it is a part of, by default the onboarding; `stage`: the stage of a
    follow-up, by default the one that was followed up last.
    """
    row = rows.get(process if process in BEGUN else of or PATH)
    if row is None or process not in parts(row):
        return None
    view = read(session, row, process)
    if process == FOLLOW_UP:
        stages = [one for one in view.definition.stages if one in parts(row)]
        view.stage = stage or last_followed(view.course, stages) or row.stage or stages[0]
        return view if view.stage in stages else None
    return view


def last_followed(course: Course, stages: Sequence[str]) -> str:
    """Return the stage whose follow-up began last; "" if none did."""
    began = {
        passages[-1].since_at: stage
        for stage in stages
        if (passages := course.at(stage, f"{stage}_overdue"))
    }
    return began[max(began)] if began else ""


def parts(row: ProcessInstance) -> frozenset[str]:
    """Return the processes of a case: its own, the called processes, and their follow-up."""
    drawings = definition_of(row.deployment).drawings
    calls = [node for drawing in drawings for node in drawing.nodes if node.called]
    return frozenset(
        reached([row.process], lambda key: [one.called for one in calls if one.process == key])
    )


def read(session: Session, row: ProcessInstance, process: str, facts: Facts | None = None) -> View:
    """Read a process of a case from the projections, in a constant number of statements."""
    now = facts.now if facts else calendar.now()
    facts = facts or status.read(session, [row], now)[row.id]
    stage = process if process in definition_of(row.deployment).stages else ""
    view = View(row, process, stage, facts, course.read(session, facts))
    if row.process == PATH:
        view.clocks = custody.clocks_of(session, [row], now)[row.id]
    return view

"""A case: an entity's open process, locked by one act."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypedDict

from sqlalchemy.orm import Session

from app.base import audit_log, calendar
from app.base.calendar import Calendar
from app.base.models import Entity, LogEntry, ProcessInstance, Task


class Dictated(TypedDict):
    """The person who dictated an answer, the means and the time; the log stores it."""

    name: str
    post: str
    how: str  # a key of `processes.dictation.HOW`
    at: str  # ISO, UTC


@dataclass
class Case:
    """The part of an act that records and service tasks see: never the engine.

    `actor_id` is null if the system acts; `task` is the one being answered; `reason` is what was
    typed for a step that this act returns: its page shows it at the top. `came_as` is the id of the
    arrival of steps that this act itself opens again.
    """

    session: Session
    entity: Entity
    instance: ProcessInstance
    actor_id: int | None = None
    task: Task | None = None
    reason: str = ""
    came_as: str = ""
    #: The absent user, if `actor_id` answers as a substitute: {"id", "name"}.
    on_behalf_of: dict[str, Any] | None = None
    #: The person who dictated the answer, if `actor_id` is a coordinator who entered it.
    dictated_by: Dictated | None = None
    #: The user who allowed `actor_id` to decide despite the separation of duties: {"id", "name"}.
    allowed_by: dict[str, Any] | None = None
    #: The document by which `actor_id`, a coordinator, answers for many entities at once.
    imported_from: str = ""
    #: The number of the batch in which `actor_id` answers for many entities at once; 0: alone.
    in_batch: int = 0
    #: The moment of the act (UTC): one for all that it writes, so that the log can be read back.
    at: datetime = field(default_factory=calendar.now)
    #: Rows that records have read in this case, by their keys.
    memo: dict[Any, Any] = field(default_factory=dict)

    @property
    def stage(self) -> str:
        """The stage of the task being answered or, without a task, the stage of the instance."""
        return self.task.stage if self.task and self.task.stage else self.instance.stage

    @property
    def calendar(self) -> Calendar:
        """The entity's working days."""
        return calendar.calendar_of(self.session, self.entity)

    def log(self, kind: str, *, task: Task | None = None, **data: Any) -> LogEntry:
        """Add an entry to the log of this case, about a task if there is one."""
        if self.on_behalf_of:
            data["on_behalf_of"] = self.on_behalf_of
        if self.dictated_by:
            data["dictated_by"] = self.dictated_by
        if self.allowed_by:
            data["allowed_by"] = self.allowed_by
        if self.imported_from:
            data["imported_from"] = self.imported_from
        if self.in_batch:
            data["in_batch"] = self.in_batch
        return audit_log.write(
            self.session,
            kind,
            actor_id=self.actor_id,
            entity_id=self.entity.id,
            instance_id=self.instance.id,
            task=task or self.task,
            at=self.at,
            **data,
        )

"""The outcomes of an instance, which its gateways read.

They are stored apart from SpiffWorkflow's task data: at a parallel join the last branch's stale
copy of that data overwrites what the other branches wrote.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from workflows.engine import Workflow

LAPSED = "lapsed"


@dataclass(frozen=True)
class Entry:
    """One outcome. `scope` is the call activity below which it was reached; None at the top."""

    task: UUID | None
    scope: UUID | None
    element: str
    outcome: str


class Outcomes:
    """The outcomes of an instance, oldest first."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def add(self, task: Task, outcome: str) -> None:
        """Add the outcome of a task."""
        scope = task.workflow.parent_task_id
        self.entries.append(Entry(task.id, scope, task.task_spec.name, outcome))

    def latest(self, element: str) -> str:
        """Return the element's latest outcome in the whole instance; "" while there is none."""
        found = (e.outcome for e in reversed(self.entries) if e.element == element)
        return next(found, "")

    def count(self, task: Task, element: str, outcome: str, since: str = "") -> int:
        """Return how often the element had the outcome within the occurrence of `task`.

        That is the running (sub)process of `task` and everything it called. With `since`, count
        only after the last outcome of that element there.
        """
        times = 0
        for entry in self._within(task.workflow):
            if since and entry.element == since:
                times = 0
            elif (entry.element, entry.outcome) == (element, outcome):
                times += 1
        return times

    def forget_reset(self, workflow: Workflow) -> None:
        """Remove the entries of tasks that are no longer finished because they were reset."""
        tasks = workflow.all_tasks()
        finished = {task.id for task in tasks if task.has_state(TaskState.FINISHED_MASK)}
        self.entries = [entry for entry in self.entries if entry.task in finished]

    def _within(self, workflow: Any) -> Iterator[Entry]:
        top = workflow.top_workflow
        for entry in self.entries:
            scope = top if entry.scope is None else top.subprocesses.get(entry.scope)
            while scope is not None and scope is not workflow:
                scope = scope.parent_workflow
            if scope is workflow:
                yield entry

"""The happenings of an instance, in order, for the application's rows and log."""

from collections.abc import Container
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from SpiffWorkflow.task import Task

from workflows.definition import Definition
from workflows.engine import CallActivity, ServiceTask, UserTask
from workflows.outcomes import LAPSED

Kind = Literal[
    "opened",
    "completed",
    "lapsed",
    "cancelled",
    "passed",
    "came_back",
    "ended",
    "validated",
    "returned",
]


@dataclass(frozen=True)
class OpenTask:
    """A user task that waits for a person.

    `stage` is the process id of the stage that contains it, also from within the stage's follow-up;
    "" outside a stage. `process` is the id of the process in which it is drawn.
    """

    id: str
    step: str
    name: str
    lane: str
    process: str
    stage: str


@dataclass(frozen=True)
class Waiting:
    """A waiting timer. `at` is aware UTC.

    `kind` says which: "event" (in the flow), "boundary" (on the activity `host`), or "start" (of an
    event sub-process, such as a stage's follow-up).
    """

    element: str
    name: str
    at: datetime
    process: str
    kind: Literal["event", "boundary", "start"]
    host: str = ""
    stage: str = ""


@dataclass(frozen=True)
class Happening:
    """An event in the life of an instance. The values of `kind`:

    - opened: a user task opened, or a stage was entered (`element` is its call activity).
    - completed: a user task (with its outcome), a service task (its outcome), or a stage,
      whose outcome is the id of the end event that it reached.
    - lapsed: the interrupting timer of a user task fired.
    - cancelled: an open user task, a pending service task, or a running stage that ended with its
      process (a terminate end, a validation, a return).
    - passed: a timer fired (in the flow, at the start of a follow-up, or on a boundary where it
      interrupts no user task). The timer thus reports that a follow-up begins.
    - came_back: a called process that is not a stage (a follow-up) reached its end, `outcome`.
    - ended: the instance itself; `element` is the end event at the top.
    - validated: a running stage was validated; `element` is its call activity.
    - returned: `send_back` to `element`.

    `source` is the element before a user task that opened, through gateways, in the same process;
    "" where a return opened it, not a flow.

    `task_id` is the user task's id, "" for other kinds. `stage` is as in OpenTask; for a call
    activity that calls a stage, that stage.
    """

    kind: Kind
    element: str
    name: str
    task_id: str = ""
    outcome: str = ""
    stage: str = ""
    source: str = ""


class Journal:
    """The observer of a workflow; stores its happenings until they are drained."""

    def __init__(self, definition: Definition) -> None:
        self._definition = definition
        self._happenings: list[Happening] = []
        self._open: dict[UUID, Happening] = {}
        """What to report of each open task if it vanishes: then it is too late to read it."""

    def drain(self) -> list[Happening]:
        """Return the happenings since the last drain."""
        drained, self._happenings = self._happenings, []
        return drained

    def put(self, *happenings: Happening) -> None:
        """Add happenings unchanged."""
        self._happenings.extend(happenings)

    def note(self, kind: Kind, task: Task, outcome: str = "", source: str = "") -> None:
        """Add what happened to a task of the workflow."""
        self.put(replace(self._happening(kind, task, outcome), source=source))

    def watch(self, task: Task) -> None:
        """Register a task that was already open."""
        if self._is_reported(task):
            self._open[task.id] = self._happening("cancelled", task)

    def opened(self, task: Task) -> None:
        if task.id not in self._open and self._is_reported(task):
            self.watch(task)
            if not isinstance(task.task_spec, ServiceTask):
                self.note("opened", task, source=source_of(self._definition, task))

    def completed(self, task: Task, outcome: str) -> None:
        self._open.pop(task.id, None)
        self.note("completed" if self._is_reported(task) else "came_back", task, outcome)

    def lapsed(self, task: Task) -> None:
        self._open.pop(task.id, None)
        self.note("lapsed", task, LAPSED)

    def validated(self, task: Task) -> None:
        self._open.pop(task.id, None)
        self.note("validated", task)

    def cancelled(self, task: Task) -> None:
        if happening := self._open.pop(task.id, None):
            self.put(happening)

    def reconcile(self, alive: Container[UUID]) -> None:
        """Report the tasks that the engine dropped silently, as it does at a join."""
        for key in [key for key in self._open if key not in alive]:
            self.put(self._open.pop(key))

    def _happening(self, kind: Kind, task: Task, outcome: str = "") -> Happening:
        element = task.task_spec.name
        named = isinstance(task.task_spec, UserTask) and kind != "returned"
        task_id = str(task.id) if named else ""
        name, stage = self._definition.element_name(element), stage_of(self._definition, task)
        return Happening(kind, element, name, task_id, outcome, stage)

    def _is_reported(self, task: Task) -> bool:
        """Return whether the task is reported: user and service tasks, and calls of stages."""
        spec = task.task_spec
        return not isinstance(spec, CallActivity) or spec.spec in self._definition.stages


def source_of(definition: Definition, task: Task) -> str:
    """Return the element before a task in its process, through gateways; "" before the first."""
    before = task.parent
    while before is not None and before.task_spec.name not in definition.stops:
        before = before.parent
    return before.task_spec.name if before is not None else ""


def stage_of(definition: Definition, task: Task) -> str:
    """Return the process id of the stage that contains the task or that it calls, or ""."""
    workflow = task.workflow
    while workflow is not None:
        if workflow.spec.name in definition.stages:
            return str(workflow.spec.name)
        workflow = workflow.parent_workflow
    called = getattr(task.task_spec, "spec", "")
    return called if called in definition.stages else ""

"""What happened to an instance, in order, for the application's rows and log."""

from collections.abc import Container
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from SpiffWorkflow.task import Task

from workflows.definition import Definition
from workflows.engine import CallActivity, ServiceTask, UserTask
from workflows.ledger import LAPSED

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
    """A user task that waits for its person.

    `stage` is the process id of the stage it sits in, also from within the stage's
    follow-up; "" outside a stage. `process` is the id of the process that draws it.
    """

    id: str
    step: str
    name: str
    lane: str
    process: str
    stage: str


@dataclass(frozen=True)
class Waiting:
    """A timer that waits. `at` is aware UTC.

    `kind` says which: "event" (in the flow), "boundary" (on the activity `host`), or
    "start" (of an event sub-process, such as a stage's follow-up).
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
    """One thing that happened.

    opened: a user task opened, or a stage was entered (`element` is its call activity).
    completed: a user task (with its outcome), a service task (its outcome), or a stage,
      whose outcome is the id of the end event that it reached.
    lapsed: a user task whose interrupting timer fired.
    cancelled: an open user task, a service task not done, or a running stage that died
      with its process (a terminate end, a validation, a return).
    passed: a timer fired (in the flow, at the start of a follow-up, or on a boundary
      where it interrupts no user task). So a follow-up that begins is told by its timer.
    came_back: a called process that is no stage (a follow-up) reached its end, `outcome`.
    ended: the instance itself; `element` is the end event at the top.
    validated: a running stage was validated; `element` is its call activity.
    returned: `send_back` to `element`.

    `source` is what comes before a user task that opened, through gateways: an element of its
    process; "" where no flow opened it, but a return.

    `task_id` is the user task's id, and "" for anything else. `stage` as in OpenTask;
    for a call activity that calls a stage, that stage.
    """

    kind: Kind
    element: str
    name: str
    task_id: str = ""
    outcome: str = ""
    stage: str = ""
    source: str = ""


class Journal:
    """Observes a workflow; keeps its happenings until they are drained."""

    def __init__(self, definition: Definition) -> None:
        self._definition = definition
        self._happenings: list[Happening] = []
        self._open: dict[UUID, Happening] = {}
        """What is to be told of each open task if it vanishes: then it is too late to ask."""

    def drain(self) -> list[Happening]:
        """The happenings since the last drain."""
        drained, self._happenings = self._happenings, []
        return drained

    def put(self, *happenings: Happening) -> None:
        """Enter happenings as they are."""
        self._happenings.extend(happenings)

    def note(self, kind: Kind, task: Task, outcome: str = "", source: str = "") -> None:
        """Enter what happened to a task of the workflow."""
        self.put(replace(self._happening(kind, task, outcome), source=source))

    def watch(self, task: Task) -> None:
        """Know of a task that has been open since before."""
        if self._is_told_of(task):
            self._open[task.id] = self._happening("cancelled", task)

    def opened(self, task: Task) -> None:
        if task.id not in self._open and self._is_told_of(task):
            self.watch(task)
            if not isinstance(task.task_spec, ServiceTask):
                self.note("opened", task, source=source_of(self._definition, task))

    def completed(self, task: Task, outcome: str) -> None:
        self._open.pop(task.id, None)
        self.note("completed" if self._is_told_of(task) else "came_back", task, outcome)

    def lapsed(self, task: Task) -> None:
        self._open.pop(task.id, None)
        self.note("lapsed", task, LAPSED)

    def validated(self, task: Task) -> None:
        self._open.pop(task.id, None)
        self.note("validated", task)

    def cancelled(self, task: Task) -> None:
        if told := self._open.pop(task.id, None):
            self.put(told)

    def reconcile(self, alive: Container[UUID]) -> None:
        """Tell of what the engine dropped without a word, as it does at a join."""
        for key in [key for key in self._open if key not in alive]:
            self.put(self._open.pop(key))

    def _happening(self, kind: Kind, task: Task, outcome: str = "") -> Happening:
        element = task.task_spec.name
        named = isinstance(task.task_spec, UserTask) and kind != "returned"
        task_id = str(task.id) if named else ""
        name, stage = self._definition.element_name(element), stage_of(self._definition, task)
        return Happening(kind, element, name, task_id, outcome, stage)

    def _is_told_of(self, task: Task) -> bool:
        """User and service tasks are, and of the call activities the stages alone."""
        spec = task.task_spec
        return not isinstance(spec, CallActivity) or spec.spec in self._definition.stages


def source_of(definition: Definition, task: Task) -> str:
    """The element before a task in its process, through gateways; "" before the first."""
    before = task.parent
    while before is not None and before.task_spec.name not in definition.stops:
        before = before.parent
    return before.task_spec.name if before is not None else ""


def stage_of(definition: Definition, task: Task) -> str:
    """The process id of the stage that a task sits in, or that it calls; "" outside one."""
    workflow = task.workflow
    while workflow is not None:
        if workflow.spec.name in definition.stages:
            return str(workflow.spec.name)
        workflow = workflow.parent_workflow
    called = getattr(task.task_spec, "spec", "")
    return called if called in definition.stages else ""

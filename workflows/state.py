"""An instance's state as bytes: its tasks and outcomes only, never the definition.

The format is our own and small. The engine's task ids mean nothing outside and are written as
positions; an open user task keeps its id, which the application stores. SpiffWorkflow's task data
is always empty here (the outcomes are stored apart), so neither data nor the order of state changes
is written.
"""

import json
import zlib
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from workflows.engine import (
    Gone,
    ScriptEngine,
    Specs,
    UserTask,
    Workflow,
    gone,
    gone_process,
)
from workflows.outcomes import Entry, Outcomes
from workflows.tasks import is_open

FORMAT = 1
FORMAT_WITH_GONE = 2
"""The versions of what `dump` writes; `load` refuses any other.

The second one is written if a migration has left finished elements that the version lacks. It has
their positions under "gone", and the id of the process of every workflow.
"""

Document = dict[str, Any]
"""A state as it is written: see `dump`."""


class UnknownState(Exception):
    """This version of the code, with this definition, cannot read the bytes as a state."""


@dataclass
class Running:
    """The part of an instance that is stored between two operations."""

    process: str
    workflow: Workflow
    outcomes: Outcomes
    last_end: str = ""
    """Id of the last end event reached at the top, or ""."""


def dump(running: Running, renewed: Container[UUID] = ()) -> bytes:
    """Return the state as compressed JSON text.

    The open user tasks in `renewed` get a new id when they are loaded: they had one before.
    """
    workflow = running.workflow
    places = {task.id: place for place, task in enumerate(workflow.all_tasks())}
    tops = [[None, workflow.completed, len(workflow.tasks)]]
    subs = [
        [places[sub.parent_task_id], sub.completed, len(sub.tasks)]
        for sub in workflow.subprocesses.values()
    ]
    document: Document = {
        "format": FORMAT,
        "process": running.process,
        "last_end": running.last_end,
        "workflows": tops + subs,
        "tasks": [_row(task, places, renewed) for task in workflow.all_tasks()],
        "ledger": [
            [_place(places, e.task), _place(places, e.scope), e.element, e.outcome]
            for e in running.outcomes.entries
        ],
    }
    absent = [places[t.id] for t in workflow.all_tasks() if isinstance(t.task_spec, Gone)]
    if absent:
        processes = [one.spec.name for one in (workflow, *workflow.subprocesses.values())]
        document |= {"format": FORMAT_WITH_GONE, "gone": absent, "processes": processes}
    return encode(document)


def encode(document: Document) -> bytes:
    """Return a document as bytes."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(text.encode(), 6)


def _place(places: Mapping[UUID, int], task: UUID | None) -> int | None:
    return None if task is None else places.get(task)


def _row(task: Task, places: Mapping[UUID, int], renewed: Container[UUID]) -> list[Any]:
    above = None if task.parent is None else places[task.parent.id]
    row = [task.task_spec.name, task.state, above]
    data = {} if task.has_state(TaskState.FINISHED_MASK) else task.internal_data
    key = None
    if is_open(task):
        key = str(uuid4() if task.id in renewed else task.id)
    if data or key:
        row.append(data)
    if key:
        row.append(key)
    return row


def timers(state: bytes) -> dict[str, datetime]:
    """Return the waiting timers of a dumped state, by element, without loading the instance.

    Raises UnknownState.
    """
    return {
        row[0]: datetime.fromisoformat(row[3]["event_value"])
        for row in decode(state)["tasks"]
        if row[1] == TaskState.WAITING and len(row) > 3 and "event_value" in row[3]
    }


def decode(state: bytes) -> Document:
    """Return the document that the bytes are. Raises UnknownState."""
    try:
        document: Document = json.loads(zlib.decompress(state))
        if document["format"] not in (FORMAT, FORMAT_WITH_GONE):
            raise UnknownState(f"format {document['format']} of the state is not known")
    except (zlib.error, ValueError, KeyError, TypeError) as error:
        raise UnknownState(f"the state cannot be read: {error!r}") from error
    return document


def load(state: bytes, specs: Specs, engine_for: Callable[[Outcomes], ScriptEngine]) -> Running:
    """Return the dumped instance, on the shared specs. Raises UnknownState."""
    return build(decode(state), specs, engine_for)


def build(
    document: Document, specs: Specs, engine_for: Callable[[Outcomes], ScriptEngine]
) -> Running:
    """Return the instance of a document, on the shared specs. Raises UnknownState."""
    try:
        return _Loader(document, specs).load(engine_for)
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise UnknownState(f"the state cannot be read: {error!r}") from error


class _Loader:
    def __init__(self, document: Document, specs: Specs) -> None:
        self._document = document
        self._specs = specs
        self._rows = iter(document["tasks"])
        self._gone = frozenset(document.get("gone", ()))
        self._tasks: list[Task] = []

    def load(self, engine_for: Callable[[Outcomes], ScriptEngine]) -> Running:
        document = self._document
        (_, completed, size), *subs = document["workflows"]
        spec = self._specs[document["process"]]
        outcomes = Outcomes()
        workflow = Workflow(spec, self._specs, engine_for(outcomes), deserializing=True)
        self._fill(workflow, completed, size)
        processes = iter(document.get("processes", ["", *("" for _ in subs)])[1:])
        for (parent, completed, size), process in zip(subs, processes, strict=True):
            sub = self._sub_workflow(workflow, self._tasks[parent], process)
            self._fill(sub, completed, size)
        outcomes.entries = [
            Entry(self._id(task), self._id(scope), element, outcome)
            for task, scope, element, outcome in document["ledger"]
        ]
        return Running(document["process"], workflow, outcomes, document["last_end"])

    def _sub_workflow(self, top: Workflow, parent: Task, process: str) -> BpmnSubWorkflow:
        absent = isinstance(parent.task_spec, Gone)
        spec = gone_process(process) if absent else self._specs[parent.task_spec.spec]
        sub = BpmnSubWorkflow(spec, parent.id, top, deserializing=True)
        top.subprocesses[parent.id] = sub
        if not absent:
            sub.completed_event.connect(parent.task_spec._on_subworkflow_completed, parent)
        return sub

    def _fill(self, workflow: Workflow | BpmnSubWorkflow, completed: bool, size: int) -> None:
        workflow.completed = completed
        waiting = workflow.top_workflow.event_manager
        for _ in range(size):
            task = self._task(workflow, *next(self._rows))
            if task.state == TaskState.WAITING and isinstance(task.task_spec, CatchingEvent):
                waiting.add_task(task)
        workflow.task_tree = self._tasks[-size]

    def _task(
        self,
        workflow: Workflow | BpmnSubWorkflow,
        spec_name: str,
        state: int,
        parent: int | None,
        internal: dict[str, Any] | None = None,
        key: str | None = None,
    ) -> Task:
        is_gone = len(self._tasks) in self._gone
        spec = gone(spec_name) if is_gone else workflow.spec.task_specs[spec_name]
        above = None if parent is None else self._tasks[parent]
        if key:
            uid = UUID(key)
        elif isinstance(spec, UserTask) and state < TaskState.READY:
            uid = uuid4()  # it may open, and then the application stores its id
        else:
            uid = UUID(int=len(self._tasks) + 1)
        task = Task(workflow, spec, above, state, uid)
        task.internal_data = internal or {}
        self._tasks.append(task)
        return task

    def _id(self, place: int | None) -> UUID | None:
        return None if place is None else self._tasks[place].id

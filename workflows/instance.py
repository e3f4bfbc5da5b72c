"""A running process: start, load, act, advance, dump."""

from collections.abc import Callable, Container, Iterator
from datetime import UTC, datetime
from typing import Any, Protocol, Self
from uuid import UUID

from SpiffWorkflow.bpmn import BpmnEvent
from SpiffWorkflow.bpmn.specs.defaults import (
    BoundaryEvent,
    EndEvent,
    IntermediateCatchEvent,
    StartEvent,
)
from SpiffWorkflow.bpmn.specs.event_definitions import MessageEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimerEventDefinition
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from workflows import state, tasks
from workflows.definition import Definition
from workflows.engine import CallActivity, ScriptEngine, UserTask, Workflow
from workflows.journal import Happening, Journal, OpenTask, Waiting, stage_of
from workflows.outcomes import LAPSED, Outcomes

MAX_DEPTH = 800
"""SpiffWorkflow stops, without an error, at a depth of 1,000 tasks."""

Perform = Callable[[str], str]


class NotOpen(Exception):
    """The task is not open: completed, not reached yet, cancelled, or unknown."""


class TooDeep(Exception):
    """The instance has looped so often that the engine would soon stop without an error."""


class Environment(Protocol):
    """The application's answers to conditions and timers."""

    def purpose(self) -> str: ...
    def validated(self, stage: str) -> bool: ...
    def holder(self) -> str: ...
    def working_days(self, n: int) -> datetime: ...
    def due(self, step: str) -> datetime: ...
    def day_of(self, name: str) -> datetime: ...


class Instance:
    """A running process on its definition. Not thread-safe; one operation at a time."""

    def __init__(
        self, definition: Definition, running: state.Running, environment: Environment
    ) -> None:
        self.definition = definition
        self._environment = environment
        self._running = running
        self._journal = Journal(definition)
        running.workflow.observer = self._journal
        for task in self._alive():
            self._journal.watch(task)

    @classmethod
    def start(cls, definition: Definition, process_id: str, environment: Environment) -> Self:
        """Return a new instance of the process, before its first step: call `advance` next."""
        outcomes = Outcomes()
        engine = ScriptEngine(_functions(outcomes, environment))
        workflow = Workflow(definition.specs[process_id], definition.specs, engine)
        return cls(definition, state.Running(process_id, workflow, outcomes), environment)

    @classmethod
    def load(cls, definition: Definition, data: bytes, environment: Environment) -> Self:
        """Return the instance that was dumped. Raises state.UnknownState."""

        def engine_for(outcomes: Outcomes) -> ScriptEngine:
            return ScriptEngine(_functions(outcomes, environment))

        running = state.load(data, definition.specs, engine_for)
        return cls(definition, running, environment)

    def dump(self) -> bytes:
        """Return the state as bytes, without the definition."""
        return state.dump(self._running)

    # Operations

    def advance(self, perform: Perform) -> list[tuple[str, Exception]]:
        """Run until the instance waits only for people and timers.

        `perform` does a service task and returns its outcome. If it raises, the task stays to be
        done and is returned with its exception; the next `advance` tries it again. Raises TooDeep
        before it changes anything.
        """
        if sum(1 for _ in self._tasks()) > MAX_DEPTH and self.depth() > MAX_DEPTH:
            raise TooDeep(f"the instance is {self.depth()} tasks deep")
        failed: dict[UUID, tuple[str, Exception]] = {}
        while True:
            self._workflow.refresh_timers()
            ready = [task for task in self._tasks() if tasks.is_for_engine(task)]
            for task in ready:
                self._run(task)
            due = [t for t in self._tasks() if tasks.is_service(t) and t.id not in failed]
            for task in due:
                self._perform(task, perform, failed)
            if not ready and not due:
                self._journal.reconcile({task.id for task in self._alive()})
                return list(failed.values())

    def complete(self, task_id: str, outcome: str) -> None:
        """Answer an open user task. Call `advance` before, so that a due timer wins, and after.

        The answer's records must be stored already: a timer that follows at once reads its day now.
        Raises NotOpen, also when the task's own deadline has passed.
        """
        task = self._find_open(task_id)
        self._workflow.refresh_timers()
        if any(
            t.state == TaskState.READY and t.task_spec.cancel_activity for t in tasks.boundary(task)
        ):
            raise NotOpen(f"the term of {task.task_spec.name} has run out")
        self._outcomes.add(task, outcome)
        self._journal.completed(task, outcome)
        task.run()

    def validate(self, stage: str) -> None:
        """End the running stage as validated; call `advance` next. Raises NotOpen."""
        name = f"{stage}_validated"
        waiting = self._workflow.event_manager.tasks.values()
        if not any(getattr(t.task_spec.event_definition, "name", "") == name for t in waiting):
            raise NotOpen(f"the stage {stage} is not running")
        self._workflow.send_event(BpmnEvent(MessageEventDefinition(name), payload={}))

    def send_back(self, element: str) -> None:
        """Return to a user task of a running (sub)process, or to a stage begun before.

        A stage is named by its call activity at the top: it begins again. Everything that came
        after is undone and its outcomes are forgotten; call `advance` next. Raises NotOpen if the
        element was never reached or is in a process that has ended.
        """
        task = self._returnable(element)
        before = {task.id for task in self._alive()}
        happenings = self._journal.drain()
        self._workflow.reset_from_task_id(task.id)
        self._journal.drain()  # the engine reports ids that are about to be renewed
        tasks.reopen(task.workflow)
        self._outcomes.forget_reset(self._workflow)
        self._journal.put(*happenings)
        self._journal.note("returned", task)
        after = {task.id for task in self._alive()}
        self._journal.reconcile(after)
        reopened = {task.id} | after - before
        self._restart(element, reopened)

    def reschedule(self, element: str, at: datetime) -> int:
        """Make every waiting timer of that element fire at `at`. Return the number of timers."""
        timers = [t for t in self._timers() if t.task_spec.name == element]
        for task in timers:
            task.internal_data["event_value"] = at.astimezone(UTC).isoformat()
        return len(timers)

    # Views

    @property
    def process(self) -> str:
        """The id of the process of which this is an instance."""
        return self._running.process

    @property
    def ended(self) -> str | None:
        """The id of the end event reached at the top; None while the instance runs."""
        return self._running.last_end if self._workflow.completed else None

    def outcome(self, element: str) -> str:
        """Return the latest outcome of a user or service task; "" while there is none."""
        return self._outcomes.latest(element)

    def open_tasks(self) -> list[OpenTask]:
        """Return the user tasks that can be answered."""
        return [self._open_task(task) for task in self._tasks() if tasks.is_open(task)]

    def happenings(self) -> list[Happening]:
        """Return what happened since the last call, in order."""
        return self._journal.drain()

    def waiting(self) -> list[Waiting]:
        """Return the waiting timers, earliest first."""
        found = (self._waiting(task) for task in self._timers())
        return sorted(found, key=lambda waiting: (waiting.at, waiting.element))

    def wake_at(self) -> datetime | None:
        """Return when the earliest waiting timer is due."""
        return min((tasks.at(task) for task in self._timers()), default=None)

    def position(self) -> list[str]:
        """Return the ids of the active elements, sorted, across all processes."""
        found = {task.task_spec.name for task in self._tasks() if tasks.is_position(task)}
        return sorted(found & self.definition.elements)

    def depth(self) -> int:
        """Return how deep the engine's own walk through the tasks goes (see MAX_DEPTH)."""
        walk, deepest = self._workflow.get_tasks_iterator(), 0
        for _ in walk:
            deepest = max(deepest, walk.depth)
        return deepest

    # Internals

    @property
    def _workflow(self) -> Workflow:
        return self._running.workflow

    @property
    def _outcomes(self) -> Outcomes:
        return self._running.outcomes

    def _tasks(self) -> Iterator[Task]:
        return self._workflow.all_tasks()

    def _alive(self) -> Iterator[Task]:
        """Return the open user tasks, the service tasks to be done, the calls under way."""
        return (task for task in self._tasks() if tasks.is_open(task) or tasks.is_underway(task))

    def _timers(self) -> Iterator[Task]:
        for task in self._workflow.event_manager.tasks.values():
            is_timer = isinstance(task.task_spec.event_definition, TimerEventDefinition)
            if is_timer and task.state == TaskState.WAITING:
                yield task

    def _find_open(self, task_id: str) -> Task:
        for task in self._tasks():
            if str(task.id) == task_id and tasks.is_open(task):
                return task
        raise NotOpen(f"no open task {task_id}")

    def _returnable(self, element: str) -> Task:
        """Return the latest finished task of the element, in a process that still runs."""
        answered = {entry.task for entry in self._outcomes.entries}
        found = None
        for task in self._tasks():
            is_step = isinstance(task.task_spec, UserTask) and task.id in answered
            is_stage = tasks.is_begun_call(task) and task.workflow is self._workflow
            if task.task_spec.name == element and (is_step or is_stage):
                found = task if tasks.is_live(task.workflow) else found
        if found is None or self._workflow.completed:
            raise NotOpen(f"there is no return to {element}")
        if any(tasks.has_joined(other, found) for other in found.workflow.tasks.values()):
            raise NotOpen(f"the branch of {element} has joined the others")
        return found

    def _restart(self, element: str, reopened: Container[UUID]) -> None:
        """Save and load, because only this makes the event manager forget the reset tasks.

        Reopened tasks get new ids and are reported as opened.
        """
        known = {t.id for t in self._tasks() if tasks.is_open(t) and t.id not in reopened}
        data = state.dump(self._running, renewed=reopened)
        again = type(self).load(self.definition, data, self._environment)
        happenings = self._journal.drain()
        self.__dict__.update(vars(again))
        self._journal.put(*happenings)
        for task in self._alive():
            if task.task_spec.name == element or (tasks.is_open(task) and task.id not in known):
                self._journal.note("opened", task)

    def _perform(
        self, task: Task, perform: Perform, failed: dict[UUID, tuple[str, Exception]]
    ) -> None:
        if task.state != TaskState.STARTED:
            return  # cancelled by an earlier task of this round
        try:
            outcome = perform(task.task_spec.name)
        except Exception as error:  # noqa: BLE001 - whatever it is, the act must not be lost
            failed[task.id] = (task.task_spec.name, error)
            return
        self._outcomes.add(task, outcome)
        self._journal.completed(task, outcome)
        task.complete()

    def _run(self, task: Task) -> None:
        """Run one engine step as `do_engine_steps` does, but without its walks through the tree."""
        if task.state != TaskState.READY:
            return  # cancelled by an earlier task of this round
        self._before(task)
        task.run()
        self._after(task)

    def _before(self, task: Task) -> None:
        spec = task.task_spec
        if isinstance(spec, BoundaryEvent):
            self._before_boundary(task)
        elif isinstance(spec, IntermediateCatchEvent | StartEvent) and isinstance(
            spec.event_definition, TimerEventDefinition
        ):
            self._journal.note("passed", task)

    def _before_boundary(self, task: Task) -> None:
        host = tasks.host(task)
        if isinstance(task.task_spec.event_definition, MessageEventDefinition):
            self._journal.validated(host)
        elif task.task_spec.cancel_activity and tasks.is_open(host):
            self._outcomes.add(host, LAPSED)
            self._journal.lapsed(host)
        else:
            self._journal.note("passed", task)

    def _after(self, task: Task) -> None:
        spec = task.task_spec
        if isinstance(spec, CallActivity):
            self._journal.completed(task, tasks.end_of(self._workflow.subprocesses[task.id]))
        elif isinstance(spec, EndEvent) and task.workflow is self._workflow:
            self._running.last_end = spec.name
            self._journal.note("ended", task)

    def _open_task(self, task: Task) -> OpenTask:
        step = self.definition.user_tasks[task.task_spec.name]
        stage = stage_of(self.definition, task)
        return OpenTask(str(task.id), step.id, step.name, step.lane, step.process, stage)

    def _waiting(self, task: Task) -> Waiting:
        element, host = task.task_spec.name, ""
        kind: Any = "event"
        if isinstance(task.task_spec, StartEvent):
            kind = "start"
        elif isinstance(task.task_spec, BoundaryEvent):
            kind, host = "boundary", tasks.host(task).task_spec.name
        name = self.definition.element_name(element)
        process = self.definition.process_of(element)
        stage = stage_of(self.definition, task)
        return Waiting(element, name, tasks.at(task), process, kind, host, stage)


def _functions(
    outcomes: Outcomes, environment: Environment
) -> Callable[[Task], dict[str, Callable[..., Any]]]:
    def moment(ask: Callable[[Any], datetime]) -> Callable[[Any], str]:
        return lambda argument: ask(argument).astimezone(UTC).isoformat()

    def functions(task: Task) -> dict[str, Callable[..., Any]]:
        return {
            "outcome": outcomes.latest,
            "count": lambda *args, **kwargs: outcomes.count(task, *args, **kwargs),
            "validated": environment.validated,
            "purpose": environment.purpose,
            "holder": environment.holder,
            "working_days": moment(environment.working_days),
            "due": moment(environment.due),
            "day_of": moment(environment.day_of),
        }

    return functions

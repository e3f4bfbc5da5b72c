"""The only module that uses SpiffWorkflow's parser and engine.

It defines our task specs, script engine and workflow.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Protocol

from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.parser.task_parsers import CallActivityParser
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException
from SpiffWorkflow.bpmn.script_engine import BasePythonScriptEngineEnvironment, PythonScriptEngine
from SpiffWorkflow.bpmn.specs import BpmnProcessSpec, defaults
from SpiffWorkflow.bpmn.specs.control import SimpleBpmnTask
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.specs import WorkflowSpec
from SpiffWorkflow.task import Task

from workflows.expressions import evaluate

Specs = Mapping[str, BpmnProcessSpec]


class Observer(Protocol):
    """A listener that is notified, in order, of what happens to the tasks of a running workflow."""

    def opened(self, task: Task) -> None: ...
    def cancelled(self, task: Task) -> None: ...


class _Observed:
    """Mixin: notify the workflow's observer when a task becomes ready or is cancelled."""

    def _on_ready_hook(self, my_task: Task) -> None:
        super()._on_ready_hook(my_task)  # type: ignore[misc]
        my_task.workflow.top_workflow.observer.opened(my_task)

    def _on_cancel(self, my_task: Task) -> None:
        my_task.workflow.top_workflow.observer.cancelled(my_task)
        super()._on_cancel(my_task)  # type: ignore[misc]


class UserTask(_Observed, defaults.UserTask):
    """A step done by a person."""


class ServiceTask(_Observed, defaults.ServiceTask):
    """A task done by the system; it stays STARTED until the application has done it."""

    def _execute(self, task: Task) -> None:
        return None


class CallActivity(_Observed, defaults.CallActivity):
    """A called process, such as a stage."""

    def _on_ready_hook(self, my_task: Task) -> None:
        # The task becomes READY when the called process has *ended*; that does not open it.
        defaults.CallActivity._on_ready_hook(self, my_task)

    def start_workflow(self, my_task: Task) -> None:
        my_task.workflow.top_workflow.observer.opened(my_task)
        super().start_workflow(my_task)


class Gone(SimpleBpmnTask):
    """A finished element that the version lacks: it is kept by its name and never runs."""


@lru_cache(maxsize=4096)
def gone(name: str) -> Gone:
    """Return the spec of an element that the version lacks. It belongs to no process."""
    return Gone(WorkflowSpec(name), name)


@lru_cache(maxsize=256)
def gone_process(name: str) -> BpmnProcessSpec:
    """Return an empty spec for a finished process that the version lacks."""
    return BpmnProcessSpec(name)


class _Parser(BpmnParser):
    OVERRIDE_PARSER_CLASSES = {
        full_tag("userTask"): (TaskParser, UserTask),
        full_tag("serviceTask"): (TaskParser, ServiceTask),
        full_tag("callActivity"): (CallActivityParser, CallActivity),
    }


class NotRunnable(Exception):
    """SpiffWorkflow's parser refuses the drawing; `file` says which one."""

    def __init__(self, file: str, sentence: str) -> None:
        super().__init__(sentence)
        self.file = file


def parse_specs(roots: Mapping[str, etree._Element]) -> dict[str, BpmnProcessSpec]:
    """Return the specs of all processes and sub-processes in the documents. Raises NotRunnable."""
    parser = _Parser()
    try:
        for file, root in roots.items():
            parser.add_bpmn_xml(root, file)
        specs: dict[str, BpmnProcessSpec] = parser.find_all_specs()
    except ValidationException as error:
        raise NotRunnable(error.file_name or "", str(error)) from error
    for spec in specs.values():
        for task_spec in spec.task_specs.values():
            called = getattr(task_spec, "spec", None)
            if isinstance(called, str) and called not in specs:
                raise NotRunnable(spec.file or "", f"{task_spec.name} calls nothing: {called}")
    return specs


class _NoPython(BasePythonScriptEngineEnvironment):
    """An environment that refuses what the library would run with `eval` and `exec`."""

    def _refuse(self, *_: Any, **__: Any) -> Any:
        raise NotImplementedError("diagrams run no Python")

    evaluate = execute = call_service = _refuse


class ScriptEngine(PythonScriptEngine):
    """A script engine that evaluates conditions and timers with the given functions."""

    def __init__(self, functions: Callable[[Task], Mapping[str, Callable[..., Any]]]) -> None:
        super().__init__(environment=_NoPython())
        self._functions = functions

    def evaluate(self, task: Task, expression: str, external_context: Any = None) -> Any:
        return evaluate(expression, self._functions(task))

    def execute(self, task: Task, script: str, external_context: Any = None) -> Any:
        raise NotImplementedError("diagrams run no Python")

    call_service = execute


class Workflow(BpmnWorkflow):
    """A running process with the observer of its tasks."""

    def __init__(
        self, spec: BpmnProcessSpec, specs: Specs, engine: ScriptEngine, **kwargs: Any
    ) -> None:
        self.observer: Observer = _NoObserver()
        super().__init__(spec, dict(specs), engine, **kwargs)

    def all_tasks(self) -> Iterator[Task]:
        """Yield the tasks of the process itself, then those of its sub-processes."""
        for workflow in (self, *self.subprocesses.values()):
            yield from workflow.tasks.values()


class _NoObserver:
    def opened(self, task: Task) -> None: ...
    def cancelled(self, task: Task) -> None: ...

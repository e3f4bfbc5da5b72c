"""The state of a task in a running workflow, and its relation to other tasks."""

from datetime import datetime
from typing import Any

from SpiffWorkflow.bpmn.specs.defaults import (
    BoundaryEvent,
    EndEvent,
    ParallelGateway,
    StartEvent,
    SubWorkflowTask,
)
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from workflows.engine import CallActivity, ServiceTask, UserTask


def is_open(task: Task) -> bool:
    """Return whether it is a user task that can be answered."""
    return task.state == TaskState.READY and isinstance(task.task_spec, UserTask)


def is_service(task: Task) -> bool:
    """Return whether it is a service task that is still to be done."""
    return task.state == TaskState.STARTED and isinstance(task.task_spec, ServiceTask)


def is_underway(task: Task) -> bool:
    """Return whether it is a service task to be done or a call that has not returned."""
    return task.state == TaskState.STARTED and isinstance(
        task.task_spec, ServiceTask | CallActivity
    )


def is_begun_call(task: Task) -> bool:
    """Return whether it is a call activity that was entered, whatever happened afterwards."""
    begun = TaskState.STARTED | TaskState.FINISHED_MASK
    return isinstance(task.task_spec, CallActivity) and task.has_state(begun)


def is_for_engine(task: Task) -> bool:
    """Return whether the engine can run it now."""
    return task.state == TaskState.READY and not task.task_spec.manual


def is_live(workflow: Any) -> bool:
    """Return whether neither the process nor any of its callers has ended."""
    while workflow is not None and not workflow.completed:
        workflow = workflow.parent_workflow
    return workflow is None


def has_joined(join: Task, task: Task) -> bool:
    """Return whether `join` has fired through branches parallel to the task's own."""
    spec = join.task_spec
    if not isinstance(spec, ParallelGateway) or join.state != TaskState.COMPLETED:
        return False
    if len(spec.inputs) < 2:
        return False
    return not join.is_descendant_of(task) and not task.is_descendant_of(join)


def reopen(workflow: Any) -> None:
    """Let a process and its callers run again: the engine's reset leaves them completed."""
    while workflow is not None:
        workflow.completed = False
        workflow = workflow.parent_workflow


def is_position(task: Task) -> bool:
    """Return whether the process is at this task, as a reader of the diagram sees it."""
    # An event sub-process waits in STARTED; the tasks within it say whether it has begun.
    if isinstance(task.task_spec, BoundaryEvent | StartEvent | SubWorkflowTask):
        return False
    return bool(task.has_state(TaskState.READY | TaskState.STARTED | TaskState.WAITING))


def boundary(task: Task) -> list[Task]:
    """Return the boundary events of an activity."""
    siblings = task.parent.children if task.parent else []
    return [t for t in siblings if isinstance(t.task_spec, BoundaryEvent)]


def host(event: Task) -> Task:
    """Return the activity to which a boundary event is attached."""
    siblings = event.parent.children
    return next(t for t in siblings if not isinstance(t.task_spec, BoundaryEvent))


def at(timer: Task) -> datetime:
    """Return when a waiting timer is due, aware UTC."""
    return datetime.fromisoformat(timer.internal_data["event_value"])


def end_of(workflow: BpmnSubWorkflow) -> str:
    """Return the id of the end event that a called process reached, or ""."""
    ends = [t for t in workflow.tasks.values() if isinstance(t.task_spec, EndEvent)]
    reached = [t.task_spec.name for t in ends if t.state == TaskState.COMPLETED]
    return reached[-1] if reached else ""

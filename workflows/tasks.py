"""What a task of a running workflow is, and how it stands to those around it."""

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
    """Whether it is a user task that can be answered."""
    return task.state == TaskState.READY and isinstance(task.task_spec, UserTask)


def is_service(task: Task) -> bool:
    """Whether it is a service task that is still to be done."""
    return task.state == TaskState.STARTED and isinstance(task.task_spec, ServiceTask)


def is_underway(task: Task) -> bool:
    """Whether it is a service task to be done or a call that has not returned."""
    return task.state == TaskState.STARTED and isinstance(
        task.task_spec, ServiceTask | CallActivity
    )


def is_begun_call(task: Task) -> bool:
    """Whether it is a call activity that was entered, however it went on."""
    begun = TaskState.STARTED | TaskState.FINISHED_MASK
    return isinstance(task.task_spec, CallActivity) and task.has_state(begun)


def is_for_engine(task: Task) -> bool:
    """Whether the engine can run it at once."""
    return task.state == TaskState.READY and not task.task_spec.manual


def is_live(workflow: Any) -> bool:
    """Whether neither the process nor any that called it is over."""
    while workflow is not None and not workflow.completed:
        workflow = workflow.parent_workflow
    return workflow is None


def has_joined(join: Task, task: Task) -> bool:
    """Whether this is a join that went on beside the task, by another of its branches."""
    spec = join.task_spec
    if not isinstance(spec, ParallelGateway) or join.state != TaskState.COMPLETED:
        return False
    if len(spec.inputs) < 2:
        return False
    return not join.is_descendant_of(task) and not task.is_descendant_of(join)


def reopen(workflow: Any) -> None:
    """Let a process and those that called it run again: the engine's reset leaves them over."""
    while workflow is not None:
        workflow.completed = False
        workflow = workflow.parent_workflow


def is_position(task: Task) -> bool:
    """Whether the process stands there, as a reader of the diagram would say."""
    # An event sub-process waits in STARTED: what runs within it says when it has begun.
    if isinstance(task.task_spec, BoundaryEvent | StartEvent | SubWorkflowTask):
        return False
    return bool(task.has_state(TaskState.READY | TaskState.STARTED | TaskState.WAITING))


def boundary(task: Task) -> list[Task]:
    """The events on the boundary of an activity."""
    siblings = task.parent.children if task.parent else []
    return [t for t in siblings if isinstance(t.task_spec, BoundaryEvent)]


def host(event: Task) -> Task:
    """The activity that an event is on the boundary of."""
    siblings = event.parent.children
    return next(t for t in siblings if not isinstance(t.task_spec, BoundaryEvent))


def at(timer: Task) -> datetime:
    """When a waiting timer is due, aware UTC."""
    return datetime.fromisoformat(timer.internal_data["event_value"])


def end_of(workflow: BpmnSubWorkflow) -> str:
    """The id of the end event that a called process reached, or ""."""
    ends = [t for t in workflow.tasks.values() if isinstance(t.task_spec, EndEvent)]
    reached = [t.task_spec.name for t in ends if t.state == TaskState.COMPLETED]
    return reached[-1] if reached else ""

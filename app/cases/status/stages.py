"""The list of tasks: stages and their steps, each with a computed state."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.base import calendar
from app.base.models import Task
from app.cases.status.facts import Facts
from app.cases.status.states import loudest, state_after, state_of
from app.people import access
from workflows import paths
from workflows.paths import Stop

#: Steps that file papers at the mesa de partes → the kind of presentation.
FILES = {"file_designation": "designation", "file_personnel": "personnel"}


@dataclass(frozen=True)
class StepLine:
    """A step in the list: its state is an id of `app.base.formatting.STATES`."""

    id: str
    name: str
    state: str
    #: The lane's name.
    lane: str
    #: The open task, or the last closed one; None before the first.
    task: Task | None
    #: The day on which the step was answered; None before.
    done_on: date | None = None
    #: The set day that it waits for.
    awaited_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether the step can be answered now."""
        return self.task is not None and self.task.state == "open"


@dataclass(frozen=True)
class StageLine:
    """A stage in the list, or a side process."""

    id: str
    name: str
    state: str
    #: Whether the case is in this stage now.
    is_current: bool
    #: The day on which it ended or, for the current one, began; None for later stages.
    on: date | None
    steps: tuple[StepLine, ...]


def stages(facts: Facts) -> list[StageLine]:
    """Return the stages of an onboarding in their order."""
    row, names = facts.row, facts.definition
    complete = row.status == "ended" and row.end_name != "No corresponde"
    here = _where(facts)
    lines = []
    for number, stage in enumerate(names.stages):
        passed = complete or number < here
        steps = tuple(steps_in(facts, stage, passed=passed, ahead=number > here))
        state, on = _of_stage(facts, stage, steps, passed=passed)
        current = stage == row.stage and stage not in row.validated
        lines.append(StageLine(stage, names.element_name(stage), state, current, on, steps))
    return lines


def _where(facts: Facts) -> int:
    """Return the index of the current stage; -1 before the first; after an end, the last one."""
    known = facts.definition.stages
    if facts.row.stage:
        return known.index(facts.row.stage)
    met = {task.stage for task in facts.tasks} | set(facts.row.validated)
    return max((known.index(stage) for stage in met if stage in known), default=-1)


def _of_stage(
    facts: Facts, stage: str, steps: Sequence[StepLine], *, passed: bool
) -> tuple[str, date | None]:
    """Return the state of a stage, and the day on which it ended or began."""
    row = facts.row
    if stage in row.validated:
        at = row.validated[stage].get("at")
        return "validated", calendar.lima_day(datetime.fromisoformat(at)) if at else None
    closed = [t.closed_at for t in facts.tasks if t.stage == stage and t.closed_at]
    ended_on = calendar.lima_day(max(closed)) if closed else None
    if passed:
        return "accepted", ended_on
    if row.ended_at:
        met = bool(closed)
        state = "cancelled" if row.status == "cancelled" else "out_of_scope"
        return state, calendar.lima_day(row.ended_at) if met else None
    if stage != row.stage:
        return "not_yet", None
    since_on = calendar.lima_day(row.stage_since_at) if row.stage_since_at else None
    return _of_steps(facts, steps), since_on


def _of_steps(facts: Facts, steps: Sequence[StepLine]) -> str:
    """Return the state of a stage from its steps that are open or wait for a date."""
    if facts.row.status == "suspended":
        return "suspended"
    return loudest({one.state for one in steps if one.is_open or one.awaited_at})


def side_lines(facts: Facts) -> list[StageLine]:
    """Return the lines besides the stages: a follow-up, and the entity's other processes."""
    lines = []
    if facts.follow_up and not facts.is_reported and not facts.row.ended_at:
        name = facts.definition.element_name("follow_up")
        steps = tuple(_occurred(facts, facts.follow_up))
        state = _of_steps(facts, steps) if any(one.is_open for one in steps) else "awaiting_date"
        since_on = calendar.lima_day(facts.follow_up[0].opened_at)
        lines.append(StageLine("follow_up", name, state, True, since_on, steps))
    return lines + [whole(other) for other in facts.others]


def whole(facts: Facts) -> StageLine:
    """Return a process that has no stages as one line."""
    steps = tuple(
        one
        for process in _walked(facts)
        for one in steps_in(facts, process, passed=False, ahead=False)
    )
    process, since_on = facts.row.process, calendar.lima_day(facts.row.started_at)
    name = facts.definition.element_name(process)
    return StageLine(process, name, _of_steps(facts, steps), True, since_on, steps)


def _walked(facts: Facts) -> list[str]:
    """Return the processes whose steps a process walks: the called processes, or itself."""
    stops = paths.stops_of(facts.definition, facts.row.process, facts.row.process)
    called = [stop.node.called for stop in stops if stop.node.called]
    return called or [facts.row.process]


def _occurred(facts: Facts, tasks: Sequence[Task]) -> Iterator[StepLine]:
    """Yield the steps of these tasks, in the order of their first tasks."""
    for step in dict.fromkeys(task.step for task in tasks):
        task = next(one for one in reversed(tasks) if one.step == step)
        yield _line(facts, step, task.name, access.ROLES[task.role].lane or "", task, "accepted")


# Steps ----------------------------------------------------------------------------------------


def steps_in(facts: Facts, process: str, *, passed: bool, ahead: bool) -> Iterator[StepLine]:
    """Yield the steps of a stage: those of the main path, and others that occurred."""
    stops = paths.stops_of(facts.definition, process, facts.row.process)
    came = {task.step: task for task in facts.tasks if task.process == process}
    skipped = process in facts.row.validated
    for stop in stops:
        task = came.get(stop.node.id)
        if stop.node.kind != "userTask" or (task is None and (skipped or not stop.main)):
            continue
        if skipped and task is not None and task.state != "completed":
            continue
        yield _step(facts, stop, task, passed=passed or skipped, ahead=ahead)


def _step(facts: Facts, stop: Stop, task: Task | None, *, passed: bool, ahead: bool) -> StepLine:
    step, lane = stop.node.id, stop.node.lane
    name, row = stop.node.name, facts.row
    if task is None or task.state == "cancelled" or ahead:
        wait = next((one for one in facts.waits if step in one.steps), None)
        if wait is not None:
            return StepLine(step, name, "awaiting_date", lane, None, None, wait.at)
        state = "not_yet"
        if row.ended_at or passed:
            state = "cancelled" if row.status == "cancelled" and task else "out_of_scope"
        return StepLine(step, name, state, lane, None)
    if task.state != "open" and not passed and _comes_again(facts, stop, task):
        wait = next((one for one in facts.waits if step in one.steps), None)
        state, at = ("awaiting_date", wait.at) if wait else ("not_yet", None)
        return StepLine(step, name, state, lane, None, None, at)
    return _line(facts, step, name, lane, task, _of_filing(facts, task))


def _line(facts: Facts, step: str, name: str, lane: str, task: Task, if_accepted: str) -> StepLine:
    """Return the line of a step that occurred; `if_accepted`: its state if answered well."""
    if task.state == "open":
        state = state_of(task, has_draft=task.id in facts.drafts)
        return StepLine(step, name, state, lane, task)
    state = state_after(task)
    on = calendar.lima_day(task.closed_at) if task.closed_at else None
    return StepLine(step, name, if_accepted if state == "accepted" else state, lane, task, on)


def _comes_again(facts: Facts, stop: Stop, task: Task) -> bool:
    """Return whether a step before this one opened again after this one was answered.

    Observations of a review stay until the next review, and a correction that was sent is done:
    only steps of the main path are answered again.
    """
    if task.outcome == "observed" or not stop.main:
        return False
    process = stop.node.process
    later = paths.later_stops(facts.definition, process, facts.row.process)
    return any(
        one.id > task.id and stop.node.id in later.get(one.step, ())
        for one in facts.tasks
        if one.process == process and one.state != "cancelled"
    )


def _of_filing(facts: Facts, task: Task) -> str:
    """Return the state of an answered step; for a presentation, the state of its papers."""
    filing = facts.filing(FILES[task.step]) if task.step in FILES else None
    if filing is None:
        return "accepted"
    if filing.result:
        return {"accepted": "accepted", "out_of_scope": "out_of_scope"}.get(
            filing.result, "not_presented"
        )
    around = {one.step: one for one in facts.tasks if one.process == task.process}
    is_open = {step for step, one in around.items() if one.state == "open"}
    if any(step.startswith("correct_") for step in is_open):
        return "observed"
    if any(step.startswith("review_") for step in is_open):
        return "corrected" if filing.rounds else "in_review"
    return "filed"

"""An entity's list of tasks as its page shows it: stages, steps, who has them, until when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.base import calendar, formatting
from app.base.definitions import definition_of
from app.cases import status
from app.cases.status import PROCESS_NAMES, Facts, StageLine, StepLine
from app.onboarding.tasks.task_view import TaskView
from workflows.drawing import ENTRY
from workflows.naming import Follows, steps_of

#: What a process beside the path is called, where the page has words of its own.
BESIDE = {**PROCESS_NAMES, "follow_up": "Seguimiento de la etapa"}


def stages(
    cases: Sequence[Facts], shown: Mapping[int, TaskView], lanes: Mapping[str, str]
) -> list[dict[str, Any]]:
    """The stages of the onboarding among some cases, then what stands beside them.

    `shown` are the open tasks by id, `lanes` who does the steps of a lane (`access.lane_titles`).
    """
    told: list[dict[str, Any]] = []
    for facts in cases:
        if facts.row.process == ENTRY:
            lines = enumerate(status.stages(facts), 1)
            told += [_stage(line, shown, lanes, str(number)) for number, line in lines]
            told += [_stage(line, shown, lanes, "") for line in status.beside(facts)]
        else:
            told.append(_stage(status.whole(facts), shown, lanes, ""))
    return told


def _stage(
    line: StageLine, shown: Mapping[int, TaskView], lanes: Mapping[str, str], number: str
) -> dict[str, Any]:
    return {
        "id": line.id,
        "number": number,
        "name": line.name if number else BESIDE.get(line.id, line.name),
        "state": line.state,
        "is_current": line.is_current,
        "on": _when(line),
        "steps": [_step(step, shown, lanes) for step in line.steps],
    }


def _when(line: StageLine) -> str:
    if line.on is None:
        return ""
    return f"{'Desde el' if line.is_current else 'Hasta el'} {formatting.day(line.on)}"


def _step(
    line: StepLine, shown: Mapping[int, TaskView], lanes: Mapping[str, str]
) -> dict[str, Any]:
    """A step: its open task (None where it has none), when it was done or what it waits for."""
    task = shown.get(line.task.id) if line.task and line.is_open else None
    when = ""
    if task and line.task:
        when = f"Desde el {formatting.day(calendar.lima_day(line.task.opened_at))}"
    elif line.done_on:
        when = f"El {formatting.day(line.done_on)}"
    elif line.awaited_at:
        when = f"Se espera al {formatting.day(calendar.lima_day(line.awaited_at))}"
    return {
        "name": line.name,
        "state": line.state,
        "lane": lanes.get(line.lane, line.lane),
        "task": task,
        "when": when,
        "follows": [str(one) for one in _follows(line)] if task else [],
    }


def _follows(line: StepLine) -> Sequence[Follows]:
    """What comes after an open step, as it is drawn."""
    if line.task is None:
        return ()
    row = line.task.instance
    told = steps_of(definition_of(row.deployment), line.task.process, row.process)
    return next((one.follows for one in told if one.id == line.id), ())

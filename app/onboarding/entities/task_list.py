"""The list of tasks on the page of an entity: stages, steps, who has them, until when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from app.base import calendar, formatting
from app.base.definitions import definition_of
from app.cases import status
from app.cases.status import PROCESS_NAMES, Facts, StageLine, StepLine
from app.onboarding.tasks.task_view import TaskView
from workflows.drawing import ENTRY
from workflows.step_texts import steps_of

#: Process that runs in addition to the path → its name on the page.
SIDE_PROCESS_NAMES = {**PROCESS_NAMES, "follow_up": "Seguimiento de la etapa"}


@dataclass(frozen=True)
class StepRow:
    """A step; `state` is an id of `app.base.formatting.STATES`."""

    name: str
    state: str
    #: The people who do it, in words.
    lane: str
    #: The open task; None if it has none.
    task: TaskView | None
    #: When it was opened or done, or the day it waits for, in words.
    when: str
    #: The elements after an open step, in sentences.
    follows: Sequence[str]


@dataclass(frozen=True)
class StageRow:
    """A stage, or a process in addition to the path; `state` as of a step."""

    id: str
    #: "" for a process in addition to the path.
    number: str
    name: str
    state: str
    is_current: bool
    #: Since or until when, in words.
    on: str
    steps: Sequence[StepRow]


def stages(
    cases: Sequence[Facts], views: Mapping[int, TaskView], lanes: Mapping[str, str]
) -> list[StageRow]:
    """Return the stages of the onboarding, then the processes in addition to it.

    `views`: the open tasks by id; `lanes`: who does the steps of each (`access.lane_titles`).
    """
    rows: list[StageRow] = []
    for facts in cases:
        if facts.row.process == ENTRY:
            lines = enumerate(status.stages(facts), 1)
            rows += [_stage(line, views, lanes, str(number)) for number, line in lines]
            rows += [_stage(line, views, lanes, "") for line in status.side_lines(facts)]
        else:
            rows.append(_stage(status.whole(facts), views, lanes, ""))
    return list(_with_own_ids(rows))


def _with_own_ids(rows: Sequence[StageRow]) -> Iterator[StageRow]:
    """Yield the rows with different ids: several changes of personnel may run at once."""
    count: Counter[str] = Counter()
    for row in rows:
        count[row.id] += 1
        yield replace(row, id=f"{row.id}-{count[row.id]}") if count[row.id] > 1 else row


def _stage(
    line: StageLine, views: Mapping[int, TaskView], lanes: Mapping[str, str], number: str
) -> StageRow:
    return StageRow(
        id=line.id,
        number=number,
        name=line.name if number else SIDE_PROCESS_NAMES.get(line.id, line.name),
        state=line.state,
        is_current=line.is_current,
        on=_when(line),
        steps=[_step(step, views, lanes) for step in line.steps],
    )


def _when(line: StageLine) -> str:
    if line.on is None:
        return ""
    return f"{'Desde el' if line.is_current else 'Hasta el'} {formatting.day(line.on)}"


def _step(line: StepLine, views: Mapping[int, TaskView], lanes: Mapping[str, str]) -> StepRow:
    task = views.get(line.task.id) if line.task and line.is_open else None
    when = ""
    if task and line.task:
        when = f"Desde el {formatting.day(calendar.lima_day(line.task.opened_at))}"
    elif line.done_on:
        when = f"El {formatting.day(line.done_on)}"
    elif line.awaited_at:
        when = f"Se espera al {formatting.day(calendar.lima_day(line.awaited_at))}"
    return StepRow(
        name=line.name,
        state=line.state,
        lane=lanes.get(line.lane, line.lane),
        task=task,
        when=when,
        follows=_follows(line) if task else (),
    )


def _follows(line: StepLine) -> Sequence[str]:
    """Return the elements after an open step, as drawn."""
    if line.task is None:
        return ()
    row = line.task.instance
    drawn = steps_of(definition_of(row.deployment), line.task.process, row.process)
    return next(([str(way) for way in one.follows] for one in drawn if one.id == line.id), ())

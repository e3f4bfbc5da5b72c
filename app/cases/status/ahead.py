"""The steps that follow the current ones, or the next stage, the nearest first."""

from __future__ import annotations

from collections.abc import Iterator

from app.base import formatting
from app.cases.status.facts import Facts
from workflows.drawing import ENTRY
from workflows.next_steps import Place, ahead


def after(facts: Facts) -> str:
    """Return what follows in a case once the current steps are done; "" if nothing does.

    That is where the open steps lead if all goes well, beginning with what opens at once.
    """
    row, definition = facts.row, facts.definition
    process = row.stage or next((task.process for task in facts.open_tasks), "")
    places = list(_places(facts, process))
    if row.ended_at or not places:
        return ""
    answered = {task.step: task.outcome for task in facts.tasks if task.state in CLOSED}
    found = ahead(definition, process, places, answered, row.process)
    if found.steps:
        names = formatting.listed([definition.element_name(step) for step in found.steps])
        return f"Después: {names}"
    if not found.end or row.process != ENTRY:
        return ""
    here = definition.stages.index(row.stage)
    for number, stage in enumerate(definition.stages[here + 1 :], here + 2):
        if stage not in row.validated:
            return f"Después: etapa {number}, {definition.element_name(stage)}"
    return f"Después: {definition.element_name(found.end)}"


#: States of tasks whose outcomes gateways can read.
CLOSED = ("completed", "lapsed")


def _places(facts: Facts, process: str) -> Iterator[Place]:
    """Yield the places of a process: its open steps, the days that it waits for, and failures."""
    definition = facts.definition
    here = (task.step for task in facts.open_tasks if task.process == process)
    yield from (Place(step) for step in here if definition.process_of(step) == process)
    yield from (Place(wait.timer, wait.at) for wait in facts.waits if wait.day != "call")
    for incident in facts.incidents:
        element = incident.element
        if element in definition.elements and definition.process_of(element) == process:
            yield Place(element)

"""The status of a case of the tests: its text, and its list of tasks."""

from __future__ import annotations

from app.base import calendar
from app.base.models import ProcessInstance
from app.cases import custody, status
from tests.app.walk import Walk

WHY = "Porque así conviene en esta prueba"


def status_text(walk: Walk, instance: int = 0) -> str:
    """Return the text of a case."""
    with walk.reading() as session:
        row = session.get_one(ProcessInstance, instance or walk.id)
        return status.text(status.read(session, [row], calendar.now())[row.id])


def held(walk: Walk) -> int:
    """Return the working days for which, by its clocks, its party has held the case."""
    with walk.reading() as session:
        row = walk.instance(session)
        return custody.clocks_of(session, [row], calendar.now())[row.id].held


def listed(walk: Walk, instance: int = 0) -> list[status.StageLine]:
    """Return its list of tasks."""
    with walk.reading() as session:
        row = session.get_one(ProcessInstance, instance or walk.id)
        facts = status.read(session, [row], calendar.now())[row.id]
        return [*status.stages(facts), *status.side_lines(facts)]


def states(walk: Walk, stage: str, instance: int = 0) -> dict[str, str]:
    """Return the states of a stage's steps, by their ids."""
    (line,) = [one for one in listed(walk, instance) if one.id == stage]
    return {step.id: step.state for step in line.steps}


def of_stages(walk: Walk) -> list[str]:
    """Return the states of the seven stages."""
    return [line.state for line in listed(walk)[:7]]

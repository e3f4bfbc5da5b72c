"""`progress`: the open steps of a case, for those who call or write to the entity."""

from __future__ import annotations

from typing import TypedDict

from sqlalchemy import select

from app.base import calendar
from app.base.definitions import definition_of
from app.base.models import Task
from app.cases.case import Case
from app.people.access import ROLES, lane_titles


class OpenStep(TypedDict):
    """An open step; the days are ISO dates."""

    name: str
    party: str
    since: str
    due: str  # "" without a date


class Progress(TypedDict):
    """The open steps of a case."""

    stage: str
    stage_name: str
    open: list[OpenStep]
    missing: list[str]


def read(case: Case) -> Progress:
    """Return the stage, its open steps with party and dates, and what is missing."""
    tasks = case.session.scalars(
        select(Task)
        .where(
            Task.instance_id == case.instance.id,
            Task.state == "open",
            Task.process != "follow_up",
        )
        .order_by(Task.opened_at, Task.id)
    ).all()
    stage = case.instance.stage
    parties = lane_titles(case.session, case.entity)
    return {
        "stage": case.instance.stage,
        "stage_name": stage and definition_of(case.instance.deployment).element_name(stage),
        "open": [
            {
                "name": task.name,
                "party": parties.get(ROLES[task.role].lane or "", ROLES[task.role].name),
                "since": calendar.lima_day(task.opened_at).isoformat(),
                "due": calendar.last_day(task.due_at).isoformat() if task.due_at else "",
            }
            for task in tasks
        ],
        "missing": [task.name for task in tasks],
    }

"""The load of coordinators in tasks."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.base import calendar
from app.base.models import ProcessInstance, Task
from tests.app import cast
from tests.app.onboarding.recounted import Page, number
from tests.app.walk import Walk


@pytest.mark.nightly
def test_the_tasks_of_each_coordinator_are_in_their_load(programme: Walk):
    def tasks(name: str) -> tuple[int, int]:
        cells = Page(programme, "/programa/coordinadores").table()[name]
        return number(cells[-2]), number(cells[-1])

    with programme.writing() as session:
        running = select(Task).join(Task.instance).where(ProcessInstance.status == "running")
        tasks_of_sip = session.scalars(running.where(Task.state == "open", Task.role == "sip"))
        mine = [one for one in tasks_of_sip if one.entity.active and one.entity.sip_coordinator_id]
        coordinator = mine[0].entity.sip_coordinator
        mine = [one for one in mine if one.entity.sip_coordinator is coordinator]
        for one in mine:
            one.assignee_id, one.due_at = None, calendar.now() + timedelta(days=1)
        mine[0].due_at = calendar.now() - timedelta(days=1)
        name, number_of_task = coordinator.full_name, mine[0].id
        colleague = cast.person(session, "41000077", "sip").id
    before = tasks(name)
    assert before[0] >= len(mine)
    assert before[1] >= 1
    with programme.writing() as session:  # a colleague took it
        session.get_one(Task, number_of_task).assignee_id = colleague
    assert tasks(name) == (before[0] - 1, before[1] - 1)
    assert tasks("Persona Ejemplo 077") == (1, 1)

"""What depends on the days of a step's term is kept with its task, whatever a version says."""

from __future__ import annotations

from datetime import date

import pytest

from app.base import calendar
from app.base.calendar import Calendar
from app.cases import processes, reminders
from tests.app.cases.processes.migrated import days, put_on, version
from tests.app.cases.processes.recalculated import due, ends
from tests.app.walk import Walk

STEP = "register_authority_change"


@pytest.mark.nightly
def test_a_timer_keeps_its_distance_to_the_date_on_a_version_with_other_days(walk: Walk):
    walk.begin_at("training")
    instance = walk.begin("change_authority")
    assert ends(walk, f"{STEP}_lapses", instance) == Calendar().add(date(2026, 3, 2), 60)
    put_on(walk, instance, version(walk, days(STEP, 8)))
    task = walk.task(STEP, instance)
    assert task.regular_days == 5
    walk.act(processes.extend, 2, "Lo pidió la entidad", on=task.id)
    assert due(walk, STEP, instance) == Calendar().add(date(2026, 3, 2), 7)
    assert ends(walk, f"{STEP}_lapses", instance) == Calendar().add(date(2026, 3, 2), 62)


@pytest.mark.nightly
def test_the_forecast_keeps_it_too(walk: Walk):
    walk.begin_at("training")
    instance = walk.begin("change_authority")

    task_id = walk.task(STEP, instance).id

    def last_planned() -> date:
        planned = walk.read(reminders.forecast, calendar.today(), 80)
        return max(one.day for one in planned if one.task_id == task_id)

    before = last_planned()
    put_on(walk, instance, version(walk, days(STEP, 40)))
    assert last_planned() == before

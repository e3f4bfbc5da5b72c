"""The coordinators who are reminded of an entity's late steps: those of the stage."""

from __future__ import annotations

from datetime import date

import pytest

from tests.app.cases.reminders.reminded import Days


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("stage", "step", "role"),
    [
        ("designation", "designate_administrator", "sip"),
        ("training", "plan_training", "sip"),
        ("demo_test", "run_demo_test", "sgtd"),
        ("resubmission", "update_personnel", "sgtd"),
        ("production", "load_production_personnel", "sgtd"),
        ("interest_acts", "enable_interest_acts", "sip"),
    ],
)
def test_what_is_five_days_late_goes_to_the_coordinator_who_looks_after_its_stage(
    days: Days, stage: str, step: str, role: str
):
    days.change_entity(
        sip_coordinator_id=days.people["sip"], sgtd_coordinator_id=days.people["sgtd"]
    )
    days.begin_at(stage)
    days.due_on(step, date(2026, 2, 23))
    days.remind()
    (row,) = days.rows(rung="-5", recipient="coordinator")
    assert (row.task.step, row.person) == (step, days.recipient(role))

"""The coordinators who are reminded of an entity's late steps: those of the stage."""

from __future__ import annotations

from datetime import date

import pytest

from app.base import calendar, db
from app.base.db import chain
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


def test_the_newest_closing_of_the_chain_is_in_mails_of_the_pcm_alone(days: Days):
    days.change_entity(sip_coordinator_id=days.people["sip"])
    days.begin_at("designation")
    days.due_on("designate_administrator", date(2026, 2, 23))
    now = calendar.now()
    chain.close(days.engine, db.never, now, calendar.lima_day(now))
    days.remind()
    noted = days.read(chain.read).noted
    mails = {mail.person: noted in mail.body for mail in days.reminder_mails()}
    assert mails[days.recipient("sip")]
    assert not mails[days.recipient("preparer")]

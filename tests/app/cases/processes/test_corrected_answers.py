"""The constancia of a correction within the legal term, corrected while the PCM reviews it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from app.base import calendar
from app.base.models import Filing
from app.cases import processes
from app.cases.processes.returns import corrections
from tests.app.walk import CODE, Walk
from tests.conftest import Clock

#: By stage: the steps until the PCM has the presentation, then reception, review and correction.
STAGES = {
    "designation": (
        ("designate_administrator", "list_personnel", "file_designation"),
        ("record_reception", "review_designation", "correct_designation"),
    ),
    "resubmission": (
        ("update_personnel", "file_personnel"),
        ("record_personnel_reception", "review_personnel", "correct_personnel"),
    ),
}


def answered(walk: Walk, clock: Clock, stage: str) -> Filing:
    """Present, have it received and observed, and answer the observations the day after."""
    own, (reception, review, correction) = STAGES[stage]
    walk.begin_at(stage)
    for step in own:
        walk.answer(step)
    clock.forward(days=1)
    walk.answer(reception, "received")
    walk.answer(review, "observed")
    clock.forward(days=1)
    walk.answer(correction)
    clock.forward(hours=1)
    assert walk.open_steps() == [review]
    return filing(walk)


def filing(walk: Walk) -> Filing:
    return walk.one(select(Filing))


def receipt(walk: Walk, review: str, number: str, at: datetime) -> None:
    with walk.writing() as session:
        user_id = walk.people["administrator"]
        corrections.correct_receipt(session, walk.task(review).id, number, at, user_id)


@pytest.mark.nightly
@pytest.mark.parametrize("stage", STAGES)
def test_the_constancia_of_a_correction_is_corrected(walk: Walk, clock: Clock, stage: str):
    before = answered(walk, clock, stage)
    review = STAGES[stage][1][1]
    page = f"/entidades/{CODE}/presentaciones/{before.id}"
    assert "Recibida por la PCM" not in walk.browser("sip").get(page).text
    receipt(walk, review, "2026-777", calendar.now() - timedelta(minutes=5))
    after = filing(walk)
    assert after.number == "2026-777" != before.number
    assert after.presented_at == calendar.now() - timedelta(minutes=5)
    with pytest.raises(processes.Refused, match="todavía no llega"):
        receipt(walk, review, "2026-778", calendar.now() + timedelta(minutes=1))


@pytest.mark.nightly
def test_a_running_case_with_the_earlier_reception_is_corrected(walk: Walk, clock: Clock):
    answered(walk, clock, "designation")
    with walk.writing() as session:
        stored = session.scalars(select(Filing)).one()
        stored.received_at = stored.presented_at - timedelta(days=1)
    assert filing(walk).reception_at is None
    receipt(walk, "review_designation", "2026-777", calendar.now())
    assert filing(walk).number == "2026-777"

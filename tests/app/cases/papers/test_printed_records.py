"""The records that papers state: a paper keeps those of the moment when it was made."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.base import calendar
from app.base.models import Task
from app.cases import records
from app.cases.case import Case
from tests.app.walk import Walk
from tests.conftest import Clock

LAST_STAGE = (
    "enable_interest_acts",
    "define_decision_makers",
    "approve_decision_makers",
    "train_decision_makers",
)


@pytest.mark.nightly
def test_a_constancia_keeps_the_administrator_of_its_day(walk: Walk, clock: Clock):
    walk.begin_at("interest_acts")
    for step in LAST_STAGE:
        walk.answer(step)
    walk.answer("close_onboarding", "closed")
    page = f"/tareas/{walk.task('sign_certificate').id}"
    secretary = walk.browser("secretary")
    agrees = secretary.get(page, follow_redirects=True).text
    assert "Lo que dice la constancia coincide con el expediente de hoy." in agrees
    assert "Lo que se comprobó al cerrar" in agrees
    clock.set(calendar.now() + timedelta(days=1))
    with walk.writing() as session:
        task = session.get_one(Task, walk.task("sign_certificate").id)
        case = Case(session, task.entity, task.instance, None, task)
        before = records.read(case, "administrator")
        holder = before["holder"] | {"given_names": "Nora", "surnames": "Nueva"}
        records.write(case, "administrator", before | {"holder": holder})
        printed = records.read(case, "printed_certificate")
        assert printed["administrator"] == before
        assert records.read(case, "printed_letter") is None
    differs = walk.browser("secretary").get(page, follow_redirects=True).text
    assert "1\N{NO-BREAK SPACE}dato no coincide" in differs
    assert "Nora Nueva" in differs
    assert before["holder"]["surnames"] in differs


def test_the_progress_names_the_stage_that_is_open(walk: Walk):
    walk.begin_at("training")
    with walk.reading() as session:
        task = session.get_one(Task, walk.task("plan_training").id)
        case = Case(session, task.entity, task.instance, None, task)
        assert records.read(case, "progress")["stage_name"] == "Capacitación del personal"

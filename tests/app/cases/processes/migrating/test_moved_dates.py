"""The moments of timers that a case did not have, and of those that count other days."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from app.base import calendar
from app.base.calendar import Calendar
from app.base.definitions import definition_of
from app.cases.processes.act import STANDSTILL
from app.cases.processes.migrating.dates import CaseDates
from app.cases.processes.migrating.judging import read_known
from app.cases.processes.migrating.terms import new_term
from tests.app.cases.processes.migrated import days, edit
from tests.app.walk import Walk, texts
from tests.conftest import Clock
from workflows.definition import Definition

WORKING = Calendar()
MONDAY = date(2026, 3, 2)
STEP = "choose_thematic_session"
#: A timer on the step that the case does not have.
ADDED = """<bpmn:boundaryEvent id="choice_is_slow" name="Pasa el tiempo" cancelActivity="false"
      attachedToRef="choose_thematic_session"><bpmn:timerEventDefinition id="choice_is_slow_timer">
      <bpmn:timeDate>{}</bpmn:timeDate></bpmn:timerEventDefinition></bpmn:boundaryEvent>
    <bpmn:exclusiveGateway id="choose_technical_session_again">"""


def dates(walk: Walk, session: Any, *changes: Any) -> CaseDates:
    """Return the dates of the case for a version."""
    row, some = walk.instance(session), dict(texts())
    for change in changes:
        change(some)
    new = Definition.parse(some)
    old, now = definition_of(row.deployment), calendar.now()
    tasks = read_known(session, [row.id])[row.id].tasks
    terms = {task.step: new_term(task, old, new, WORKING, now) for task in tasks}
    return CaseDates(session, row, new, terms, now)


def ends(moment: datetime) -> date:
    """Return the last day before a moment."""
    return calendar.last_day(moment)


def slow(text: str) -> Any:
    """Return the addition of a timer with an expression to the step."""
    gateway = '<bpmn:exclusiveGateway id="choose_technical_session_again">'
    return edit("induction.bpmn", gateway, ADDED.format(text))


@pytest.mark.parametrize(
    ("text", "last"),
    [("working_days(8)", 8), ("working_days(1)", 5), (f'due("{STEP}")', 6)],
)
def test_an_added_timer_counts_from_the_start_of_its_step(
    walk: Walk, clock: Clock, text: str, last: int
):
    walk.begin_at("induction")
    clock.forward(days=4)  # Friday, after four working days
    with walk.reading() as session:
        found = dates(walk, session, days(STEP, 6), slow(text)).first("choice_is_slow", STEP, text)
    assert ends(found) == WORKING.add(MONDAY, last)


def test_an_added_timer_on_a_stage_counts_from_its_begin(walk: Walk, clock: Clock):
    walk.begin_at("induction")
    clock.forward(days=2)
    with walk.reading() as session:
        host = dates(walk, session, days(STEP, 6))
        found = host.first("induction_validated", "stage_induction", "working_days(9)")
        begun = host.first("induction_overdue", "", "working_days(9)")
    assert ends(found) == ends(begun) == WORKING.add(MONDAY, 9)


def test_a_wait_that_begins_by_decision_counts_from_now(walk: Walk, clock: Clock):
    walk.begin_at("induction")
    clock.forward(days=2)
    with walk.reading() as session:
        found = dates(walk, session).first("thematic_session_arrives", "", "working_days(3)")
    assert ends(found) == WORKING.add(date(2026, 3, 4), 3)


def test_a_timer_of_a_step_that_is_not_open_stands_still(walk: Walk):
    walk.begin_at("induction")
    with walk.reading() as session:
        found = dates(walk, session).first("any", "", 'due("plan_training")')
    assert found == calendar.now() + STANDSTILL


@pytest.mark.parametrize(("number", "last"), [(4, 14), (0, 10), (-3, 7), (-30, 1)])
def test_a_timer_by_itself_moves_by_working_days(walk: Walk, number: int, last: int):
    walk.begin_at("induction")
    at = calendar.end_of(WORKING.add(MONDAY, 10))
    with walk.reading() as session:
        found = dates(walk, session).moved("induction_overdue", "", at, number)
    assert ends(found) == WORKING.add(MONDAY, last)


@pytest.mark.nightly("walkers")
def test_the_timer_of_a_legal_term_stays(filed: Walk):
    filed.answer("record_reception", "received")
    filed.answer("review_designation", "observed")
    at = calendar.now() + timedelta(days=3)
    with filed.reading() as session:
        host = dates(filed, session, days("correct_designation", 5))
        assert host.moved("correct_designation_lapses", "correct_designation", at, 3) == at


@pytest.mark.nightly("walkers")
def test_the_timer_of_a_legal_term_that_has_another_id_ends_when_the_term_ends(
    filed: Walk, clock: Clock
):
    filed.answer("record_reception", "received")
    filed.answer("review_designation", "observed")
    step = "correct_designation"
    filed.acknowledge(step)
    due_at = filed.task(step).due_at
    assert due_at is not None
    clock.set(due_at - timedelta(hours=2))
    with filed.reading() as session:
        host = dates(filed, session, days(step, 5))
        assert host.first("another_id", step, f'due("{step}")') == due_at

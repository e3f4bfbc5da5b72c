"""Steps that come back by themselves continue their term; steps that others return do not."""

from __future__ import annotations

from datetime import date

import pytest

from app.base import calendar, formatting
from app.cases import arrivals, processes
from app.cases.processes.terms.continued_terms import SIDES
from app.cases.records import acceptance
from tests.app.cases.reminders.reminded import Days
from tests.app.walk import Walk
from tests.conftest import Clock
from tests.workflows import real
from workflows.returns import automatic_returns


@pytest.fixture
def lacking(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> Walk:
    """Return a demo test and trainings that are always incomplete."""
    monkeypatch.setattr(acceptance, "missing", lambda *_: ["Falta algo."])
    return walk


def left(walk: Walk, step: str) -> int:
    """Return the working days left of a step's newest task; negative when late."""
    task = walk.task(step)
    assert task.state == "open"
    assert task.due_at is not None
    return calendar.Calendar().days_left(task.due_at, calendar.now())


def why(walk: Walk, step: str, role: str = "administrator") -> str:
    """Return the text about the date on the page of a step."""
    page = walk.browser(role).get(f"/tareas/{walk.task(step).id}", follow_redirects=True).text
    return page.replace(formatting.NO_BREAK, " ")


def test_the_ways_that_keep_a_term_are_those_that_come_back_by_themselves():
    drawn = {
        way
        for process in real.definition().processes
        for way in automatic_returns(real.definition(), process, SIDES)
    }
    assert drawn == {way for way, one in arrivals.WAYS.items() if one.keeps}


@pytest.mark.nightly
def test_a_demo_test_sent_empty_is_as_late_as_it_was(lacking: Walk, clock: Clock):
    lacking.begin_at("demo_test")
    first = lacking.task("run_demo_test")
    clock.set(calendar.at_hour(date(2026, 3, 31), calendar.SENDING_HOURS[0]))
    assert left(lacking, "run_demo_test") == -11
    lacking.answer("run_demo_test")
    again = lacking.task("run_demo_test")
    assert again.id != first.id
    assert again.due_at == first.due_at
    assert left(lacking, "run_demo_test") == -11
    said = why(lacking, "run_demo_test")
    assert "El paso volvió y conserva su plazo: 10 días hábiles desde la primera llegada" in said
    assert "11 días hábiles de atraso" in said


@pytest.mark.nightly
def test_reminders_go_on_where_they_were(lacking: Walk, clock: Clock):
    lacking.begin_at("demo_test")
    days = Days(lacking, clock)
    days.pass_by(date(2026, 3, 31))
    before = {row.rung for row in days.rows()}
    assert {"arrival", "-10"} <= before
    lacking.answer("run_demo_test")
    again = lacking.task("run_demo_test").id
    days.pass_by(date(2026, 4, 9))
    assert {row.rung for row in days.rows(task_id=again)} == {"-15"}


@pytest.mark.nightly
def test_what_a_coordinator_extended_stays_extended(lacking: Walk, clock: Clock):
    lacking.begin_at("demo_test")
    lacking.act(processes.extend, 5, "Se cortó la luz", on=lacking.task("run_demo_test").id)
    extended_to = lacking.task("run_demo_test").due_at
    for _ in range(2):
        clock.forward(days=1)
        lacking.answer("run_demo_test")
        assert lacking.task("run_demo_test").due_at == extended_to
        assert ", más 5 por ampliación" in why(lacking, "run_demo_test")


@pytest.mark.nightly
def test_days_on_which_a_set_day_was_waited_for_do_not_count(lacking: Walk, clock: Clock):
    lacking.begin_at("training")
    clock.forward(days=2)
    assert left(lacking, "plan_training") == 8
    lacking.answer("plan_training")
    clock.set(lacking.waiting()["last_training_arrives"])
    lacking.tick()
    lacking.answer("report_training")
    assert left(lacking, "plan_training") == 8
    assert "mientras no estuvo abierto" in why(lacking, "plan_training")


@pytest.mark.nightly
def test_days_late_with_the_report_count_for_the_plan_that_comes_back(lacking: Walk, clock: Clock):
    lacking.begin_at("training")
    lacking.answer("plan_training")
    clock.set(lacking.waiting()["last_training_arrives"])
    lacking.tick()
    clock.set(calendar.end_of(calendar.Calendar().add(calendar.today(), 24)))
    assert left(lacking, "report_training") < -11
    lacking.answer("report_training")
    assert left(lacking, "plan_training") < -11


@pytest.mark.nightly
def test_what_the_authority_returns_is_as_late_as_it_was_and_is_announced(walk: Walk, clock: Clock):
    walk.begin_at("interest_acts")
    walk.answer("enable_interest_acts")
    clock.forward(days=25)
    late = left(walk, "define_decision_makers")
    assert late < 0
    walk.answer("define_decision_makers")
    days = Days(walk, clock)
    clock.forward(days=10)
    walk.answer("approve_decision_makers", "returned")
    assert left(walk, "define_decision_makers") == late
    days.at(calendar.today())
    days.remind()
    reminded = days.rows(task_id=walk.task("define_decision_makers").id)
    assert [row.rung for row in reminded] == ["arrival"]


def test_what_the_other_side_returned_gets_a_new_term(
    walk: Walk, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(acceptance, "missing", lambda *_: [])
    walk.begin_at("demo_test")
    clock.forward(days=28)
    walk.answer("run_demo_test")
    walk.answer("validate_demo_results")
    walk.answer("approve_demo_test", "observed")
    assert left(walk, "run_demo_test") == 10


def test_a_term_that_stands_still_comes_back_standing_still(lacking: Walk, clock: Clock):
    lacking.begin_at("demo_test")
    clock.forward(days=3)
    lacking.begin("redesignation")
    before = lacking.task("run_demo_test").paused_days
    assert before is not None
    lacking.answer("run_demo_test", by="alternate")
    again = lacking.task("run_demo_test")
    assert again.due_at is None
    assert again.paused_days == before


def test_a_suspension_meanwhile_counts_for_nobody(
    walk: Walk, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(acceptance, "missing", lambda *_: [])
    walk.begin_at("demo_test")
    walk.answer("run_demo_test")
    walk.act(processes.suspend, "Elecciones")
    clock.forward(days=14)
    walk.act(processes.resume, "Pasaron")
    clock.forward(days=1)
    walk.answer("validate_demo_results", "retry")
    assert left(walk, "run_demo_test") == 9

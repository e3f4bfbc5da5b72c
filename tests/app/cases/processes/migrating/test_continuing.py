"""A case that continues by decision: its term, its timers and its clocks are those of the step."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.base import calendar
from app.base.models import Holding
from app.cases import custody
from app.cases.processes.migrating import judging
from tests.app.cases.processes.migrated import another_id, judged, move, take_back, version
from tests.app.walk import Walk
from tests.conftest import Clock
from workflows.migration import LEAVE, STAY, Option, Question

CHOICE = "choose_thematic_session"
GONE = another_id("induction.bpmn", "schedule_thematic_induction", "plan_thematic_induction")


def at_the_choice(walk: Walk, clock: Clock) -> None:
    """Let the choice of a session lapse, and let the case continue at it in a new version."""
    walk.begin_at("induction")
    clock.set(walk.waiting()[f"{CHOICE}_lapses"])
    walk.tick()
    assert "schedule_thematic_induction" in walk.open_steps()
    target = version(walk, GONE)
    (gone,) = judged(walk, target).gone
    clock.forward(days=1)
    move(walk, target, places={gone.element: CHOICE})


@pytest.mark.parametrize(
    ("lost", "places", "answer"),
    [
        ("a b", {"a": "x", "b": "y"}, "x+y"),
        ("a b", {"a": "y", "b": "x"}, "x+y"),
        ("a b", {"a": "x"}, ""),
        ("a b", {"a": "x", "b": STAY}, STAY),
        ("a b", {"a": LEAVE, "b": LEAVE}, LEAVE),
        ("a", {"a": "z"}, "z"),  # which the engine refuses: it is no option
        ("", {"a": "x"}, ""),
    ],
)
def test_what_each_step_is_mapped_to_answers_for_the_case(lost, places, answer):
    options = (Option("x+y", ("x", "y")), Option(LEAVE, ()))
    question = Question("k", "p", tuple(lost.split()), tuple(lost.split()), options)
    assert judging._answer(question, places) == answer


@pytest.mark.nightly("walkers")
def test_a_step_at_which_a_case_continues_lapses_when_its_term_ends(walk: Walk, clock: Clock):
    at_the_choice(walk, clock)
    task = walk.task(CHOICE)
    assert task.due_at is not None
    assert task.due_at > calendar.now()
    assert walk.waiting()[f"{CHOICE}_lapses"] == task.due_at


def test_its_clocks_are_rebuilt_the_same_and_so_are_those_of_a_return(walk: Walk, clock: Clock):
    at_the_choice(walk, clock)
    clock.forward(hours=3)
    assert_rebuilt_the_same(walk)
    take_back(walk)
    assert "schedule_thematic_induction" in walk.open_steps()
    clock.forward(days=1)
    assert_rebuilt_the_same(walk)


def assert_rebuilt_the_same(walk: Walk) -> None:
    """Compare the clocks of the case with those that come out of the log."""
    with walk.writing() as session:
        assert session.scalars(select(Holding)).all()
        assert not custody.rebuild(session, walk.instance(session))

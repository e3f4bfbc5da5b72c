"""The list of tasks: the state of each stage and step follows from the projections."""

from __future__ import annotations

import pytest

from app.base import calendar
from app.base.models import ProcessInstance
from app.cases import processes, status
from app.cases.records import acceptance
from tests.app.cases.status.status_texts import WHY, listed, of_stages, states
from tests.app.walk import Walk
from tests.conftest import Clock


@pytest.fixture
def tested(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> Walk:
    """Return a complete demo test, whose results are to be validated."""
    monkeypatch.setattr(acceptance, "missing", lambda *_: [])
    walk.begin_at("demo_test")
    walk.answer("run_demo_test")
    return walk


@pytest.mark.nightly
def test_states_follow_a_presentation_through_its_review(begun: Walk):

    def of(step: str) -> str:
        return states(begun, "designation")[step]

    assert of("designate_administrator") == "pending"
    assert of("review_designation") == "not_yet"
    begun.draft("designate_administrator")
    assert of("designate_administrator") == "draft"
    begun.designate()
    assert (of("file_designation"), of("record_reception")) == ("filed", "filed")
    begun.answer("record_reception", "received")
    assert (of("file_designation"), of("review_designation")) == ("in_review", "in_review")
    assert "correct_designation" not in states(begun, "designation")
    begun.answer("review_designation", "observed")
    assert (of("file_designation"), of("review_designation")) == ("observed", "observed")
    assert of("correct_designation") == "observed"
    assert of_stages(begun)[0] == "observed"
    begun.answer("correct_designation")
    assert (of("file_designation"), of("correct_designation")) == ("corrected", "corrected")
    assert of("review_designation") == "in_review"
    begun.answer("review_designation", "accepted")
    assert (of("file_designation"), of("review_designation")) == ("accepted", "accepted")
    assert of_stages(begun)[:3] == ["accepted", "pending", "not_yet"]


@pytest.mark.nightly
def test_after_a_lapse_the_presentation_was_not_made_and_begins_anew(filed: Walk, clock: Clock):
    filed.answer("record_reception", "received")
    filed.answer("review_designation", "observed")
    filed.acknowledge("correct_designation")
    clock.forward(days=10)
    filed.tick()
    found = states(filed, "designation")
    assert found["correct_designation"] == "not_presented"
    assert found["designate_administrator"] == "not_presented"
    assert found["file_designation"] == "not_yet"


@pytest.mark.nightly
def test_what_comes_after_a_step_that_returned_comes_again(tested: Walk):
    tested.answer("validate_demo_results", "retry")
    assert states(tested, "demo_test") == {
        "run_demo_test": "pending",
        "validate_demo_results": "not_yet",
        "approve_demo_test": "not_yet",
    }


def test_the_step_behind_a_set_day_waits_for_it(walk: Walk):
    walk.begin_at("training")
    walk.answer("plan_training")
    assert states(walk, "training")["report_training"] == "awaiting_date"
    (line,) = [one for one in listed(walk) if one.id == "training"]
    assert line.state == "awaiting_date"
    assert (
        next(s for s in line.steps if s.id == "report_training").awaited_at
        == (walk.waiting()["last_training_arrives"])
    )


def test_a_stage_says_when_it_ended_and_begins_again_after_a_return(filed: Walk, clock: Clock):
    filed.answer("record_reception", "received")
    clock.forward(days=2)
    filed.answer("review_designation", "accepted")
    first, second, third = listed(filed)[:3]
    assert (first.on, second.on, third.on) == (calendar.today(), calendar.today(), None)
    assert [first.is_current, second.is_current] == [False, True]
    filed.answer("choose_thematic_session", "none_suits")
    filed.act(processes.send_back, "stage_designation", WHY)
    assert of_stages(filed)[:2] == ["observed", "not_yet"]
    found = states(filed, "designation")
    assert found.pop("designate_administrator") == "observed"
    assert set(found.values()) == {"not_yet"}
    assert set(states(filed, "induction").values()) == {"not_yet"}


def test_a_step_to_which_a_case_returned_leaves_the_earlier_ones_done(filed: Walk):
    filed.act(processes.send_back, "list_personnel", WHY)
    assert states(filed, "designation") == {
        "designate_administrator": "accepted",
        "list_personnel": "observed",
        "file_designation": "not_yet",
        "record_reception": "not_yet",
        "review_designation": "not_yet",
    }


@pytest.mark.nightly
def test_many_cases_are_read_in_as_many_statements_as_one(walk: Walk):
    ids = [walk.begin_at("induction", code=f"E9000{n}") for n in range(1, 6)]
    walk.begin("change_authority", code="E90002")

    def count(several: list[int]) -> int:
        with walk.reading() as session:
            rows = [session.get_one(ProcessInstance, key) for key in several]
            assert all(row.entity.name for row in rows)
            with walk.statements() as sent:
                for facts in status.read(session, rows, calendar.now()).values():
                    assert status.text(facts)
                    assert status.stages(facts)
            return len(sent)

    assert count(ids) <= count(ids[:1]) + 1

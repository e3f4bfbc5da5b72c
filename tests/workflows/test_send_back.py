"""Return to a step, or to a stage."""

import pytest

from tests.workflows.sketch import bpmn
from tests.workflows.walking import Walk
from workflows.definition import Definition
from workflows.instance import NotOpen


def test_a_finished_step_can_be_returned_to(onboarding):
    walk = onboarding.all("designate done", "file filed").send_back("designate")
    assert walk.steps == ["designate"]
    assert walk.since()[-3:] == ["returned designate", "cancelled review", "opened designate"]
    assert walk.all("designate done", "file filed", "review accepted").steps == [
        "choose_thematic",
        "load_demo",
    ]


def test_only_later_outcomes_are_forgotten(onboarding):
    walk = onboarding.all("designate done", "file filed", "review observed", "correct corrected")
    walk.send_back("file")
    outcomes = [walk.instance.outcome(step) for step in ("designate", "file", "review", "correct")]
    assert outcomes == ["done", "", "", ""]


def test_the_latest_occurrence_of_a_step_is_returned_to(onboarding):
    walk = onboarding.all("designate done", "file filed", "review observed", "correct corrected")
    walk.do("review", "observed").send_back("review")
    assert (walk.steps, walk.instance.outcome("review")) == (["review"], "observed")


def test_a_lapsed_step_can_be_opened_again_with_a_new_deadline(onboarding):
    walk = onboarding.all("designate done", "file filed", "review observed").wait(5)
    walk.send_back("correct")
    assert (walk.steps, walk.instance.outcome("correct")) == (["correct"], "")
    assert walk.wait(4).steps == ["correct"]
    assert walk.wait(1).steps == ["designate"]


def test_a_return_within_a_stage_keeps_its_follow_up(onboarding):
    walk = onboarding.do("designate").wait(10).send_back("designate")
    assert [w.element for w in walk.instance.waiting()] == ["designation_overdue"]
    assert walk.wait(35).steps == ["call_entity", "designate"]
    assert walk.do("designate").send_back("designate").steps == ["call_entity", "designate"]


def test_a_return_within_the_follow_up_leaves_the_stage_alone(onboarding):
    walk = onboarding.wait(45).do("call_entity", "agreed").send_back("call_entity")
    assert walk.steps == ["call_entity", "designate"]
    assert walk.do("designate").steps == ["call_entity", "file"]


def test_a_stage_can_still_be_validated_after_a_return(onboarding):
    walk = onboarding.do("designate").send_back("designate").validate("designation")
    assert walk.steps == ["choose_thematic", "load_demo"]


def test_a_return_in_one_branch_leaves_the_other(onboarding):
    walk = onboarding.all("designate done", "file filed", "review accepted")
    walk.do("load_demo", "loaded").do("choose_thematic", "chosen").wake()
    walk.send_back("choose_thematic")
    assert walk.steps == ["choose_thematic"]
    assert walk.instance.outcome("load_demo") == "loaded"
    walk.do("choose_thematic", "chosen").wake().do("record_thematic", "attended")
    assert walk.ended == "implemented"


def test_a_branch_that_waits_at_the_join_can_be_returned_into(onboarding):
    walk = onboarding.all("designate done", "file filed", "review accepted")
    walk.do("load_demo", "loaded").send_back("load_demo")
    walk.do("choose_thematic", "chosen").wake().do("record_thematic", "attended")
    assert (walk.steps, walk.ended) == (["load_demo"], None)
    assert walk.do("load_demo", "loaded").ended == "implemented"


def test_an_earlier_stage_begins_again(onboarding):
    walk = onboarding.all("designate done", "file filed", "review accepted")
    walk.do("load_demo", "loaded").send_back("stage_designation")
    assert walk.steps == ["designate"]
    assert [w.element for w in walk.instance.waiting()] == ["designation_overdue"]
    assert walk.instance.outcome("review") == walk.instance.outcome("load_demo") == ""
    assert "returned stage_designation" in walk.since()
    walk.all("designate done", "file filed", "review accepted", "load_demo loaded")
    walk.do("choose_thematic", "chosen").wake().do("record_thematic", "attended")
    assert walk.ended == "implemented"


def test_the_running_stage_can_begin_again(onboarding):
    walk = onboarding.all("designate done", "file filed", "review observed")
    walk.send_back("stage_designation")
    assert walk.steps == ["designate"]
    assert walk.since()[-4:] == [
        "returned stage_designation",
        "cancelled correct",
        "opened stage_designation",
        "opened designate",
    ]


def test_a_stage_with_its_follow_up_open_can_begin_again(onboarding):
    walk = onboarding.wait(45)
    walk.since()
    walk.send_back("stage_designation")
    assert walk.steps == ["designate"]
    assert sorted(walk.since()[1:3]) == ["cancelled call_entity", "cancelled designate"]
    assert {h.stage for h in walk.happenings} <= {"designation"}


def test_a_stage_that_was_validated_while_it_ran_can_begin_again(onboarding):
    walk = onboarding.validate("designation").send_back("stage_designation")
    assert walk.steps == ["designate"]
    assert walk.validate("designation").steps == ["choose_thematic", "load_demo"]


@pytest.mark.parametrize("element", ["designate", "file", "stage_induction", "reviewed", "nothing"])
def test_there_is_no_return_to_a_step_not_reached(onboarding, element):
    with pytest.raises(NotOpen):
        onboarding.instance.send_back(element)


def test_there_is_no_return_into_a_finished_stage(onboarding):
    walk = onboarding.all("designate done", "file filed", "review accepted")
    with pytest.raises(NotOpen):
        walk.instance.send_back("designate")


def test_there_is_no_return_after_the_end(onboarding):
    walk = onboarding.all("designate done", "file filed", "review out_of_scope")
    with pytest.raises(NotOpen):
        walk.instance.send_back("stage_designation")


def test_there_is_no_return_into_a_branch_after_the_branches_joined():
    text = """
    process fork "Bifurcación"
    start s
    and f
    user a
    user b
    and j
    user c
    end e
    s -> f -> a -> j
    f -> b -> j
    j -> c -> e
    """
    walk = Walk(Definition.parse({"fork.bpmn": bpmn(text)}), "fork").do("a").do("b")
    with pytest.raises(NotOpen, match="joined"):
        walk.instance.send_back("a")
    assert walk.reload().send_back("b").steps == ["b"]
    assert walk.do("b").do("c").ended == "e"

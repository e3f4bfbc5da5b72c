"""Flows that lead nowhere, loop forever, or meet without a join."""

import pytest

from tests.workflows import small
from tests.workflows.changed import faults, found, sketched

ACCEPTED = 'outcome("review") == "accepted"'


@pytest.mark.parametrize(
    ("old", "new", "element"),
    [
        ("-> review -> reviewed", "-> review", "review"),
        ("bring_forward -> designate\n", "", "bring_forward"),
        ("file -> review", "review", "file"),
        ("open_accounts -> designated\n", "", "open_accounts"),
        ("correct_lapses -> how_often\n", "", "correct_lapses"),
    ],
)
def test_a_node_without_an_outgoing_flow_is_refused(old, new, element):
    assert found(sketched("designation", (old, new)), element, "dead end")


def test_an_unreachable_node_is_refused():
    texts = sketched(
        "designation", ("user file", "user lonely lane=PCM\nlonely -> file\nuser file")
    )
    assert found(texts, "lonely", "cannot be reached")


def test_a_node_that_reaches_no_end_is_refused():
    round_and_round = "user round lane=PCM\nopen_accounts -> round\nround -> round"
    texts = sketched("designation", ("open_accounts -> designated", round_and_round))
    assert found(texts, "round", "No end can be reached")


def test_a_step_with_several_flows_is_refused():
    texts = sketched("designation", ("correct -> review", "correct -> review\ncorrect -> file"))
    assert found(texts, "correct", "Several flows")


def test_a_condition_out_of_a_step_is_refused():
    texts = sketched("designation", ("correct -> review", f"correct -> review: {ACCEPTED}"))
    assert found(texts, "correct", "Only an exclusive gateway")


def test_a_split_needs_a_default_and_conditions():
    no_default = ("reviewed => open_accounts", f"reviewed -> open_accounts: {ACCEPTED}")
    assert found(sketched("designation", no_default), "reviewed", "without a default")
    no_condition = (': outcome("review") == "observed"', "")
    assert found(sketched("designation", no_condition), "reviewed", "has no condition")


def test_a_lone_flow_out_of_a_gateway_has_no_condition():
    lone = "induction_over -> implemented"
    texts = sketched("onboarding", (lone, f'{lone}: validated("induction")'))
    assert found(texts, "induction_over", "Its only flow")


def test_a_default_has_no_condition():
    text = small.TEXTS["designation.bpmn"]
    place = text.index("</sequenceFlow>", text.index('targetRef="open_accounts"'))
    condition = "<conditionExpression>True</conditionExpression>"
    texts = {"designation.bpmn": text[:place] + condition + text[place:]}
    assert found(texts, "reviewed", "must have no condition")


def test_ends_have_no_outgoing_and_boundary_events_no_incoming_flows():
    left = ("open_accounts -> designated", "open_accounts -> designated -> file")
    assert found(sketched("designation", left), "designated", "No flow can leave")
    led_to = ("correct -> review", "correct -> correct_lapses")
    assert found(sketched("designation", led_to), "correct_lapses", "No flow can lead")


def test_an_event_that_leads_straight_back_to_its_own_step_is_refused():
    texts = sketched("designation", ("correct_lapses -> how_often", "correct_lapses -> correct"))
    assert found(texts, "correct_lapses", "straight back")
    texts = sketched(
        "designation",
        ("correct_lapses -> how_often", "correct_lapses -> again -> correct"),
        ("reviewed -> correct:", "reviewed -> again:"),
        ("xor how_often", "xor again\nxor how_often"),
    )
    assert not found(texts, "correct_lapses", "straight back")


def test_a_process_has_one_start():
    start = "start designation_starts"
    texts = sketched("designation", (start, f"{start}\nstart again\nagain -> file"))
    assert found(texts, "designation", "2 start events")


def test_an_event_sub_process_has_no_flows():
    aside = "aside designation_follow_up"
    texts = sketched("designation", (aside, f"designation_follow_up -> file\n{aside}"))
    assert found(texts, "designation_follow_up", "no flows into it")


@pytest.mark.parametrize("target", ["call_entity", "designation_call_follow_up", "nobody"])
def test_a_flow_stays_within_its_process(target):
    texts = sketched("designation", ("-> correct:", f"-> {target}:"))
    assert any("does not join two" in s for _, _, s in faults(texts)), faults(texts)


def test_a_loop_in_which_nothing_waits_is_refused():
    texts = sketched("designation", ("bring_forward -> designate", "bring_forward -> how_often"))
    assert found(texts, "bring_forward", "nothing waits")
    assert found(texts, "how_often", "nothing waits")


def test_a_loop_over_a_day_that_may_be_past_is_refused():
    texts = sketched(
        "follow_up",
        ("ten_days working_days(10)", 'ten_days day_of("call")'),
        ("who_holds => call_entity", "who_holds => issue_letter"),
    )
    assert found(texts, "ten_days", "nothing waits")


def test_a_join_whose_branch_never_comes_is_refused():
    texts = sketched(
        "induction",
        ("thematic_attended -> choose_thematic:", "thematic_attended -> gone:"),
        ("stop inducted", "stop inducted\nend gone"),
    )
    assert found(texts, "joined", "a branch that never comes"), faults(texts)


def test_branches_that_merge_without_a_join_are_refused():
    texts = sketched("induction", ("and joined", "xor joined"), ("stop inducted", "end inducted"))
    assert any("Two branches may run through it at once" in s for _, _, s in faults(texts))


def test_a_join_within_a_loop_is_refused():
    again = 'joined -> over\nover -> again: outcome("load_demo") == "loaded"\nover => inducted'
    texts = sketched(
        "induction",
        ("joined -> inducted", again),
        ("start induction_starts", "start induction_starts\nxor over\nxor again"),
        ("induction_starts -> both", "induction_starts -> again -> both"),
    )
    assert found(texts, "joined", "within a loop"), faults(texts)


@pytest.mark.nightly("walkers")
def test_excessive_branching_is_refused():
    branches = range(16)
    lines = "".join(f"user branch_{n} lane=PCM\nboth -> branch_{n} -> joined\n" for n in branches)
    texts = sketched("induction", ("joined -> inducted", f"joined -> inducted\n{lines}"))
    assert found(texts, "induction", "too much to be checked")

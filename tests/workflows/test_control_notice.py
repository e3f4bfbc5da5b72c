"""The end of a follow-up: the last notice, and the communication to the organ of control."""

import pytest

from tests.workflows.test_real_diagrams import called, letter
from tests.workflows.walking import Walk


def warned() -> Walk:
    """Return a follow-up whose third letter had no answer: the last notice was given."""
    running = letter(called(), times=3)
    assert "completed warn_of_control done" in running.since()
    assert [w.element for w in running.instance.waiting()] == ["warning_term_passes"]
    return running


def test_after_three_letters_and_a_last_notice_the_control_body_is_notified():
    running = warned()
    assert running.wake().steps == ["sign_control_notice"]
    assert running.do("sign_control_notice", "signed").ended == "follow_up_reported"
    assert "completed send_control_notice done" in running.since()


@pytest.mark.parametrize(
    ("holder", "step"), [("sip", "unblock_stage_sip"), ("sgtd", "unblock_stage_sgtd")]
)
def test_the_control_body_hears_nothing_of_an_entity_that_acts(holder: str, step: str):
    running = warned()
    running.world.who = holder
    assert running.wake().steps == [step]
    running.world.who = "entity"
    running.do(step).wake()
    assert [w.element for w in running.instance.waiting()] == ["warning_term_passes"], "once more"


def test_a_returned_communication_needs_another_call_and_another_letter():
    running = warned().wake()
    assert running.do("sign_control_notice", "returned").steps == []
    assert [w.element for w in running.instance.waiting()] == ["return_day_passes"]
    assert running.wake().steps == ["call_entity"]
    assert running.do("call_entity", "agreed").wake().steps == ["call_entity"]
    letter(running)
    assert [w.element for w in running.instance.waiting()] == ["warning_term_passes"]

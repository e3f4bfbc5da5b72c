"""Changes of the register's people: at once, with an approval, with a paper."""

from __future__ import annotations

import pytest

from tests.workflows.test_real_diagrams import walk
from tests.workflows.walking import Walk, World

CHANGES = {
    "change_personnel": ("record_personnel_change", "recorded"),
    "upkeep": ("confirm_register", "changed"),
}


def changed(process: str, **said: str) -> Walk:
    """Answer the step of a change; `said` is the outcome of each service task."""
    answers = {"apply_personnel_change": "applied", "check_personnel_paper": "not_needed"} | said
    world = World()
    world.reason = process
    running = walk(process, world)
    running.perform = lambda element: answers.get(element, "done")
    return running.do(*CHANGES[process])


@pytest.mark.parametrize("process", CHANGES)
def test_a_change_of_people_takes_effect_at_once(process):
    assert changed(process).ended == f"{process}_done"


@pytest.mark.parametrize("process", CHANGES)
def test_posts_wait_for_the_authority_and_may_be_returned(process):
    step, outcome = CHANGES[process]
    running = changed(process, apply_personnel_change="to_approve")
    assert running.steps == ["approve_personnel_change"]
    assert running.do("approve_personnel_change", "returned").steps == [step]
    running.do(step, outcome).do("approve_personnel_change", "approved")
    assert running.ended == f"{process}_done"


@pytest.mark.parametrize("process", CHANGES)
def test_a_norm_that_asks_for_the_paper_has_it_filed_and_reviewed(process):
    running = changed(process, check_personnel_paper="needed")
    assert running.steps == ["file_personnel"], "the roster is not asked again"
    running.all("file_personnel filed", "record_personnel_reception received")
    assert running.do("review_personnel", "accepted").ended == f"{process}_done"


def test_a_change_that_nobody_records_ends():
    assert walk("change_personnel").wake().ended == "change_personnel_lapsed"

"""A move and another act on the same case at the same moment; a process that dies in a move."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.base.models import FormerState, Mail, Reminder
from app.cases.processes import migrating
from tests.app.cases.processes.migrated import (
    days,
    in_lane,
    move,
    take_back,
    to_correction,
    version,
)
from tests.app.together import killed, together
from tests.app.walk import Walk

STEP = "designate_administrator"


@pytest.mark.postgresql
def test_of_two_moves_at_once_one_moves_the_case(walk: Walk):
    walk.begin()
    target = version(walk, days(STEP, 20))
    results = together(*[lambda number=n: move(walk, target, number=number) for n in (1, 2)])
    refused = [one for one in results if isinstance(one, migrating.NotMoved)]
    assert len(refused) == 1
    assert refused[0].verdict.reason == migrating.judging.THERE
    assert walk.log().count("case.migrated") == 1
    walk.assert_consistent()


@pytest.mark.postgresql
def test_an_answer_at_the_same_moment_is_not_lost(begun: Walk):
    target = version(begun, days("list_personnel", 20))
    results = together(lambda: begun.answer(STEP), lambda: move(begun, target))
    assert not [one for one in results if isinstance(one, Exception)], results
    assert begun.open_steps() == ["list_personnel"]
    assert begun.row().deployment_id == target
    assert begun.task("list_personnel").term_days == 20
    begun.assert_consistent()


@pytest.mark.guard("a process is killed in a move")
@pytest.mark.postgresql
@pytest.mark.parametrize("when", ["before_commit", "after_flush"])
def test_a_process_that_dies_in_a_move_changes_nothing(begun: Walk, when: str):
    target = version(begun, days(STEP, 20))
    before = begun.row_counts()
    assert killed(begun.app, lambda: move(begun, target), when)
    assert begun.row_counts() == before
    move(begun, target)
    assert begun.log().count("case.migrated") == 1


@pytest.mark.postgresql
def test_a_return_and_an_answer_at_the_same_moment(begun: Walk):
    begun.draft(STEP)
    move(begun, version(begun, days(STEP, 20)))
    results = together(lambda: take_back(begun), lambda: begun.answer(STEP))
    faults = [one for one in results if isinstance(one, Exception)]
    assert all(isinstance(one, migrating.NotReturnable) for one in faults), faults
    assert begun.open_steps() == ["list_personnel"]
    begun.assert_consistent()


@pytest.mark.nightly("walkers")
def test_a_notice_without_receipt_is_written_again_to_the_new_lane(walk: Walk):
    to_correction(walk)
    first = walk.mails("legal_notice")
    assert first
    target = version(walk, in_lane("designation.bpmn", "correct_designation", "designation_sip"))
    move(walk, target)
    states = {mail.id: mail.state for mail in walk.all(select(Mail))}
    assert all(states[mail.id] == "dropped" for mail in first)
    people = set(walk.all(select(Mail.user_id).where(Mail.kind == "legal_notice")))
    assert walk.people["sip"] in people
    walk.acknowledge("correct_designation")
    assert walk.task("correct_designation").term_days == 2


@pytest.mark.nightly("walkers")
def test_a_move_without_changes_leaves_only_its_entry(begun: Walk):
    before = begun.row_counts()
    move(begun, version(begun, days("plan_training", 20)))
    after = begun.row_counts()
    changed = {name: after[name] - before[name] for name in after if after[name] != before[name]}
    assert changed == {"log": 1, "deployment": 1, "former_state": 1, "revisions": 1}
    assert begun.all(select(FormerState.migration_id)) == [1]
    assert begun.all(select(Reminder)) == []

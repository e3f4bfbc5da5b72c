"""The application of a migration: filters, two persons, each case once, and the return."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import update

from app.base import calendar
from app.base.models import Entity, MigrationCase, ProcessInstance
from app.cases import processes
from app.cases.processes.migrating import CaseChange as Change
from app.cases.processes.migrating import CaseVerdict as Verdict
from app.cases.processes.migrating.rehearsals import applying, batches
from app.cases.processes.migrating.rehearsals.batches import Filter
from tests.app.cases.processes.migrating.rehearsed import Rehearsed, moved_date, undecided
from tests.app.together import killed, together
from tests.app.walk import Walk, texts
from tests.conftest import Clock

REASON = Change("renamed", "call_entity", "designation", "Llamar", "Llamar", "Llamar otra vez")


@pytest.fixture
def rehearsed(walk: Walk) -> Rehearsed:
    """Return five onboardings and a second version in force."""
    return Rehearsed(walk)


@pytest.mark.nightly("walkers")
def test_what_passes_is_moved_and_nothing_else(rehearsed: Rehearsed):
    changes, question, cannot = rehearsed.ids[:3]
    rehearsed.fakes.verdicts = {
        changes: Verdict("changes", changes=(moved_date(),)),
        question: undecided("list_personnel"),
        cannot: Verdict("cannot", reason="no"),
    }
    migration = rehearsed.rehearse()
    number = rehearsed.batch(migration)
    assert rehearsed.apply(migration) == 3
    assert rehearsed.fakes.moved == [changes, *rehearsed.ids[3:]]
    assert rehearsed.batch_state(migration, number) == "done"
    assert rehearsed.apply(migration) == 0


@pytest.mark.parametrize(
    ("chosen", "places"),
    [
        ({"region": "Cusco"}, [0]),
        ({"kind": "changes"}, [1]),
        ({"stage": "demo"}, [2]),
        ({"process": "upkeep"}, []),
        ({"process": "onboarding", "kind": "passes", "region": "Lima"}, [2, 3, 4]),
    ],
)
def test_a_batch_takes_the_cases_of_its_filter(
    rehearsed: Rehearsed, chosen: dict[str, str], places: list[int]
):
    rehearsed.fakes.verdicts[rehearsed.ids[1]] = Verdict("changes", changes=(moved_date(),))
    with rehearsed.walk.writing() as session:
        first = session.get_one(ProcessInstance, rehearsed.ids[0])
        session.get_one(Entity, first.entity_id).department = "Cusco"
        session.get_one(ProcessInstance, rehearsed.ids[2]).stage = "demo"
    migration = rehearsed.rehearse()
    if not places:
        with pytest.raises(batches.CountChanged):
            rehearsed.batch(migration, **chosen)
        return
    rehearsed.batch(migration, **chosen)
    rehearsed.apply(migration)
    assert rehearsed.fakes.moved == [rehearsed.ids[place] for place in places]


def test_a_case_that_changed_is_judged_again_and_skipped_if_its_verdict_differs(
    rehearsed: Rehearsed,
):
    same, other = rehearsed.ids[:2]
    migration = rehearsed.rehearse()
    number = rehearsed.batch(migration)
    for instance in (same, other):
        rehearsed.answer(instance)
    rehearsed.fakes.verdicts[other] = Verdict("changes", changes=(REASON,))
    rehearsed.apply(migration)
    results = rehearsed.results(migration)
    assert (results[same], results[other]) == ("moved", "skipped")
    row = rehearsed.walk.get(MigrationCase, (migration, other))
    assert row.message == applying.CHANGED
    assert rehearsed.batch_state(migration, number) == "done"


@pytest.mark.nightly("walkers")
def test_a_case_of_another_version_is_judged_again_although_its_revision_is_the_same(
    rehearsed: Rehearsed,
):
    other, another = rehearsed.ids[0], rehearsed.new_id
    rehearsed.new_id = rehearsed.put_into_force("a third one")
    migration = rehearsed.rehearse()
    rehearsed.batch(migration)
    with rehearsed.walk.writing() as session:
        here = ProcessInstance.id == other
        session.execute(update(ProcessInstance).where(here).values(deployment_id=another))
    rehearsed.fakes.verdicts[other] = Verdict("changes", changes=(REASON,))
    rehearsed.apply(migration)
    assert rehearsed.results(migration)[other] == "skipped"


def test_an_unchanged_case_moves_although_time_has_moved_its_dates(rehearsed: Rehearsed):
    migration = rehearsed.rehearse()
    rehearsed.batch(migration)
    case = rehearsed.ids[0]
    rehearsed.fakes.verdicts[case] = Verdict("changes", changes=(moved_date(),))
    rehearsed.apply(migration)
    assert rehearsed.results(migration)[case] == "moved"


@pytest.mark.nightly("walkers")
def test_a_case_that_ended_or_was_moved_elsewhere_is_skipped(rehearsed: Rehearsed):
    ended, there = rehearsed.ids[:2]
    migration = rehearsed.rehearse()
    rehearsed.batch(migration)
    with rehearsed.walk.writing() as session:
        row = session.get_one(ProcessInstance, ended)
        row.ended_at, row.status = row.started_at, "ended"
        session.get_one(ProcessInstance, there).deployment_id = rehearsed.new_id
    rehearsed.apply(migration)
    assert rehearsed.fakes.moved == rehearsed.ids[2:]
    assert {rehearsed.results(migration)[one] for one in (ended, there)} == {"skipped"}


def test_a_case_that_has_to_wait_is_moved_once_it_goes_on(rehearsed: Rehearsed):
    waits = rehearsed.ids[0]
    rehearsed.fakes.verdicts[waits] = Verdict("not_yet", reason="suspendido")
    migration = rehearsed.rehearse()
    number = rehearsed.batch(migration)
    rehearsed.apply(migration)
    assert rehearsed.batch_state(migration, number) == "done"
    assert rehearsed.apply(migration) == 0  # nothing happened to it
    rehearsed.answer(waits)
    rehearsed.fakes.verdicts[waits] = Verdict("changes", changes=(moved_date(),))
    assert rehearsed.apply(migration) == 1
    assert rehearsed.results(migration)[waits] == "moved"


def test_a_case_that_waits_in_its_turn_moves_only_with_the_rehearsed_verdict(
    rehearsed: Rehearsed, clock: Clock
):
    same, other = rehearsed.ids[:2]
    migration = rehearsed.rehearse()
    number = rehearsed.batch(migration)
    for instance in (same, other):
        rehearsed.answer(instance)
        rehearsed.fakes.verdicts[instance] = Verdict("not_yet", reason="suspendido")
    before = rehearsed.table(migration)
    assert rehearsed.apply(migration) == 5
    assert rehearsed.batch_state(migration, number) == "done"
    assert rehearsed.table(migration) == before  # what was rehearsed is kept
    assert rehearsed.walk.get(MigrationCase, (migration, same)).message == "suspendido"
    assert rehearsed.apply(migration) == 0
    rehearsed.fakes.verdicts[other] = Verdict("changes", changes=(REASON,))
    del rehearsed.fakes.verdicts[same]
    clock.set(calendar.now() + applying.AGAIN_AFTER)
    assert rehearsed.apply(migration) == 2
    results = rehearsed.results(migration)
    assert (results[same], results[other]) == ("moved", "skipped")


@pytest.mark.nightly("walkers")
def test_a_case_of_a_stopped_batch_is_tried_at_once_in_the_next(rehearsed: Rehearsed):
    waits = rehearsed.ids[0]
    rehearsed.fakes.verdicts[waits] = Verdict("not_yet", reason="suspendido")
    migration = rehearsed.rehearse()
    number = rehearsed.batch(migration)
    turns = iter((False, True))
    assert rehearsed.apply(migration, lambda: next(turns)) == 1
    with rehearsed.locked(migration) as (session, row):
        assert batches.drop(session, row.id, number, rehearsed.walk.people["sip"])
    rehearsed.fakes.verdicts.clear()
    rehearsed.batch(migration)
    assert rehearsed.apply(migration) == 5
    assert waits in rehearsed.fakes.moved


def test_a_case_that_waits_is_tried_again_after_a_while_and_never_once_closed(
    rehearsed: Rehearsed, clock: Clock
):
    waits = rehearsed.ids[0]
    rehearsed.fakes.verdicts[waits] = Verdict("not_yet", reason="falla")
    migration = rehearsed.rehearse()
    rehearsed.batch(migration, kind="not_yet")
    assert rehearsed.apply(migration) == 1
    clock.set(calendar.now() + applying.AGAIN_AFTER)
    assert rehearsed.apply(migration) == 1
    with rehearsed.locked(migration) as (session, row):
        from app.cases.processes.migrating.rehearsals import starting

        assert starting.close(session, row, None)
    rehearsed.fakes.verdicts.clear()
    rehearsed.answer(waits)
    assert rehearsed.apply(migration) == 0
    assert rehearsed.fakes.moved == []


def test_a_failure_leaves_its_case_as_it_was_and_the_others_go_on(rehearsed: Rehearsed):
    broken = rehearsed.ids[1]
    before, move = rehearsed.versions(), rehearsed.fakes.move

    def fail(session, instance_id, *others):
        move(session, instance_id, *others)
        if instance_id == broken:
            raise LookupError("in the middle")

    rehearsed.fakes.move = fail  # type: ignore[method-assign]
    migration = rehearsed.rehearse()
    rehearsed.batch(migration)
    rehearsed.apply(migration)
    results, versions = rehearsed.results(migration), rehearsed.versions()
    assert sorted(results.values()) == ["failed", "moved", "moved", "moved", "moved"]
    assert versions[broken] == before[broken] != versions[rehearsed.ids[0]]


@pytest.mark.guard("a worker is killed while it moves cases")
@pytest.mark.parametrize("when", ["after_flush", "before_commit", "after_commit"])
@pytest.mark.parametrize("number", [2, 5])
def test_a_killed_worker_loses_nothing_and_does_nothing_twice(
    rehearsed: Rehearsed, when: str, number: int
):
    migration = rehearsed.rehearse()
    rehearsed.batch(migration)
    before = rehearsed.versions()
    assert killed(rehearsed.walk.app, lambda: rehearsed.apply(migration), when, number)
    done = rehearsed.results(migration)
    for instance, version in rehearsed.versions().items():
        assert (version != before[instance]) == (done[instance] == "moved")
    rehearsed.apply(migration)
    assert set(rehearsed.results(migration).values()) == {"moved"}
    assert set(rehearsed.versions().values()) == {rehearsed.new_id}


@pytest.mark.nightly("walkers")
def test_a_version_put_into_force_meanwhile_stops_the_batch(rehearsed: Rehearsed):
    waits = rehearsed.ids[0]
    rehearsed.fakes.verdicts[waits] = Verdict("not_yet", reason="suspendido")
    migration = rehearsed.rehearse()
    number = rehearsed.batch(migration)
    turns = iter((False, False, True))
    assert rehearsed.apply(migration, lambda: next(turns)) == 2
    rehearsed.put_into_force("a third one")
    rehearsed.fakes.verdicts.clear()
    rehearsed.answer(waits)
    assert rehearsed.apply(migration) == 0
    assert rehearsed.fakes.moved == [rehearsed.ids[1]]
    assert rehearsed.batch_state(migration, number) == "dropped"
    assert rehearsed.state(migration) == "closed"
    migration = rehearsed.rehearse()
    with pytest.raises(batches.NotInForce):
        rehearsed.batch(migration)


def test_a_case_that_waits_does_not_move_to_a_version_that_was_replaced(rehearsed: Rehearsed):
    waits = rehearsed.ids[0]
    rehearsed.fakes.verdicts[waits] = Verdict("not_yet", reason="suspendido")
    migration = rehearsed.rehearse()
    number = rehearsed.batch(migration)
    rehearsed.apply(migration)
    rehearsed.put_into_force("a third one")
    rehearsed.fakes.verdicts.clear()
    rehearsed.answer(waits)
    assert rehearsed.apply(migration) == 0
    assert waits not in rehearsed.fakes.moved
    assert rehearsed.batch_state(migration, number) == "done"
    assert rehearsed.state(migration) == "closed"


@pytest.mark.nightly("walkers")
@pytest.mark.postgresql
def test_no_version_is_put_into_force_while_a_case_moves(rehearsed: Rehearsed):
    migration = rehearsed.rehearse()
    rehearsed.batch(migration)
    put, move, meanwhile = threading.Event(), rehearsed.fakes.move, []

    def slowly(*given):
        move(*given)
        meanwhile.append(put.wait(0.5))

    def replace() -> None:
        with rehearsed.walk.writing() as session:
            file = "demo_test.bpmn"
            processes.deploy(session, texts() | {file: texts()[file] + "\n"})
        put.set()

    rehearsed.fakes.move = slowly  # type: ignore[method-assign]
    for one in together(lambda: rehearsed.apply(migration), replace):
        assert not isinstance(one, Exception), one
    assert True not in meanwhile


def test_a_change_of_weight_needs_a_second_person(rehearsed: Rehearsed):
    rehearsed.fakes.two = True
    author, second = rehearsed.walk.people["sip"], rehearsed.walk.people["sgtd"]
    migration = rehearsed.rehearse()
    number = rehearsed.batch(migration)
    assert rehearsed.apply(migration) == 0
    with rehearsed.locked(migration) as (session, row):
        with pytest.raises(batches.SecondPersonNeeded):
            batches.confirm(session, row.id, number, author)
        assert batches.confirm(session, row.id, number, second)
        assert not batches.confirm(session, row.id, number, second)
    assert rehearsed.apply(migration) == 5


def test_a_setting_asks_for_a_second_person_too_and_a_command_is_nobody(rehearsed: Rehearsed):
    migration = rehearsed.rehearse()
    with rehearsed.locked(migration) as (session, row):
        with pytest.raises(batches.SecondPersonNeeded):
            batches.propose(session, row, Filter(), 5, None, two=True)
        with pytest.raises(batches.CountChanged):
            batches.propose(session, row, Filter(), 4, rehearsed.walk.people["sip"], two=True)
        batch = batches.propose(session, row, Filter(), 5, rehearsed.walk.people["sip"], two=True)
        assert batch.state == "proposed"


def test_a_stopped_batch_frees_the_cases_that_are_left(rehearsed: Rehearsed):
    migration = rehearsed.rehearse()
    number = rehearsed.batch(migration)
    turns = iter((False, False, True))
    assert rehearsed.apply(migration, lambda: next(turns)) == 2
    with rehearsed.locked(migration) as (session, row):
        assert batches.drop(session, row.id, number, rehearsed.walk.people["sip"])
    assert rehearsed.apply(migration) == 0
    assert rehearsed.batch(migration) == number + 1
    assert rehearsed.apply(migration) == 3
    assert sorted(rehearsed.fakes.moved) == rehearsed.ids


@pytest.mark.parametrize("whole", [False, True])
def test_moved_cases_are_returned_by_the_worker_once(rehearsed: Rehearsed, whole: bool):
    migration = rehearsed.rehearse()
    number = rehearsed.batch(migration)
    rehearsed.apply(migration)
    rehearsed.put_into_force("a third one")  # they return all the same
    cases, by_id = rehearsed.ids if whole else rehearsed.ids[1:2], rehearsed.walk.people["sip"]
    with rehearsed.locked(migration) as (session, row):
        one = None if whole else cases[0]
        counts = [batches.take_back(session, row.id, number, by_id, one) for _ in range(2)]
        assert counts == [len(cases), 0]
    assert rehearsed.apply(migration) == len(cases)
    assert rehearsed.fakes.returned == cases
    assert {rehearsed.results(migration)[one] for one in cases} == {"returned"}


def test_after_a_day_no_case_is_returned(rehearsed: Rehearsed, clock: Clock):
    migration = rehearsed.rehearse()
    number = rehearsed.batch(migration)
    rehearsed.apply(migration)
    by_id, moved_at = rehearsed.walk.people["sip"], calendar.now()
    clock.set(moved_at + timedelta(hours=23))
    with rehearsed.locked(migration) as (session, row):
        assert batches.take_back(session, row.id, number, by_id, rehearsed.ids[0]) == 1
    clock.set(moved_at + timedelta(days=1))
    with rehearsed.locked(migration) as (session, row):
        assert batches.take_back(session, row.id, number, by_id) == 0
    assert rehearsed.apply(migration) == 1  # the worker comes too late
    assert rehearsed.fakes.returned == []
    assert set(rehearsed.results(migration).values()) == {"moved"}
